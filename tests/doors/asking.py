"""Asking at a door as somebody, and what of the answer can be told apart."""

import json
import re
from copy import deepcopy
from typing import Any, NamedTuple
from uuid import UUID

from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from accounts import sessions, tokens
from accounts.models import User
from tests.doors import houses
from tests.doors.houses import MARK, House
from tests.factories import signed_in

JSON = "application/json"
SAME = "the-same-request-id"
SECRET = re.compile(r"^<(\w+)>$")
#: Headers that only say when.
TIMED = {"Date", "Expires", "Last-Modified"}
ID = re.compile(r"^\{(\w+)\}$")


class Answer(NamedTuple):
    """All that a caller sees of an answer, but for when it was given."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def without(self, *sent: object) -> "Answer":
        """The same with what the caller has sent blanked out."""
        texts = [str(one) for one in sent]

        def blank(text: str) -> str:
            for one in texts:
                text = text.replace(one, "·")
            return text

        headers = tuple((name, blank(value)) for name, value in self.headers)
        return Answer(self.status, headers, blank(self.body.decode("latin1")).encode("latin1"))

    @property
    def text(self) -> str:
        return f"{self.headers} {self.body.decode('utf-8', 'replace')}"


def client_of(house: House, who: str) -> Client:
    """A client that speaks as somebody of this house."""
    client = Client(HTTP_X_REQUEST_ID=SAME, raise_request_exception=False)
    if who == "till":
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {house.secrets['device_token']}"
    elif who == "site":
        client.defaults["HTTP_X_SITE_ID"] = str(house.ids["site_id"])
        client.defaults["HTTP_X_SITE_KEY"] = house.secrets["site_key"]
    elif who != "nobody":
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token_of(house.people[who])}"
    return client


def token_of(user: User) -> str:
    # Who works for the vendor has shown a one-time code.
    vendor = user.role in houses.VENDORS.values()
    scope = sessions.DEVELOPER if vendor else ""
    session = sessions.begin(user=user, scope=scope, proven=vendor)
    lives = tokens.lifetime(user, never_refreshes=False)
    return tokens.issue(session=session, role=user.role, at=timezone.now(), lives=lives).token


def browser_of(user: User) -> Client:
    """A browser in which the person is signed in."""
    return signed_in(Client(HTTP_X_REQUEST_ID=SAME, raise_request_exception=False), user)


def ask(
    client: Client,
    method: str,
    url: str,
    body: Any = None,
    query: dict[str, Any] | None = None,
    **headers: str,
) -> Answer:
    """Ask once, with nothing counted of earlier tries."""
    for cache in (caches["default"], caches["local"]):
        cache.clear()
    raw, kind = written(body) if body is not None else (b"", "")
    if method in ("POST", "PUT", "PATCH"):
        kind = kind or JSON
    kept = deepcopy(client.cookies)
    response = client.generic(
        method, url, raw, content_type=kind, query_params=query or {}, headers=headers
    )
    client.cookies = kept  # the next one asks as this one did
    content = b"".join(response) if response.streaming else response.content
    seen = [(name, value) for name, value in response.items() if name not in TIMED]
    seen += [("Set-Cookie", morsel.key) for morsel in response.cookies.values()]
    return Answer(response.status_code, tuple(sorted(seen)), content)


def written(body: Any) -> tuple[bytes, str]:
    """A body as it travels: JSON, or a form if there is a file in it."""
    if not isinstance(body, dict) or not any(isinstance(one, bytes) for one in body.values()):
        return json.dumps(body).encode(), JSON
    form = {
        key: SimpleUploadedFile("a.bin", value) if isinstance(value, bytes) else str(value)
        for key, value in body.items()
    }
    return encode_multipart(BOUNDARY, form), MULTIPART_CONTENT


def filled(what: Any, ids: dict[str, Any], secrets: dict[str, str]) -> Any:
    """A body or query with these ids and secrets in it."""
    if isinstance(what, dict):
        return {key: filled(value, ids, secrets) for key, value in what.items()}
    if isinstance(what, list):
        return [filled(value, ids, secrets) for value in what]
    if isinstance(what, str) and (found := ID.match(what)):
        return str(ids[found[1]])
    if isinstance(what, str) and (found := SECRET.match(what)):
        return secrets[found[1]]
    return what


def named(what: Any) -> set[str]:
    """The names of ids that stand in a body or query."""
    if isinstance(what, dict):
        what = list(what.values())
    if isinstance(what, list):
        return {name for one in what for name in named(one)}
    return {found[1]} if isinstance(what, str) and (found := ID.match(what)) else set()


def unknown(known: UUID) -> UUID:
    """An id that nothing has, beside one that something has: it sorts where that one does."""
    return UUID(int=known.int ^ 1)


def tells(answer: Answer, traces: set[str], *sent: object) -> list[str]:
    """What an answer gives away of another shop, but for what the caller has said."""
    text = answer.without(*sent).text.lower()
    found = [one for one in traces if one in text or one.replace("-", "") in text]
    return [*found, *([MARK] if MARK.lower() in text else [])]
