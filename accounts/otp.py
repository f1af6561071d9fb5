"""One-time codes at the door: taken once, counted against guessing, remembered by the session.

A code is one that the person's app shows, or a recovery code. Wrong ones make the next wait
longer and longer; who knows no password never gets this far.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts import authenticators, recovery_codes
from accounts.audit import Actor
from accounts.authenticators import Enrolment, Person
from accounts.errors import NotEnrolled, OtpInvalid, OtpRequired, OtpWrong
from accounts.models import AuthSession
from core import limits, wire
from core.database import verb
from core.idempotency import EACH_TIME, Once

__all__ = [
    "Standing", "confirm", "enrol", "forget", "is_due", "is_proven", "issue", "prove",
    "renew_recovery_codes", "says_something", "standing", "verify",
]  # fmt: skip


class Standing(NamedTuple):
    """Since when a person's app counts (``None``: not), and recovery codes not used yet."""

    confirmed_at: datetime | None
    codes_left: int


#: Wrong codes of one person: five are free, then each waits twice as long as the one before, up
#: to a quarter of an hour. A million codes stay a long way off, and nobody is locked out.
PACE = limits.Pace(free=5, first=5, most=900, memory=86400)

#: What people and apps put between the characters of a code.
BETWEEN = str.maketrans("", "", " -\t\u00a0\u2010\u2011\u2013")


def verify(*, user_id: UUID, code: str) -> None:
    """Take a person's code for good.

    Raises ``OtpInvalid`` if it is missing, wrong or was taken before, ``TooMany`` after too many.
    """
    code = _typed(code)
    if not code:
        raise OtpInvalid
    with _counted(user_id):
        if not (
            _is_master(code)
            or authenticators.take(user_id=user_id, code=code)
            or recovery_codes.take(user_id=user_id, code=code)
        ):
            raise OtpInvalid


def says_something(*, user_id: UUID, code: str) -> bool:
    """Whether there is a code, and anything to hold it against."""
    code = _typed(code)
    return bool(code) and (_is_master(code) or authenticators.is_enrolled(user_id))


def prove(*, person: Person, session_id: UUID, code: str) -> None:
    """Let the session remember that its person had a right code.

    Raises ``OtpWrong``, ``TooMany``.
    """
    try:
        verify(user_id=person.pk, code=code)
    except OtpInvalid:
        raise OtpWrong from None
    _remember(person, session_id)


def is_proven(session_id: UUID) -> bool:
    """Whether the session remembers a right code."""
    return AuthSession.objects.filter(pk=session_id, proven_at__isnull=False).exists()


def is_due(session_id: UUID) -> bool:
    """Whether the console asks this session for a code first."""
    return settings.REQUIRE_ADMIN_OTP and not is_proven(session_id)


@verb
def enrol(*, person: Person, session_id: UUID, code: str = "", once: Once = EACH_TIME) -> Enrolment:
    """Offer the person's app a new secret; it counts once ``confirm`` has seen a code of it.

    Who replaces a confirmed one has proven a code in this session, or sends one now. Raises
    ``OtpRequired``, ``OtpWrong``, ``TooMany``.
    """
    once.claim()
    if authenticators.is_enrolled(person.pk):
        _demand(person, session_id, code)
    made = authenticators.offer(person=person)
    once.keep(200, wire.encode(made))
    return made


def confirm(*, person: Person, session_id: UUID, code: str) -> None:
    """Let the offered secret count, and the session as proven; older recovery codes are void.

    Raises ``NothingToConfirm``, ``OtpWrong``, ``TooMany``.
    """
    with _counted(person.pk):
        _confirm(person, session_id, _typed(code))


@verb
def _confirm(person: Person, session_id: UUID, code: str) -> None:
    authenticators.confirm(person=person, code=code)
    recovery_codes.forget(user_id=person.pk)
    _remember(person, session_id)


@verb
def issue(*, person: Person, actor: Actor | None) -> Enrolment:
    """Make a secret that counts at once, for the demo and for an account's first app.

    What stood for it before is void.
    """
    forget(user_id=person.pk, actor=actor)
    return authenticators.issue(person=person, actor=actor)


def standing(user_id: UUID) -> Standing:
    """How a person stands with their codes."""
    since = authenticators.confirmed_at(user_id)
    return Standing(since, recovery_codes.left(user_id))


@verb
def renew_recovery_codes(
    *, person: Person, session_id: UUID, code: str = "", once: Once = EACH_TIME
) -> list[str]:
    """Make ten recovery codes, which are nowhere else; those before are void.

    Who asks has proven a code in this session, or sends one now. Raises ``NotEnrolled``,
    ``OtpRequired``, ``OtpWrong``, ``TooMany``.
    """
    once.claim()
    if not authenticators.is_enrolled(person.pk):
        raise NotEnrolled
    _demand(person, session_id, code)
    codes = recovery_codes.renew(user_id=person.pk, actor=person)
    once.keep(200, wire.encode({"codes": codes}))
    return codes


@verb
def forget(*, user_id: UUID, actor: Actor | None) -> bool:
    """Take a lost app and all recovery codes from a person, and what their sessions had proven.

    Returns whether they had an app.
    """
    recovery_codes.forget(user_id=user_id)
    AuthSession.objects.filter(user_id=user_id).update(proven_at=None)
    return authenticators.forget(user_id=user_id, actor=actor)


def _demand(person: Person, session_id: UUID, code: str) -> None:
    """Raise ``OtpRequired`` unless the session has proven a code, or does so now."""
    if is_proven(session_id):
        return
    if not _typed(code):
        raise OtpRequired
    prove(person=person, session_id=session_id, code=code)


def _remember(person: Person, session_id: UUID) -> None:
    mine = AuthSession.objects.filter(pk=session_id, user_id=person.pk)
    mine.update(proven_at=timezone.now())


@contextmanager
def _counted(user_id: UUID) -> Iterator[None]:
    """Count a try, and forget those before if nothing was refused. Raises ``TooMany``."""
    limits.pace("otp", str(user_id), PACE)
    yield
    limits.calm("otp", str(user_id))


def _is_master(code: str) -> bool:
    """Whether it is the code that opens every door of a development machine, if one is set."""
    master = "" if settings.PRODUCTION else _typed(settings.DEV_MASTER_OTP)
    return bool(master) and compare_digest(code.encode(), master.encode())


def _typed(code: str) -> str:
    return code[:64].translate(BETWEEN)
