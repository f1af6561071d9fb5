"""Letters to the vendor's sysadmins: what became news, and once a day how the fleet stands."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from accounts.models import User
from core.database import verb
from licensing import tallies
from licensing.models import Alert

__all__ = ["LINES", "deliver", "digest", "is_due"]

log = logging.getLogger(__name__)

#: A letter names so many sites, and says how many more there are.
LINES = 100
#: So many alerts go out in one letter at most.
BATCH = 5_000
#: News older than this is in the digest anyway: a mail server that was away is not made up for.
STALE = timedelta(days=1)

ALERTS = """\
{lines}
{more}
{url}/admin/
"""
DIGEST = """\
Sites: {sites}. Online {online}, late {late}, offline {offline}, never heard of {never}.
Locked {locked}, inactive {inactive}, expired {expired}, expiring within 30 days {expiring}.
Locks and unlocks on their way: {pending}. Open alerts: {open}.
{lines}
{url}/admin/
"""


def is_due() -> bool:
    """Whether there is news that nobody was written of. It only reads."""
    return Alert.objects.filter(mailed_at=None).exists()


def deliver() -> int:
    """Write of the news since, in one letter, a line each; answers how many lines."""
    taken = _taken()
    if not taken:
        return 0
    fresh = [one for one in taken if one.opened_at > timezone.now() - STALE]
    lines = [f"{one.opened_at:%Y-%m-%d %H:%M} UTC  {one.message}" for one in fresh[:LINES]]
    more = f"… and {len(fresh) - LINES} more.\n" if len(fresh) > LINES else ""
    what = fresh[0].message if len(fresh) == 1 else f"News of {len(fresh)} sites"
    text = ALERTS.format(lines="\n".join(lines), more=more, url=settings.PUBLIC_URL)
    if fresh and not _send(f"{settings.PROJECT_NAME}: {what}", text):
        _give_back([one.pk for one in taken])
        return 0
    return len(taken)


def digest() -> int:
    """Write how the fleet stands; answers how many people it went to."""
    now = timezone.now()
    counts = tallies.read(now).counts
    silent = Alert.objects.filter(closed_at=None).order_by("-opened_at")[:LINES]
    lines = "".join(f"\n{one.opened_at:%Y-%m-%d %H:%M} UTC  {one.message}" for one in silent)
    told = counts | {"lines": lines, "open": Alert.objects.filter(closed_at=None).count()}
    text = DIGEST.format(**told, url=settings.PUBLIC_URL)
    subject = f"{settings.PROJECT_NAME}: the fleet on {now:%Y-%m-%d}"
    return len(_people()) if counts["sites"] and _send(subject, text) else 0


@verb
def _taken() -> list[Alert]:
    """Take the news on, so that no other worker does."""
    waiting = Alert.objects.filter(mailed_at=None).select_for_update(of=("self",))
    news = list(waiting.order_by("opened_at", "pk")[:BATCH])
    Alert.objects.filter(pk__in=[one.pk for one in news]).update(mailed_at=timezone.now())
    return news


def _give_back(taken: Sequence[UUID]) -> None:
    Alert.objects.filter(pk__in=taken).update(mailed_at=None)


def _people() -> list[str]:
    vendors = User.objects.filter(role=User.Role.SYSADMIN, is_active=True).exclude(email="")
    return list(vendors.order_by("email").values_list("email", flat=True))


def _send(subject: str, text: str) -> bool:
    """Send a letter to every sysadmin; whether it went, or there is nobody to write to."""
    people = _people()
    if not people:
        log.warning("No sysadmin has an e-mail address: nobody was written to of the fleet.")
        return True
    try:
        send_mail(" ".join(subject.split()), text, None, people)
    except (OSError, SMTPException) as problem:
        log.warning("A letter of the fleet could not be sent, it is tried again: %s", problem)
        return False
    return True
