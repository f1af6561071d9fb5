"""Passwords: changed by who knows the old one, or opened anew by a letter to their e-mail.

Asking for a letter does the same work whoever is asked for: one row. The worker finds the
person and sends the letter, so no answer's time says who is registered.
"""

import hashlib
import logging
import secrets
from datetime import timedelta
from smtplib import SMTPException
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.mail import send_mail
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit, sessions, users
from accounts.audit import Actor
from accounts.errors import ResetInvalid
from accounts.models import AuthSession, PasswordReset, User
from accounts.principals import Principal
from core import addresses, context, limits
from core.database import verb
from core.errors import TooMany

__all__ = ["change", "deliver", "forgot", "is_due", "prune", "put", "reset"]

log = logging.getLogger(__name__)

#: Letters asked for from one address, and for one person whoever asks: the latter in silence.
ASKED = "5/10m"
LETTERS = "3/1h"
#: Tokens tried from one address. They have 256 bits; this only spares us the work.
RESETS = "20/15m"

#: How long a letter opens.
LIFETIME = timedelta(hours=1)
#: Rows of letters are kept this long.
KEPT = timedelta(days=1)
MOST_TRIES = 5
BATCH = 20
NOBODY = "django.core.mail.backends.dummy.EmailBackend"
LONGEST = 128  # characters; ours have 43

SUBJECT = "Choose a new password"
LETTER = """\
Somebody, we hope you, asked for a new password for {product}.

Open this address within an hour to choose one:

{url}/reset-password/?token={token}

You did not ask? Then leave it be: your password stays as it is.
"""


class Letter(NamedTuple):
    """A letter to be sent: of which row, for the how manieth time, to whom, with which token."""

    row: UUID
    tries: int
    to: str
    token: str


def change(*, session_id: UUID, actor: Principal | User, current: str, new: str) -> AuthSession:
    """Change the caller's own password and end all their sessions, this one too.

    Returns the session that takes the place of ``session_id``. Raises ``WrongPassword``,
    ``TooMany``, and ``Invalid`` for a new password that is too weak.
    """
    user = users.get(actor.pk)
    users.prove(user, current)
    users.check_password_rules(user, new, field="new_password")
    return _change(user.pk, session_id=session_id, hashed=make_password(new), actor=actor)


@verb
def _change(user_id: UUID, *, session_id: UUID, hashed: str, actor: Actor) -> AuthSession:
    put(user_id=user_id, hashed=hashed, actor=actor)
    return sessions.renew(session_id=session_id, user=users.get(user_id))


@verb
def put(*, user_id: UUID, hashed: str, actor: Actor | None) -> None:
    """Set a person's password and end all their sessions and letters. The caller has checked."""
    now = timezone.now()
    User.objects.filter(pk=user_id).update(password=hashed, updated_at=now)
    PasswordReset.objects.filter(user_id=user_id, used_at=None).update(used_at=now)
    audit.record("password.changed", ("user", user_id), shop=None, actor=actor)
    sessions.end_all(user_id=user_id, actor=actor, because="password changed")


def forgot(*, name: str) -> None:
    """Take the wish for a letter to the person of this e-mail or username, if there is one.

    Raises ``TooMany`` for an address that asks too often; who is asked for too often gets no
    further letter, and nobody is told.
    """
    limits.hit("forgot", addresses.network(context.current().address), ASKED)
    try:
        limits.hit("forgot-letter", name.lower(), LETTERS)
    except TooMany:
        return
    PasswordReset.objects.create(name=name)


def deliver() -> int:
    """Send the letters asked for since, and return how many were sent. The worker calls this."""
    sent = 0
    for row in list(_waiting().order_by("due_at").values_list("pk", flat=True)[:BATCH]):
        letter = _written(row)
        if letter is None:
            continue
        if not _send(letter):
            break  # the others would wait for the same server
        sent += 1
    return sent


@verb
def prune() -> int:
    """Delete what is left of yesterday's letters; answers how many."""
    deleted, _ = PasswordReset.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted


def is_due() -> bool:
    """Whether a letter waits to be sent. It only reads."""
    return _waiting().exists()


def _waiting() -> QuerySet[PasswordReset]:
    now = timezone.now()
    return PasswordReset.objects.filter(sent_at=None, tries__lt=MOST_TRIES, due_at__lte=now)


@verb
def _written(row: UUID) -> Letter | None:
    """Take the wish on, so that no other worker does; who is unknown gets no letter."""
    now = timezone.now()
    waiting = PasswordReset.objects.filter(pk=row, sent_at=None)
    if not waiting.update(sent_at=now, tries=F("tries") + 1):
        return None
    wish = PasswordReset.objects.get(pk=row)
    user = User.objects.named(wish.name).filter(is_active=True).exclude(email="").first()
    if user is None:
        wish.delete()
        return None
    token = secrets.token_urlsafe(32)
    wish.user, wish.sent_to, wish.digest = user, user.email, _digest(token)
    wish.expires_at = now + LIFETIME
    wish.save()
    audit.record("password.letter_written", user, shop=None, actor=None)
    return Letter(row, wish.tries, user.email, token)


def _send(letter: Letter) -> bool:
    text = LETTER.format(product=settings.PROJECT_NAME, url=settings.PUBLIC_URL, token=letter.token)
    if settings.EMAIL_BACKEND == NOBODY:
        log.warning("EMAIL_URL is not set: the letter for a new password reaches nobody.")
    try:
        send_mail(SUBJECT, text, None, [letter.to])
    except (OSError, SMTPException) as problem:
        log.warning("A letter could not be sent, it is tried again later: %s", problem)
        later = timezone.now() + timedelta(minutes=2**letter.tries)
        PasswordReset.objects.filter(pk=letter.row).update(sent_at=None, due_at=later)
        return False
    return True


def reset(*, token: str, new: str) -> User:
    """Set the password of whoever got the letter with this token, once, and end their sessions.

    Raises ``ResetInvalid``, ``TooMany``, and ``Invalid`` for a password that is too weak; the
    token then still opens.
    """
    limits.hit("reset", addresses.network(context.current().address), RESETS)
    found = PasswordReset.objects.select_related("user").filter(
        digest=_digest(token[:LONGEST]), used_at=None, expires_at__gt=timezone.now()
    )
    letter = found.first()
    user = letter.user if letter is not None else None
    if letter is None or user is None or not _is_still_theirs(letter, user):
        raise ResetInvalid
    users.check_password_rules(user, new, field="new_password")
    _reset(letter.pk, user_id=user.pk, hashed=make_password(new))
    users.trust(user)
    return users.get(user.pk)


@verb
def _reset(letter_id: UUID, *, user_id: UUID, hashed: str) -> None:
    unused = PasswordReset.objects.filter(pk=letter_id, used_at=None)
    if not unused.update(used_at=timezone.now()):
        raise ResetInvalid
    User.objects.filter(pk=user_id).update(is_verified=True)  # the letter reached them
    put(user_id=user_id, hashed=hashed, actor=users.get(user_id))


def _is_still_theirs(letter: PasswordReset, user: User) -> bool:
    return user.is_active and letter.sent_to.lower() == user.email.lower()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
