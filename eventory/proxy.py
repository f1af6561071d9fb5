"""The way to Eventory and back, for somebody who is signed in here.

*Stored*: a login of theirs is named, and this server's token of it goes upstream. *Pass-through*:
the caller's own Eventory token does. Ours never.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.principals import Principal
from core.errors import Missing
from eventory import callers, headers, logins
from eventory.authenticators import LoginForm
from eventory.errors import BadPath, LoginNotNamed, UpstreamSignInFailed
from eventory.headers import Headers
from eventory.models import Login
from eventory.targets import Target
from eventory.tokens import Tokens, asking
from eventory.uploads import Upload
from eventory.upstream import Answer, Upstream

__all__ = ["METHODS", "Asked", "Proxy", "Shown"]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows: our token, the login it names, and what is for Eventory.

    ``passes``: the caller brought what Eventory asks for, if it asks for anything.
    """

    token: str
    login: str = ""
    authorization: bytes = b""
    passes: bool = False

    @classmethod
    def read(cls, given: Sequence[tuple[bytes, bytes]]) -> "Shown":
        """Raises ``BadHeaders`` for one that came twice."""
        authorization = headers.one(given, b"authorization")
        ours = headers.one(given, b"x-backend-authorization")
        login = headers.one(given, b"x-eventory-login").decode("latin1")
        if not ours:
            return cls(_bearer(authorization), login)
        token = _bearer(ours) or ours.decode("latin1")
        # Somebody who sends our token twice means it for us both times.
        if login or callers.holds_token_of_ours(authorization):
            authorization = b""
        return cls(token, login, authorization, passes=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes upstream."""

    method: str
    target: Target
    headers: Sequence[tuple[bytes, bytes]]
    shown: Shown
    upload: Upload


class Proxy:
    """The proxy of one event loop."""

    def __init__(self) -> None:
        self.upstream = Upstream()
        self.tokens = Tokens(LoginForm(self.upstream))

    async def carry(self, asked: Asked, row: Login | None) -> Answer:
        """Ask Eventory with this login, or with what the caller brought; the answer has begun.

        Raises ``LoginNotNamed``, ``UpstreamSignInFailed``, ``LoginUnreadable``, ``Upstream…`` and
        what ``Upload.pieces`` raises. The caller closes the answer.
        """
        if callers.holds_token_of_ours(asked.target.path + b"?" + asked.target.query):
            raise BadPath("Our token stands in the address. Send it in a header only.")
        answer = await (self._send(asked) if row is None else self._send_as(asked, row))
        if failure := answer.failure():
            await answer.close()
            raise failure
        return answer

    async def _send_as(self, asked: Asked, row: Login) -> Answer:
        """With the login's token; after a 401 once more with another."""
        asked.upload.again = True
        token = await self.tokens.of(row)
        answer = await self._send(asked, b"Bearer " + token.encode())
        if answer.status != 401:
            return answer
        await answer.close()
        token = await self.tokens.fetch(row, stale=token)
        answer = await self._send(asked, b"Bearer " + token.encode())
        if answer.status == 401:
            await answer.close()
            raise UpstreamSignInFailed
        return answer

    async def _send(self, asked: Asked, authorization: bytes = b"") -> Answer:
        going: Headers = headers.forth(
            asked.headers,
            authorization=authorization or asked.shown.authorization,
            is_secret=callers.holds_token_of_ours,
        )
        body = None if asked.upload.is_empty else asked.upload.pieces()
        return await self.upstream.ask(asked.method, asked.target, going, body)

    def back(self, answer: Answer, target: Target) -> Headers:
        """An answer's headers as they go to the caller, redirects as addresses of ours.

        Raises ``UpstreamRedirect``.
        """
        kept = headers.back(answer.headers)
        if answer.status in (204, 304):  # some servers wait for the body that a length announces
            return [(name, value) for name, value in kept if name != b"content-length"]
        if not 300 <= answer.status < 400:
            return kept
        return kept + [
            (b"location", self.upstream.origin.location(value, target))
            for name, value in answer.headers
            if name.lower() == b"location"
        ]


def _enter(shown: Shown) -> Principal:
    return callers.enter(shown.token)


def _pick(shown: Shown, caller: Principal) -> Login | None:
    """The login that is named; ``None``: the caller brought what Eventory asks for.

    Raises ``Missing`` for somebody else's, ``LoginNotNamed``.
    """
    if not shown.login:
        if shown.passes:
            return None
        raise LoginNotNamed
    try:
        login_id = UUID(shown.login)
    except ValueError:
        raise Missing from None
    return logins.pick(login_id, owner_id=caller.pk)


enter = asking(_enter)
pick = asking(_pick)


def _bearer(value: bytes) -> str:
    """The token of ``Bearer <token>``, ``""`` for another scheme."""
    scheme, _, token = value.decode("latin1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
