"""Recovery codes: they stand in for a lost app, once each. Only digests are kept."""

import base64
import hashlib
import secrets
from uuid import UUID

from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import RecoveryCode, User
from core.database import verb

__all__ = ["forget", "left", "renew", "take"]

#: As many as fit a slip of paper; 80 random bits each, 16 letters and digits in base32.
CODES = 10
BYTES = 10
LENGTH = 16


@verb
def renew(*, user_id: UUID, actor: Actor) -> list[str]:
    """Make ten new codes, which are nowhere else; those before are void."""
    # Two at once would leave both sets: the second waits here, and voids the first.
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    codes = [base64.b32encode(secrets.token_bytes(BYTES)).decode() for _ in range(CODES)]
    forget(user_id=user_id)
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, digest=_digest(user_id, code)) for code in codes
    )
    audit.record("recovery_codes.renewed", ("user", user_id), shop=None, actor=actor)
    return ["-".join(code[at : at + 4] for at in range(0, LENGTH, 4)) for code in codes]


@verb
def take(*, user_id: UUID, code: str) -> bool:
    """Use a code, once: one statement marks it."""
    if len(code) != LENGTH:
        return False
    digest = _digest(user_id, code.upper())
    fresh = RecoveryCode.objects.filter(user_id=user_id, digest=digest, used_at=None)
    if not fresh.update(used_at=timezone.now()):
        return False
    who = ("user", user_id)
    audit.record("recovery_code.used", who, shop=None, actor=None, left=left(user_id))
    return True


def left(user_id: UUID) -> int:
    """How many are not used yet."""
    return RecoveryCode.objects.filter(user_id=user_id, used_at=None).count()


def forget(*, user_id: UUID) -> None:
    """Let none of a person's codes count any more."""
    RecoveryCode.objects.filter(user_id=user_id).delete()


def _digest(user_id: UUID, code: str) -> bytes:
    return hashlib.sha256(user_id.bytes + code.encode()).digest()
