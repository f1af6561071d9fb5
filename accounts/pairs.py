"""A pair of tokens, as every way of signing in answers it."""

from datetime import datetime
from uuid import UUID

import msgspec

from accounts import tokens, users
from accounts.facts import UserFact
from accounts.models import AuthSession

__all__ = ["Registered", "SignedIn", "make", "registered"]


class SignedIn(msgspec.Struct, kw_only=True):
    """A pair of tokens, and whose they are. ``token`` is ``access_token``; times in seconds."""

    access_token: str
    token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105
    expires_in: int
    role: str
    message: str
    user: UserFact


class Registered(SignedIn, kw_only=True):
    """The same for somebody new, with what front ends look for beside it."""

    id: UUID
    user_id: UUID
    username: str
    email: str
    name: str


def make(
    *,
    session: AuthSession,
    refresh_token: str,
    at: datetime,
    never_refreshes: bool,
    message: str,
) -> SignedIn:
    """Make the session's pair; ``never_refreshes`` is what the front end of the mount does."""
    user = users.read(session.user_id)
    lives = tokens.lifetime(session.user, never_refreshes=never_refreshes)
    access = tokens.issue(session=session, role=user.role, at=at, lives=lives)
    return SignedIn(
        access_token=access.token,
        token=access.token,
        refresh_token=refresh_token,
        expires_in=access.expires_in,
        role=user.role,
        message=message,
        user=user,
    )


def registered(pair: SignedIn) -> Registered:
    """The pair of somebody new."""
    return Registered(
        **msgspec.structs.asdict(pair),
        id=pair.user.id,
        user_id=pair.user.id,
        username=pair.user.username,
        email=pair.user.email,
        name=pair.user.name,
    )
