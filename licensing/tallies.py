"""How many sites stand how: counted when asked in a small fleet, kept for a large one.

Counting a million takes seconds, and the console's first page waits for it: so a job counts, and
what is shown says as of when.
"""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from core.database import verb
from licensing import fleet
from licensing.models import Command, FleetCount, Site

__all__ = ["SMALL", "Tally", "is_small", "keep", "read"]

#: So many sites are counted in a few dozen milliseconds.
SMALL = 10_000


class Tally(NamedTuple):
    """Sites by each word of their two states, ``sites`` and ``pending`` commands; as of ``at``."""

    counts: dict[str, int]
    at: datetime


def is_small() -> bool:
    """Whether the fleet is small enough to be counted while somebody waits."""
    return Site.objects.known()[: SMALL + 1].count() <= SMALL


def read(now: datetime) -> Tally:
    """The fleet as it stands at ``now``, or, of a large one, as it stood when last counted."""
    kept = [] if is_small() else list(FleetCount.objects.all())
    if not kept:
        return Tally(fleet.counts(now), now)
    waiting = Command.objects.pending().filter(site__deleted_at=None)
    counts = {row.word: row.number for row in kept} | {"pending": waiting.count()}
    return Tally(counts, min(row.at for row in kept))


@verb
def keep() -> int:
    """Count a large fleet and keep it, for the worker; answers how many sites were counted."""
    if is_small():
        FleetCount.objects.all().delete()
        return 0
    now = timezone.now()
    counts = fleet.counts(now)
    FleetCount.objects.bulk_create(
        [FleetCount(word=word, number=number, at=now) for word, number in counts.items()],
        update_conflicts=True,
        unique_fields=["word"],
        update_fields=["number", "at"],
    )
    return counts["sites"]
