"""Forgetting what is old: heartbeats, closed alerts, hours of the fleet, addresses."""

from datetime import timedelta

from django.utils import timezone

from core.database import verb
from licensing.models import Alert, FleetHour, Heartbeat, SiteContact

__all__ = ["ADDRESSES_KEPT", "BATCH", "KEPT_FOR", "erase_addresses", "prune", "prune_alerts"]

#: History is kept for so long.
KEPT_FOR = timedelta(days=400)
#: Where a site called from that was not heard of since.
ADDRESSES_KEPT = timedelta(days=30)
#: How many rows are deleted in one transaction.
BATCH = 1_000


@verb
def prune(*, limit: int = BATCH) -> int:
    """Delete the oldest heartbeats that history kept, at most ``limit``; answers how many."""
    old = Heartbeat.objects.filter(at__lt=timezone.now() - KEPT_FOR).order_by("at")
    deleted, _ = Heartbeat.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:limit])
    ).delete()
    return deleted


@verb
def prune_alerts(*, limit: int = BATCH) -> int:
    """Delete the oldest closed alerts, at most ``limit``, and old hours; answers how many alerts."""
    before = timezone.now() - KEPT_FOR
    FleetHour.objects.filter(hour__lt=before).delete()
    old = Alert.objects.filter(closed_at__lt=before, opened_at__lt=before).order_by("opened_at")
    deleted, _ = Alert.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:limit])
    ).delete()
    return deleted


@verb
def erase_addresses() -> int:
    """Forget where sites called from that were not heard of for a month; answers how many."""
    silent = SiteContact.objects.filter(last_seen_at__lt=timezone.now() - ADDRESSES_KEPT)
    return silent.exclude(address="").update(address="")
