"""Refresh tokens: opaque, single use, one chain per session; only digests are kept.

A used token makes its successor by HMAC, so a retry of a lost answer gets the same one without
anybody having stored it. A token that comes back later was stolen: its session ends.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from accounts import audit
from accounts.errors import RefreshInvalid, SessionLocked
from accounts.models import AuthSession, RefreshToken
from core.database import verb

__all__ = ["Exchanged", "exchange", "issue", "session_of"]

#: A client that lost the answer may ask again for this long.
RETRY = timedelta(seconds=10)
LONGEST = 256  # characters; ours have 43


class Exchanged(NamedTuple):
    """A session, its next refresh token, and when the one before was used."""

    session: AuthSession
    token: str
    at: datetime


def issue(*, session: AuthSession) -> str:
    """Begin the session's chain and return its first token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        session=session, digest=_digest(token), expires_at=session.expires_at
    )
    return token


def exchange(token: str) -> Exchanged:
    """Use a token and return its successor; within 10 s a retry gets the same one.

    Raises ``RefreshInvalid``; if the token was used before that, the session has ended first.
    Raises ``SessionLocked`` at a till that was left alone: a refresh is nobody's sign of life.
    """
    exchanged = _exchange(token) if len(token) <= LONGEST else None
    if exchanged is None:  # after the commit: the end of a stolen session must stay
        raise RefreshInvalid
    return exchanged


@verb
def _exchange(token: str) -> Exchanged | None:
    now = timezone.now()
    known = RefreshToken.objects.select_related("session__user", "session__device__shop")
    found = known.filter(digest=_digest(token)).first()
    if found is None or not _lives(found.session, now):
        return None
    if found.session.is_left_alone(now):
        raise SessionLocked
    fresh = RefreshToken.objects.filter(pk=found.pk, used_at=None, expires_at__gt=now)
    successor = _successor(token)
    if fresh.update(used_at=now):
        session = found.session
        session.expires_at = now + settings.REFRESH_TOKEN_LIFETIME
        if session.device_id is None:
            session.last_used_at = now
        session.save(update_fields=["expires_at", "last_used_at"])
        RefreshToken.objects.create(
            session=session,
            parent=found,
            digest=_digest(successor),
            expires_at=session.expires_at,
        )
        return Exchanged(session, successor, now)
    found.refresh_from_db(fields=["used_at"])
    if found.used_at is None:  # it has expired
        return None
    if now - found.used_at <= RETRY:
        return Exchanged(found.session, successor, found.used_at)
    _revoke(found.session, now)
    return None


def session_of(token: str) -> AuthSession | None:
    """Return the living session a refresh token belongs to, without using the token."""
    found = RefreshToken.objects.select_related("session__user").filter(digest=_digest(token))
    session = next((one.session for one in found), None)
    return session if session is not None and _lives(session, timezone.now()) else None


def _lives(session: AuthSession, now: datetime) -> bool:
    user = session.user
    return session.is_alive(now) and user.is_active and session.token_version == user.token_version


def _revoke(session: AuthSession, now: datetime) -> None:
    if AuthSession.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=now):
        shop = None if session.device is None else session.device.shop_id
        audit.record("session.ended", session, shop=shop, actor=None, because="refresh reused")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _successor(token: str) -> str:
    key = settings.JWT_SECRET_KEY.encode()
    return hmac.new(key, b"successor of " + token.encode(), hashlib.sha256).hexdigest()
