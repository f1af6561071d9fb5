"""Apps that show one-time codes (RFC 6238): offered a secret, confirmed by a code of it.

A code of the step before or after ours is taken too, for clocks that are a little off; none is
taken twice.
"""

import base64
import secrets
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Protocol
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from accounts import audit, vault
from accounts.audit import Actor
from accounts.errors import NothingToConfirm, OtpWrong
from accounts.models import Authenticator
from core.database import verb

__all__ = [
    "Enrolment", "Person", "confirm", "confirmed_at", "forget", "is_enrolled", "issue", "offer",
    "pending", "reseal", "take", "withdraw",
]  # fmt: skip

PURPOSE = "one-time codes"
SECRET_BYTES = 20  # as long as the SHA-1 that every app speaks
STEP = 30  # seconds for which an app shows a code
DRIFT = (-1, 0, 1)  # steps
DIGITS = 6

#: A secret that no code has confirmed is over after this.
PENDING = timedelta(hours=1)


class Person(Actor, Protocol):
    """A ``User`` or a ``Principal``."""

    @property
    def username(self) -> str: ...


class Enrolment(msgspec.Struct, frozen=True):
    """What an app has to know: the secret in base32, alone and in the address of a QR code."""

    secret: str
    otpauth_uri: str


@verb
def offer(*, person: Person) -> Enrolment:
    """Make a new secret, which counts once ``confirm`` has seen a code of it.

    A secret confirmed before counts until then; one offered before is void.
    """
    secret = _secret()
    row, _ = Authenticator.objects.get_or_create(user_id=person.pk)
    mine = Authenticator.objects.filter(pk=row.pk)
    mine.update(pending=_seal(secret, row), pending_at=timezone.now())
    audit.record("authenticator.offered", row, shop=None, actor=person)
    return Enrolment(secret, _uri(secret, person))


@verb
def issue(*, person: Person, actor: Actor | None) -> Enrolment:
    """Make a secret that counts at once, to be handed over by who makes the account."""
    secret = _secret()
    row, _ = Authenticator.objects.get_or_create(user_id=person.pk)
    mine = Authenticator.objects.filter(pk=row.pk)
    mine.update(
        secret=_seal(secret, row), pending="", pending_at=None,
        confirmed_at=timezone.now(), last_step=0,
    )  # fmt: skip
    audit.record("authenticator.issued", ("user", person.pk), shop=None, actor=actor)
    return Enrolment(secret, _uri(secret, person))


def pending(person: Person) -> Enrolment | None:
    """The secret that waits to be confirmed, to be shown again."""
    row = _offered(person.pk)
    if row is None:
        return None
    secret = _unseal(row.pending, row)
    return Enrolment(secret, _uri(secret, person))


@verb
def withdraw(*, person: Person) -> None:
    """Let a secret that nobody confirmed be void."""
    waiting = Authenticator.objects.filter(user_id=person.pk).exclude(pending="")
    if waiting.update(pending="", pending_at=None):
        audit.record("authenticator.withdrawn", ("user", person.pk), shop=None, actor=person)


@verb
def confirm(*, person: Person, code: str) -> None:
    """Let the offered secret count from now on. Raises ``NothingToConfirm``, ``OtpWrong``."""
    row = _offered(person.pk)
    if row is None:
        raise NothingToConfirm
    step = _step(_unseal(row.pending, row), code)
    now = timezone.now()
    same = Authenticator.objects.filter(pk=row.pk, pending=row.pending)
    # Of many confirmations at once, one finds the secret still waiting.
    if step is None or not same.update(
        secret=F("pending"), pending="", pending_at=None, confirmed_at=now, last_step=step
    ):
        raise OtpWrong
    audit.record("authenticator.confirmed", row, shop=None, actor=person)


@verb
def forget(*, user_id: UUID, actor: Actor | None) -> bool:
    """Take a person's app from them: it is lost. Returns whether they had one."""
    row = Authenticator.objects.filter(user_id=user_id).first()
    if row is None:
        return False
    audit.record("authenticator.forgotten", row, shop=None, actor=actor, user_id=user_id)
    row.delete()
    return True


def is_enrolled(user_id: UUID) -> bool:
    """Whether a person's app is confirmed."""
    return confirmed_at(user_id) is not None


def confirmed_at(user_id: UUID) -> datetime | None:
    """Since when a person's app counts."""
    return (
        Authenticator.objects.filter(user_id=user_id).values_list("confirmed_at", flat=True).first()
    )


@verb
def take(*, user_id: UUID, code: str) -> bool:
    """Take a code of the app for good: one statement moves the last step, so it happens once."""
    row = Authenticator.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    step = None if row is None else _step(_unseal(row.secret, row), code)
    if row is None or step is None:
        return False
    same = Authenticator.objects.filter(pk=row.pk, confirmed_at=row.confirmed_at)
    if not same.filter(last_step__lt=step).update(last_step=step):
        return False
    audit.record("authenticator.used", ("user", user_id), shop=None, actor=None)
    return True


def reseal() -> int:
    """Seal every secret with the first of the keys. Returns how many had an older one.

    Raises ``SecretUnreadable`` for one that no key opens.
    """
    renewed = 0
    for row in Authenticator.objects.order_by("pk").iterator():
        for name in ("secret", "pending"):
            sealed = getattr(row, name)
            if sealed and not vault.is_current(sealed, purpose=PURPOSE):
                anew = vault.renew(sealed, purpose=PURPOSE, owner=row.user_id, row=row.pk)
                same = Authenticator.objects.filter(**{"pk": row.pk, name: sealed})
                renewed += same.update(**{name: anew})
    return renewed


def _step(secret: str, code: str) -> int | None:
    """The time step whose code this is: ours, the one before or the one after."""
    app = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303 (what apps speak)
    now = int(timezone.now().timestamp()) // STEP
    steps = [now + drift for drift in DRIFT]
    found = [n for n in steps if compare_digest(app.generate(n * STEP), code.encode())]
    return max(found, default=None)


def _offered(user_id: UUID) -> Authenticator | None:
    since = timezone.now() - PENDING
    offered = Authenticator.objects.filter(user_id=user_id, pending_at__gt=since)
    return offered.exclude(pending="").first()


def _secret() -> str:
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _seal(secret: str, row: Authenticator) -> str:
    return vault.seal(secret, purpose=PURPOSE, owner=row.user_id, row=row.pk)


def _unseal(sealed: str, row: Authenticator) -> str:
    return vault.unseal(sealed, purpose=PURPOSE, owner=row.user_id, row=row.pk)


def _uri(secret: str, person: Person) -> str:
    """The address that apps read from a QR code."""
    issuer = settings.PROJECT_NAME
    label = f"{quote(issuer, safe='')}:{quote(person.username, safe='@')}"
    asked = {"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS}
    return f"otpauth://totp/{label}?{urlencode(asked | {'period': STEP}, quote_via=quote)}"
