"""How a stored login signs in at Eventory. Another way of signing in is another class here."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

import jwt
import msgspec

from eventory.errors import UpstreamFailed, UpstreamSignInFailed
from eventory.targets import Target
from eventory.upstream import Upstream

__all__ = ["Access", "Authenticator", "LoginForm"]

#: How long a token counts that does not say it, and the longest that one counts, in seconds.
UNSAID = 10 * 60
LONGEST = 24 * 60 * 60
#: A token is not used in its last seconds: it has a way to go.
MARGIN = 30
#: The most bytes that an answer to a sign-in has, and a token in it.
LARGEST = 64 * 1024
LONGEST_TOKEN = 16 * 1024


@dataclass(frozen=True, slots=True)
class Access:
    """A token of Eventory's, and until when it may be used."""

    token: str
    expires_at: datetime


class Authenticator(Protocol):
    """Gets a token for a username and password."""

    async def sign_in(self, *, username: str, password: str) -> Access:
        """Raises ``UpstreamSignInFailed`` if they are refused, ``Upstream…`` for other failures."""


class LoginForm:
    """``POST login-json`` with a form, answered by ``{"access_token": …}``."""

    PATH = b"/login-json"

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    async def sign_in(self, *, username: str, password: str) -> Access:
        form = urlencode({"username": username, "password": password}).encode()
        headers = [
            (b"accept", b"application/json"),
            (b"accept-encoding", b"identity"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"user-agent", b"Countertop"),
        ]
        answer = await self.upstream.ask("POST", Target(b"", self.PATH, b""), headers, form)
        try:
            if failure := answer.failure():
                raise failure
            if answer.status >= 500 or answer.status == 429:
                raise UpstreamFailed
            if not 200 <= answer.status < 300:
                raise UpstreamSignInFailed
            return _read(await answer.whole(LARGEST))
        finally:
            await answer.close()


def _read(body: bytes) -> Access:
    """The token of an answer. Raises ``UpstreamSignInFailed``."""
    try:
        said: Any = msgspec.json.decode(body)
        token = said["access_token"]
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError, RecursionError):
        raise UpstreamSignInFailed from None
    fits = isinstance(token, str) and 0 < len(token) <= LONGEST_TOKEN
    # It goes into a header: what could end one is no token.
    if not fits or not token.isascii() or not token.isprintable() or " " in token:
        raise UpstreamSignInFailed
    lives = _seconds(said.get("expires_in"), token)
    return Access(token, datetime.now(UTC) + timedelta(seconds=lives))


def _seconds(told: Any, token: str) -> float:
    """How long a token may be used: as it was told, else as it says of itself."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        told = _own_end(token) - time.time()
    return float(max(0.0, min(told, LONGEST) - MARGIN))


def _own_end(token: str) -> float:
    """When a JWT says that it ends; another token says nothing."""
    try:
        end = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})["exp"]
        return float(end)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError):
        return time.time() + UNSAID
