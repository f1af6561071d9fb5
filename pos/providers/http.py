"""A payment provider that is spoken to over HTTP: docs/payments.md says what it must answer."""

from typing import Any
from uuid import UUID

import httpx
import msgspec

from pos.providers import Answer, Unreachable

#: Seconds. All tries of one call stay below ``pos.intents.LEFT_ALONE``.
TIMEOUT = httpx.Timeout(connect=3, read=15, write=5, pool=3)

#: Bytes of an answer that are read.
MOST = 64 * 1024

#: A provider's word for a payment: ours. ``authorized`` is captured as soon as it is heard.
STATES = {
    "created": "pending",
    "pending": "pending",
    "processing": "pending",
    "captured": "captured",
    "succeeded": "captured",
    "failed": "failed",
    "declined": "failed",
    "cancelled": "failed",
    "canceled": "failed",
    "expired": "failed",
    "refunded": "returned",
    "returned": "returned",
}


class Said(msgspec.Struct):
    """What the provider answers; anything else beside is left alone."""

    state: str
    reference: str = ""
    failure: str = ""

    def answer(self) -> Answer:
        """The answer in our words. Raises ``Unreachable`` for a word that we do not know."""
        if self.state not in STATES:
            raise Unreachable(f"The provider says {self.state[:40]!r}.")
        state: Any = STATES[self.state]
        return Answer(state, self.reference[:120], self.failure[:255])


class HttpProvider:
    """Speaks to the provider at ``url``; ``transport`` is another wire, for tests."""

    name = "http"

    def __init__(self, url: str, key: str, transport: httpx.BaseTransport | None = None) -> None:
        self.origin = httpx.URL(url.rstrip("/"))
        self.client = httpx.Client(
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def create(self, key: UUID, *, amount: int, currency: str, method: str) -> Answer:
        """Ask for money, and capture it where it is only promised."""
        wish = {"id": str(key), "amount": amount, "currency": currency, "method": method}
        return self._settled(key, self._call("POST", "", str(key), wish | {"capture": True}))

    def status(self, key: UUID) -> Answer | None:
        """Ask what became of a payment; one that is promised is captured."""
        said = self._call("GET", f"/{key}", "", None, missing=True)
        return None if said is None else self._settled(key, said)

    def give_back(self, key: UUID, *, refund: UUID, amount: int) -> Answer:
        """Ask for a part of a captured payment to be returned."""
        said = self._call("POST", f"/{key}/refund", str(refund), {"amount": amount})
        return self._known(said).answer()

    def _settled(self, key: UUID, said: Said | None) -> Answer:
        said = self._known(said)
        if said.state == "authorized":
            said = self._known(self._call("POST", f"/{key}/capture", f"{key}-capture", {}))
        return said.answer()

    def _known(self, said: Said | None) -> Said:
        if said is None:
            raise Unreachable("The provider answered nothing.")
        return said

    def _call(
        self, method: str, path: str, key: str, body: Any, *, missing: bool = False
    ) -> Said | None:
        """One call; a refusal in the provider's words is an answer, anything odd is none."""
        headers = {"Idempotency-Key": key} if key else {}
        url = self.origin.copy_with(
            raw_path=self.origin.raw_path.rstrip(b"/") + b"/payments" + path.encode()
        )
        try:
            with self.client.stream(method, url, json=body, headers=headers) as answer:
                if missing and answer.status_code == 404:
                    return None
                raw = _read(answer)
        except httpx.HTTPError as lost:
            raise Unreachable(type(lost).__name__) from lost
        if answer.status_code >= 500 or answer.status_code in (401, 403, 404, 408, 409, 425, 429):
            raise Unreachable(f"The provider answered {answer.status_code}.")
        try:
            return msgspec.json.decode(raw, type=Said)
        except msgspec.DecodeError as odd:
            raise Unreachable("The provider's answer cannot be read.") from odd


def _read(answer: httpx.Response) -> bytes:
    """The answer's body. Raises ``Unreachable`` for one without end."""
    raw = b""
    for part in answer.iter_bytes():
        raw += part
        if len(raw) > MOST:
            raise Unreachable("The provider's answer is too long.")
    return raw
