"""Access tokens: short-lived JWTs that name a session. Which session still lives, it says itself.

One algorithm, our own key; ``kid`` names the key, so that a new key can be brought in while
tokens of the one before run out.
"""

import hashlib
import hmac
import time
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
import msgspec
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from accounts.errors import TokenInvalid
from accounts.models import AuthSession, User

__all__ = ["Access", "Claims", "issue", "lifetime", "read"]

ALGORITHM = "HS256"
ISSUER = "countertop"
AUDIENCE = "countertop-api"
LONGEST = 4096  # characters; ours have about 450

#: Tokens of those who can do the most harm live at most this long.
PRIVILEGED = frozenset({User.Role.DEV, User.Role.SYSADMIN})
PRIVILEGED_LIFETIME = timedelta(minutes=60)


class Claims(msgspec.Struct, frozen=True):
    """What an access token says: person, session, token version, role at that time."""

    sub: UUID
    sid: UUID
    tv: int
    role: str
    iat: int
    exp: int


class Access(msgspec.Struct, frozen=True):
    """An access token and how many seconds it lives."""

    token: str
    expires_in: int


class Key(TokenBackend):
    """simplejwt's signer with one key, whose name it writes into the header."""

    def __init__(self, secret: str) -> None:
        super().__init__(ALGORITHM, secret, audience=AUDIENCE, issuer=ISSUER)
        self.kid = hmac.new(secret.encode(), b"kid", hashlib.sha256).hexdigest()[:12]

    def encode(self, payload: dict[str, Any]) -> str:
        claims = payload | {"aud": self.audience, "iss": self.issuer}
        return jwt.encode(
            claims, self.prepared_signing_key, algorithm=ALGORITHM, headers={"kid": self.kid}
        )


@lru_cache(maxsize=4)
def ring(*secrets: str) -> dict[str, Key]:
    """The keys by name; the first one signs."""
    return {key.kid: key for key in map(Key, secrets)}


def keys() -> dict[str, Key]:
    """Today's key, and those before it whose tokens still run."""
    return ring(settings.JWT_SECRET_KEY, *settings.JWT_PREVIOUS_KEYS)


def lifetime(user: User, *, never_refreshes: bool) -> timedelta:
    """How long a token lives. Front ends at the root ``/auth`` and ``/api/auth`` never refresh."""
    full: timedelta = (
        settings.ROOT_ACCESS_TOKEN_LIFETIME if never_refreshes else settings.ACCESS_TOKEN_LIFETIME
    )
    return min(full, PRIVILEGED_LIFETIME) if user.role in PRIVILEGED else full


def issue(*, session: AuthSession, role: str, at: datetime, lives: timedelta) -> Access:
    """Make the session's access token. The same arguments make the same token."""
    key = next(iter(keys().values()))
    seconds = int(lives.total_seconds())
    begins = int(at.timestamp())
    token = key.encode(
        {
            "exp": begins + seconds,
            "iat": begins,
            "sub": str(session.user_id),
            "sid": str(session.pk),
            "tv": session.token_version,
            "role": role,
        }
    )
    return Access(token, seconds)


def read(token: str) -> Claims:
    """Verify a token and return what it says. Raises ``TokenInvalid``."""
    if len(token) > LONGEST:
        raise TokenInvalid
    claims = _verified(token, *keys())
    if claims.exp <= time.time() or claims.exp - claims.iat > _longest(claims.role):
        raise TokenInvalid
    return claims


def _longest(role: str) -> float:
    """How many seconds a token of ours may live; one made before a limit was lowered may not."""
    full: timedelta = max(settings.ACCESS_TOKEN_LIFETIME, settings.ROOT_ACCESS_TOKEN_LIFETIME)
    return (min(full, PRIVILEGED_LIFETIME) if role in PRIVILEGED else full).total_seconds()


# A signature does not change its mind: a token is verified once per process, its end compared
# at every use, and whether its session lives is read from the row at every request.
@lru_cache(maxsize=4096)
def _verified(token: str, *kids: str) -> Claims:
    try:
        key = keys()[jwt.get_unverified_header(token)["kid"]]
        return msgspec.convert(key.decode(token), Claims)  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, TokenBackendError, msgspec.ValidationError, KeyError, TypeError):
        raise TokenInvalid from None
