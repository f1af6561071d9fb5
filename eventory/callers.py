"""Who asks: the same look-up as everywhere, and how often one person may."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote_to_bytes
from uuid import UUID

import jwt

from accounts import sessions, tokens
from accounts.errors import NotSignedIn, PasswordRequired, SessionLocked, TokenInvalid
from accounts.principals import Principal, is_by_pin
from core import limits
from core.errors import TooMany

__all__ = ["AT_ONCE", "RATE", "Crowd", "enter", "holds_token_of_ours"]

#: How often one person may ask, and how many requests of theirs run at once in this process.
RATE = "600/m"
AT_ONCE = 100

#: What a JWT looks like, wherever it stands.
TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
#: How often a text is decoded to see whether a token is in it.
DEEPEST = 8


def enter(token: str) -> Principal:
    """Return who an access token speaks for, their request counted.

    Raises ``NotSignedIn``, ``TokenInvalid``, ``SessionLocked``, ``PasswordRequired`` for who has
    shown a PIN only, and ``TooMany``.
    """
    if not token:
        raise NotSignedIn
    claims = tokens.read(token)
    caller = sessions.principal(claims.sid, token_version=claims.tv)
    if caller is None or caller.pk != claims.sub:
        raise TokenInvalid
    if caller.is_locked:
        raise SessionLocked
    if is_by_pin(caller):
        raise PasswordRequired
    sessions.touch(caller)
    limits.hit("eventory", str(caller.pk), RATE)
    return caller


def holds_token_of_ours(text: bytes) -> bool:
    """Whether a token that we made stands in a text, however often that was percent-encoded.

    Whoever it is for, and whether or not it still counts.
    """
    for _ in range(DEEPEST):
        if any(_is_ours(found.decode()) for found in TOKEN.findall(text)):
            return True
        decoded = unquote_to_bytes(text)
        if decoded == text:
            return False
        text = decoded
    return True  # nobody encodes so often who means no harm


def _is_ours(token: str) -> bool:
    try:
        said = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
    except jwt.InvalidTokenError:
        return False
    return bool(said.get("iss") == tokens.ISSUER)


class Crowd:
    """How many requests of each person run now."""

    def __init__(self) -> None:
        self.running: Counter[UUID] = Counter()

    @contextmanager
    def joined(self, caller: Principal) -> Iterator[None]:
        """Be one of them inside a ``with`` block. Raises ``TooMany``."""
        if self.running[caller.pk] >= AT_ONCE:
            raise TooMany(retry_after=1)
        self.running[caller.pk] += 1
        try:
            yield
        finally:
            self.running[caller.pk] -= 1
            if not self.running[caller.pk]:
                del self.running[caller.pk]
