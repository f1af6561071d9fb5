"""Forgetting leads: where they came from after a month, all of them after a year, one on demand."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from core import ids
from core.database import verb
from portal import mailboxes
from portal.models import Lead

__all__ = ["ADDRESSES_KEPT", "BATCH", "KEPT", "erase", "erase_addresses", "of", "old", "purge"]

#: Leads are kept this long after they last came.
KEPT = timedelta(days=365)
#: Where they came from is kept this long.
ADDRESSES_KEPT = timedelta(days=30)
#: How many rows are changed in one transaction.
BATCH = 500


def old(now: datetime | None = None) -> QuerySet[Lead]:
    """Leads that nobody has a right to keep any more; in no order."""
    return Lead.objects.filter(last_at__lt=(now or timezone.now()) - KEPT)


@verb
def purge(*, limit: int = BATCH) -> int:
    """Delete the oldest leads of more than a year ago, at most ``limit``; answers how many."""
    chosen = list(old().order_by("last_at").values_list("pk", flat=True)[:limit])
    Lead.objects.filter(pk__in=chosen).delete()
    if chosen:
        audit.record("leads.purged", None, shop=None, actor=None, number=len(chosen))
    return len(chosen)


@verb
def erase_addresses(*, limit: int = BATCH) -> int:
    """Forget where leads of a month ago came from, at most ``limit``; answers how many."""
    until = timezone.now() - ADDRESSES_KEPT
    known = Lead.objects.filter(address__isnull=False, pk__lt=ids.since(until))
    chosen = list(known.order_by("pk").values_list("pk", flat=True)[:limit])
    Lead.objects.filter(pk__in=chosen).update(address=None)
    return len(chosen)


def of(email: str) -> QuerySet[Lead]:
    """All that came in the name of this e-mail, whatever its case; in no order."""
    email = email.strip().lower()
    box = mailboxes.of(email)
    return Lead.objects.annotate(low=Lower("email")).filter(mailbox=box, low=email)


@verb
def erase(email: str, *, actor: Actor | None) -> int:
    """Delete all that came in the name of this e-mail; answers how many. Who it was stays unsaid."""
    number, _ = Lead.objects.filter(pk__in=of(email).values("pk")).delete()
    if number:
        audit.record("leads.erased", None, shop=None, actor=actor, number=number)
    return number
