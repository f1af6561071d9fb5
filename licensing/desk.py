"""What the desk shows: the fleet at a glance, sites as a table.

It only asks, and asks as often for a million sites as for none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Shop
from core import tables
from core.errors import Invalid
from licensing import fleet, moments, tallies
from licensing.dossiers import GRAVITY
from licensing.fleet import Connection, Status
from licensing.models import Alert, Command, FleetHour, Site

__all__ = ["HOURS", "SHOWN", "Bar", "first_page", "shops_named", "table"]

#: So many rows of each list on the first page.
SHOWN = 6
#: How far back the first page looks.
HOURS = 48
#: A licence that ends so soon needs somebody today.
WEEK = timedelta(days=7)
#: How a chart is drawn: its height, and the width of an hour.
HEIGHT, WIDTH = 100, 10

COLUMNS = (
    "site_id", "name", "owner_name", "contact_email", "status", "connection", "last_seen_at",
    "version", "license_expires_at", "is_locked", "lock_reason", "grace_days", "created_at",
)  # fmt: skip


class Need(NamedTuple):
    """So many sites that somebody should look at, and the list of them."""

    gravity: str
    icon: str
    number: int
    words: str
    asked: str


class Share(NamedTuple):
    """So many sites that stand so, and their place in a bar of 100."""

    word: str
    number: int
    gravity: str
    x: float
    width: float


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
    tally = tallies.read(now)
    counts = tally.counts
    known = Site.objects.known()
    soon = known.filter(fleet.standing(Status.EXPIRING, now))
    pending = Command.objects.pending().filter(site__deleted_at=None).select_related("site")
    alerts = Alert.objects.filter(closed_at=None)
    alone = alerts.exclude(kind=Alert.Kind.INCIDENT).select_related("site")
    number = alone.count()
    week = known.filter(license_expires_at__gt=now, license_expires_at__lte=now + WEEK).count()
    drawn = bars(now)
    return {
        "sites": counts["sites"],
        "as_of": moments.of(tally.at, now),
        "attention": _attention(counts, alerts=number, week=week),
        "licences": shares(Status, counts),
        "connections": shares(Connection, counts),
        "bars": drawn,
        "top": max((bar.seen + bar.silent for bar in drawn), default=0),
        "hours": HOURS,
        "expiring": [
            (site, moments.of(site.license_expires_at, now))
            for site in soon.order_by("license_expires_at")[:SHOWN]
        ],
        "expiring_number": counts[Status.EXPIRING],
        "pending": [
            (each, moments.of(each.requested_at, now))
            for each in pending.order_by("requested_at")[:SHOWN]
        ],
        "pending_number": counts["pending"],
        "incident": alerts.filter(kind=Alert.Kind.INCIDENT).first(),
        "alerts": [
            (each, moments.of(each.opened_at, now)) for each in alone.order_by("-opened_at")[:SHOWN]
        ],
        "alerts_number": number,
    }


def shares(words: type[Status] | type[Connection], counts: Mapping[str, int]) -> list[Share]:
    """How many stand how, each as a part of a bar; the gravest first."""
    total = max(1, sum(counts[word] for word in words))
    told, x = [], 0.0
    for word in words:
        width = 100 * counts[word] / total
        told.append(
            Share(str(word), counts[word], GRAVITY.get(word, ""), round(x, 2), round(width, 2))
        )
        x += width
    return told


def _attention(counts: Mapping[str, int], *, alerts: int, week: int) -> list[Need]:
    """What somebody should look at, the gravest first; what is nought is left out."""
    needs = [
        Need("bad", "wifi_off", alerts, "silent, with an open alert", "alert=open"),
        Need("bad", "event_busy", counts[Status.EXPIRED], "with an expired licence",
             "status=expired"),
        Need("warn", "event", week, "with a licence that ends within a week", "ends=7"),
        Need("warn", "schedule_send", counts["pending"], "with a lock or unlock on its way",
             "pending=yes"),
        Need("", "contact_support", counts[Connection.NEVER], "that never checked in",
             "line=never"),
    ]  # fmt: skip
    return [need for need in needs if need.number]


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


def shops_named(lines: Iterable[str]) -> list[UUID]:
    """The shops of this server that these lines name, by id or by name. Raises ``Invalid``."""
    return [_shop_named(line.strip()) for line in lines if line.strip()]


def table(rows: QuerySet[Site], *, batch: int = tables.BATCH) -> Iterator[bytes]:
    """These sites as CSV, the newest first, in parts."""
    now = timezone.now()
    return tables.parts(
        COLUMNS, rows.select_related("contact"), lambda site: _cells(site, now), batch
    )


def _shop_named(word: str) -> UUID:
    try:
        found = Shop.objects.filter(pk=UUID(word))
    except ValueError:
        found = Shop.objects.filter(name__iexact=word)
    keys = list(found.order_by("pk").values_list("pk", flat=True)[:6])
    if not keys:
        raise Invalid(f"No shop of this server is called {word}. Look it up under Shops.")
    if len(keys) > 1:
        ids = ", ".join(map(str, keys))
        raise Invalid(f"Several shops are called {word}. Give the id of one: {ids}.")
    return keys[0]


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
