"""A site's own page: how it stands, how far a command has got, its last month as a picture.

It asks a constant number of questions.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from accounts.models import AuditEvent
from licensing import facts, fleet, moments
from licensing.fleet import Connection, Status
from licensing.models import Alert, Command, Heartbeat, Site, SiteContact
from licensing.moments import Moment

__all__ = ["DAYS", "GRAVITY", "Day", "Event", "Step", "dossier", "standing"]

#: So many days are in the picture.
DAYS = 30
#: So many things that happened are told.
TOLD = 40
#: A command that was acknowledged is shown beside the state for so long.
FRESH = timedelta(hours=1)


#: What the trail tells of a site, with its icon; locks and unlocks are commands.
DONE = {
    "site.changed": ("edit", ""),
    "site.key_rotated": ("key", "new key made"),
    "site.unlock_file_issued": ("draft", "unlock file signed"),
}
NAMES = {"owner_name": "owner", "contact_email": "e-mail", "shop_ids": "shops"}

#: How grave a word is, for whoever paints it.
GRAVITY = {
    Status.LOCKED: "bad",
    Status.EXPIRED: "bad",
    Status.EXPIRING: "warn",
    Status.ACTIVE: "good",
    Connection.ONLINE: "good",
    Connection.LATE: "warn",
    Connection.OFFLINE: "bad",
}


class Step(NamedTuple):
    """A station of a command, and when it got there."""

    name: str
    at: Moment | None


class Day(NamedTuple):
    """A day of the picture: was the site heard of, what was it told, and how grave is that."""

    day: date
    line: str
    line_gravity: str
    told: str
    told_gravity: str


class Event(NamedTuple):
    """Something that happened, for the list beside the picture."""

    at: Moment
    icon: str
    gravity: str
    words: str
    beside: str = ""


def standing(site: Site) -> dict[str, Any]:
    """What may change while somebody looks: both states, the last call, a command on its way."""
    now = timezone.now()
    contact: SiteContact | None = getattr(site, "contact", None)
    seen = contact.last_seen_at if contact else None
    status, line = fleet.status(site, now), fleet.connection(seen, now)
    command = Command.objects.filter(site=site).order_by("-requested_at", "-pk").first()
    end = site.license_expires_at
    return {
        "site": site,
        "contact": contact,
        "status": status.value,
        "status_gravity": GRAVITY.get(status, ""),
        "line": line.value,
        "line_gravity": GRAVITY.get(line, ""),
        "seen": moments.of(seen, now),
        "end": moments.of(end, now),
        "days_left": None if end is None else moments.days_between(now, end),
        "locked": moments.of(site.locked_at, now),
        "watched": moments.of(site.watched_until, now) if _after(site.watched_until, now) else None,
        "command": command,
        "steps": _steps(command, now),
        "is_waiting": command is not None and command.is_pending,
    }


def dossier(site: Site) -> dict[str, Any]:
    """All that the page of a site shows besides ``standing``."""
    now = timezone.now()
    since = now - timedelta(days=DAYS)
    newest = site.heartbeats.filter(at__gte=since).order_by("-at", "-seq")
    samples = list(newest[: DAYS * 20])[::-1]
    alerts = list(site.alerts.order_by("-opened_at", "-pk")[:TOLD])
    commands = list(
        Command.objects.filter(site=site)
        .select_related("requested_by")
        .order_by("-requested_at", "-pk")[:TOLD]
    )
    events = [
        *_of_commands(commands, now),
        *_of_alerts(alerts, now),
        *_of_versions(samples, now),
        *_of_trail(site, now),
    ]
    if created := moments.of(site.created_at, now):
        events.append(Event(created, "add_business", "good", "Registered"))
    events.sort(key=lambda event: event.at.at, reverse=True)
    return {
        "days": _days(site, samples, alerts, now),
        "events": events[:TOLD],
        "heartbeats": facts.heartbeats(site),
        "shops": list(site.shops.order_by("name", "pk")),
    }


def _after(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now


def _steps(command: Command | None, now: datetime) -> list[Step]:
    """Where a command stands, while it is on its way and a little later."""
    if command is None or command.superseded_at is not None:
        return []
    if command.acknowledged_at is not None and command.acknowledged_at < now - FRESH:
        return []
    return [
        Step("Requested", moments.of(command.requested_at, now)),
        Step("Delivered", moments.of(command.delivered_at, now)),
        Step("Acknowledged", moments.of(command.acknowledged_at, now)),
    ]


# --- the picture ------------------------------------------------------------------------


def _days(
    site: Site, samples: Iterable[Heartbeat], alerts: list[Alert], now: datetime
) -> list[Day]:
    """The last month, a day each: history keeps a heartbeat of each day there was one."""
    last = {sample.at.date(): sample for sample in samples}
    days = []
    for back in range(DAYS - 1, -1, -1):
        day = (now - timedelta(days=back)).date()
        line, line_gravity = _line_of(day, site, day in last, alerts, now)
        told, told_gravity = _told_of(last.get(day))
        days.append(Day(day, line, line_gravity, told, told_gravity))
    return days


def _line_of(
    day: date, site: Site, was_heard: bool, alerts: list[Alert], now: datetime
) -> tuple[str, str]:
    silent = [alert for alert in alerts if _covers(alert, day, now)]
    if any(alert.kind in (Alert.Kind.OFFLINE, Alert.Kind.DARK) for alert in silent):
        return ("silent, then heard of", "warn") if was_heard else ("silent", "bad")
    if silent:
        return "late", "warn"
    if was_heard or (day == now.date() and _seen_on(site, day)):
        return "heard of", "good"
    if day < site.created_at.date():
        return "not registered yet", ""
    return "nothing kept", ""


def _covers(alert: Alert, day: date, now: datetime) -> bool:
    if alert.kind in (Alert.Kind.BACK, Alert.Kind.INCIDENT):
        return False
    return alert.opened_at.date() <= day <= (alert.closed_at or now).date()


def _seen_on(site: Site, day: date) -> bool:
    contact: SiteContact | None = getattr(site, "contact", None)
    return contact is not None and contact.last_seen_at is not None and (
        contact.last_seen_at.date() == day
    )  # fmt: skip


def _told_of(sample: Heartbeat | None) -> tuple[str, str]:
    if sample is None:
        return "told nothing", ""
    if sample.is_locked:
        return "told that it is locked", "bad"
    if not sample.is_licensed:
        return "told that it is not licensed", "warn"
    return "told that it may sell", "good"


# --- what happened ----------------------------------------------------------------------


def _of_commands(commands: Iterable[Command], now: datetime) -> Iterable[Event]:
    for command in commands:
        is_lock = command.kind == Command.Kind.LOCK
        name = "Lock" if is_lock else "Unlock"
        icon, gravity = ("lock", "bad") if is_lock else ("lock_open", "good")
        who = str(command.requested_by) if command.requested_by else "the system"
        why = f": {command.reason}" if command.reason else ""
        stations = [
            (command.requested_at, icon, f"{name} requested by {who}{why}"),
            (command.delivered_at, "send", f"{name} delivered"),
            (command.acknowledged_at, "done_all", f"{name} acknowledged by the site"),
            (command.superseded_at, "undo", f"{name} superseded"),
        ]
        for at, mark, words in stations:
            if moment := moments.of(at, now):
                yield Event(moment, mark, gravity if mark == icon else "", words)


def _of_alerts(alerts: Iterable[Alert], now: datetime) -> Iterable[Event]:
    for alert in alerts:
        opened, closed = moments.of(alert.opened_at, now), moments.of(alert.closed_at, now)
        is_back = alert.kind == Alert.Kind.BACK
        gravity = "good" if is_back else "warn" if alert.kind == Alert.Kind.LATE else "bad"
        beside = f"Closed {closed.words}." if closed else "Open."
        if opened:
            yield Event(
                opened, "wifi" if is_back else "wifi_off", gravity, alert.message,
                "" if is_back else beside,
            )  # fmt: skip


def _of_versions(samples: Iterable[Heartbeat], now: datetime) -> Iterable[Event]:
    before = ""
    for sample in samples:
        if before and sample.version != before and (at := moments.of(sample.at, now)):
            yield Event(at, "upgrade", "", f"Version {before} became {sample.version}")
        before = sample.version


def _of_trail(site: Site, now: datetime) -> Iterable[Event]:
    """What people did to the site besides locking it."""
    lines = AuditEvent.objects.filter(target_id=str(site.pk), target_kind="site", action__in=DONE)
    for line in lines.select_related("actor").order_by("-id")[:TOLD]:
        icon, words = DONE[line.action]
        said = dict(line.after or {})
        why = f": {reason}" if (reason := said.pop("reason", "")) else ""
        what = ", ".join(_changed(said)) if line.action == "site.changed" else words
        who = str(line.actor) if line.actor else "the system"
        if what and (at := moments.of(line.at, now)):
            yield Event(at, icon, "", f"{what[0].upper()}{what[1:]}, by {who}{why}")


def _changed(after: Mapping[str, Any]) -> Iterable[str]:
    """Each change of a site in words, as the trail keeps its fields."""
    for name, value in sorted(after.items()):
        day = str(value)[:10]
        match name:
            case "license_expires_at":
                yield f"licence ends {day}" if value else "licence does not end"
            case "watched_until":
                yield f"watched until {day}" if value else "watched no longer"
            case "is_active":
                yield "put to use again" if value else "put out of use"
            case "grace_days":
                yield f"grace of {value} days"
            case _:
                yield f"{NAMES.get(name, name)} changed"
