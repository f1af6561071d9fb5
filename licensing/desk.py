"""What the desk shows: the fleet at a glance, a site with its history, sites as a table.

It only asks, and asks as often for a million sites as for none.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from core import tables
from licensing import facts, fleet
from licensing.fleet import Connection, Status
from licensing.models import Alert, Command, FleetHour, Site

__all__ = ["HOURS", "SHOWN", "Bar", "first_page", "history", "table"]

#: So many rows of each list on the first page.
SHOWN = 6
#: How far back the first page looks.
HOURS = 48
#: How a chart is drawn: its height, and the width of an hour.
HEIGHT, WIDTH = 100, 10

COLUMNS = (
    "site_id", "name", "owner_name", "contact_email", "status", "connection", "last_seen_at",
    "version", "license_expires_at", "is_locked", "lock_reason", "grace_days", "created_at",
)  # fmt: skip


class Bar(NamedTuple):
    """An hour of the fleet, and where it stands in the chart. Nobody looked: ``sites`` is none."""

    hour: datetime
    sites: int
    seen: int
    silent: int
    x: int
    seen_height: int
    silent_height: int

    @property
    def seen_y(self) -> int:
        return HEIGHT - self.seen_height

    @property
    def silent_y(self) -> int:
        return self.seen_y - self.silent_height


def first_page() -> dict[str, Any]:
    """The fleet for the console's first page, in a constant number of questions."""
    now = timezone.now()
    counts = fleet.counts(now)
    known = Site.objects.known()
    expiring = known.filter(fleet.standing(Status.EXPIRING, now)).order_by("license_expires_at")
    pending = Command.objects.pending().filter(site__deleted_at=None).select_related("site")
    alerts = Alert.objects.filter(closed_at=None)
    newest = list(alerts.select_related("site").order_by("-opened_at")[:SHOWN])
    return {
        "sites": counts["sites"],
        "licences": [(str(word), counts[word]) for word in Status],
        "connections": [(str(word), counts[word]) for word in Connection],
        "bars": bars(now),
        "hours": HOURS,
        "expiring": list(expiring[:SHOWN]),
        "expiring_number": counts[Status.EXPIRING],
        "pending": list(pending.order_by("requested_at")[:SHOWN]),
        "pending_number": counts["pending"],
        "incident": alerts.filter(kind=Alert.Kind.INCIDENT).first(),
        "alerts": [alert for alert in newest if alert.kind != Alert.Kind.INCIDENT],
        "alerts_number": alerts.exclude(kind=Alert.Kind.INCIDENT).count(),
    }


def bars(now: datetime) -> list[Bar]:
    """The last hours, the oldest first: who was heard of in each, who was silent at its end."""
    last = now.replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=HOURS - 1)
    kept = {row.hour: row for row in FleetHour.objects.filter(hour__gte=first, hour__lte=last)}
    told = []
    for place in range(HOURS):
        row = kept.get(hour := first + timedelta(hours=place))
        silent = 0 if row is None else row.late + row.offline + row.dark
        told.append((hour, row.sites if row else 0, row.seen if row else 0, silent))
    top = max(1, *(seen + silent for _, _, seen, silent in told))
    return [
        Bar(
            hour,
            sites,
            seen,
            silent,
            x=place * WIDTH,
            seen_height=round(HEIGHT * seen / top),
            silent_height=round(HEIGHT * silent / top),
        )
        for place, (hour, sites, seen, silent) in enumerate(told)
    ]


def history(site: Site) -> dict[str, Any]:
    """A site's last heartbeats, commands and alerts, newest first."""
    commands = Command.objects.filter(site=site).select_related("requested_by")
    return {
        "heartbeats": facts.heartbeats(site),
        "commands": list(commands.order_by("-requested_at", "-pk")[: fleet.SHOWN]),
        "alerts": list(site.alerts.order_by("-opened_at", "-pk")[: fleet.SHOWN]),
    }


def table(rows: QuerySet[Site], *, batch: int = tables.BATCH) -> Iterator[bytes]:
    """These sites as CSV, the newest first, in parts."""
    now = timezone.now()
    return tables.parts(
        COLUMNS, rows.select_related("contact"), lambda site: _cells(site, now), batch
    )


def _cells(site: Site, now: datetime) -> Sequence[object]:
    contact = getattr(site, "contact", None)
    seen = contact and contact.last_seen_at
    told = {
        "status": fleet.status(site, now).value,
        "connection": fleet.connection(seen, now).value,
        "last_seen_at": seen,
        "version": contact.version if contact else "",
    }
    return [told[name] if name in told else getattr(site, name) for name in COLUMNS]
