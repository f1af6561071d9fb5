"""Who was not heard of: late after 9 hours, offline after a day, dark after three.

Each change of a site is one alert; one alert of a site is open at a time. Where more than one in
twenty are silent together the fault is ours or the line's: that is one incident, and single
alerts wait until it is over. It ends when whoever stays silent was told of, some thousands at once.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models.functions import Coalesce
from django.utils import timezone

from core import statements
from core.database import verb
from licensing import fleet
from licensing.models import Alert, Site, SiteContact
from licensing.statements import ALONE, FLEET, KEEP_HOUR, MARK, UNTOLD

__all__ = ["BATCH", "FEWEST", "SHARE", "Checked", "check", "run"]

#: So many sites change their state, or are told of after an incident, in one transaction.
BATCH = 5_000
#: More than this share of the fleet silent together is an incident.
SHARE = 0.05
#: Fewer than so many are no incident: in a small fleet each is more than its share.
FEWEST = 3

Told = SiteContact.Told
KINDS = {
    Told.LATE: Alert.Kind.LATE,
    Told.OFFLINE: Alert.Kind.OFFLINE,
    Told.DARK: Alert.Kind.DARK,
}
SAYINGS = {
    Told.LATE: "{name} is late: not heard of for 9 hours.",
    Told.OFFLINE: "{name} is offline: not heard of for 24 hours.",
    Told.DARK: "{name} is dark: not heard of for 72 hours. Call them.",
}
BACK = "{name} is back."
INCIDENT = (
    "Cloud incident: {together} of {sites} sites are silent together. "
    "Look at this server and its line first."
)
OVER = "The cloud incident is over: {together} of {sites} sites are still silent."


class Checked(NamedTuple):
    """What a check found: the fleet, how many sites are news, whether there is an incident."""

    sites: int
    late: int
    offline: int
    dark: int
    changed: int
    incident: bool


def run() -> int:
    """One check, for the worker; answers how many sites are news: ``BATCH`` or more, it goes on."""
    return check().changed


@verb
def check() -> Checked:
    """Look who was heard of, and write down what is news. Asks in a constant number of passes."""
    statements.run(ALONE())
    now = timezone.now()
    incident = Alert.objects.filter(kind=Alert.Kind.INCIDENT, closed_at=None).first()
    bounds = {
        "late": now - fleet.LATE,
        "offline": now - fleet.OFFLINE,
        "dark": now - fleet.DARK,
    }
    hour = now.replace(minute=0, second=0, microsecond=0)
    # Who was dark before it all began is no part of it, and who is silent since stays part of it.
    since = (incident.opened_at if incident else now) - fleet.DARK
    counted = statements.one(FLEET(**bounds, hour=hour, since=since))
    told = counted._asdict()
    together, news = told.pop("together"), told.pop("changed")
    statements.run(KEEP_HOUR(hour=hour, **told))
    is_fleet = together >= FEWEST and together > SHARE * counted.sites
    changed = statements.run(MARK(**bounds, limit=BATCH))[0] if news else []
    waiting = statements.run(UNTOLD(limit=BATCH))[0] if incident and not is_fleet else []
    # An incident ends with the last who is to be told of, or the next check would forget the rest.
    goes_on = incident is not None and BATCH in (len(changed), len(waiting))
    _mark_incident(incident, is_fleet or goes_on, counted, now)
    if not is_fleet:
        _tell([*waiting, *changed], now)
    news = len({row.site_id for row in (*waiting, *changed)})
    return Checked(
        counted.sites, counted.late, counted.offline, counted.dark, news, is_fleet or goes_on
    )


def _mark_incident(incident: Alert | None, is_one: bool, counted: Any, now: datetime) -> None:
    """Open or close the fleet's incident; alerts of sites that it explains are part of it."""
    figures = {"together": f"{counted.together:,}", "sites": f"{counted.sites:,}"}
    if is_one and incident is None:
        message = INCIDENT.format(**figures)
        Alert.objects.create(kind=Alert.Kind.INCIDENT, message=message, opened_at=now)
        alone = Alert.objects.filter(closed_at=None, site__isnull=False)
        alone.filter(opened_at__gt=now - fleet.OFFLINE).update(
            closed_at=now, mailed_at=Coalesce("mailed_at", now)
        )
    elif incident is not None and not is_one:
        Alert.objects.filter(pk=incident.pk).update(closed_at=now)
        message = OVER.format(**figures)
        Alert.objects.create(kind=Alert.Kind.BACK, message=message, opened_at=now, closed_at=now)


def _tell(rows: Iterable[Any], now: datetime) -> None:
    """Open an alert for each site that is silent, in place of an older; close those of the others."""
    told: dict[UUID, int] = {row.site_id: row.told for row in rows}
    if not told:
        return
    named = dict(Site.objects.filter(pk__in=told).values_list("pk", "name"))
    standing = Alert.objects.filter(site__in=told, closed_at=None)
    had = set(standing.values_list("site", flat=True))
    standing.update(closed_at=now)
    Alert.objects.bulk_create(
        _alert(site, Told(state), name=named[site], now=now)
        for site, state in told.items()
        if state != Told.ONLINE or site in had
    )


def _alert(site: UUID, state: Told, *, name: str, now: datetime) -> Alert:
    if state == Told.ONLINE:
        message = BACK.format(name=name)
        return Alert(
            site_id=site, kind=Alert.Kind.BACK, message=message, opened_at=now, closed_at=now
        )
    message = SAYINGS[state].format(name=name)
    return Alert(site_id=site, kind=KINDS[state], message=message, opened_at=now)
