"""What is to be done again and again, by whichever worker comes first."""

from datetime import timedelta

from django.conf import settings

from accounts import passwords, pruning, seals
from config.roles import CLOUD, SHOP, does
from core import idempotency
from core.jobs import Job
from licensing import keeper, overdue, tallies
from licensing import letters as reports
from licensing import pruning as sites
from live import alerts, deliveries, presence, tickets
from live import pruning as events
from portal import letters, retention
from pos import sweeps

__all__ = ["ERRANDS", "JOBS"]

HOUR = 60 * 60
DAY = 24 * HOUR

# A job's name is a row: whoever renames one leaves the old row behind.
EVERYWHERE = [
    Job("send letters", every=2, run=passwords.deliver, is_due=passwords.is_due),
    Job("deliver webhooks", every=2, run=deliveries.dispatch, is_due=deliveries.is_due),
    Job("tell of lost webhooks", every=60, run=alerts.send, is_due=alerts.is_due),
    Job("seal the trail", every=5, run=seals.seal, batch=seals.BATCH, is_due=seals.is_due),
    Job(
        "seal late lines",
        every=HOUR,
        run=lambda: seals.seal(reach=timedelta(days=3)),
        batch=seals.BATCH,
    ),
    Job("seal lost lines", every=DAY, run=lambda: seals.seal(reach=None), batch=seals.BATCH),
    Job("forget letters", every=HOUR, run=passwords.prune),
    Job("forget answers", every=HOUR, run=idempotency.prune, batch=idempotency.BATCH),
    Job(
        "forget refresh tokens",
        every=HOUR,
        run=pruning.prune_refresh_tokens,
        batch=pruning.BATCH,
    ),
    Job("forget sessions", every=HOUR, run=pruning.prune_sessions, batch=pruning.BATCH),
    Job("forget pairing codes", every=HOUR, run=pruning.prune_pairing_codes, batch=pruning.BATCH),
    Job("forget approvals", every=HOUR, run=pruning.prune_approvals, batch=pruning.BATCH),
    Job("erase addresses", every=HOUR, run=pruning.erase_addresses, batch=pruning.BATCH),
    Job(
        "erase addresses of lines",
        every=HOUR,
        run=pruning.erase_lines_addresses,
        batch=pruning.BATCH,
    ),
    Job(
        "erase lost addresses",
        every=DAY,
        run=lambda: pruning.erase_lines_addresses(reach=None),
        batch=pruning.BATCH,
    ),
]

#: What a counter needs.
SHOPS = [
    Job("settle payments", every=10, run=sweeps.settle, is_due=sweeps.is_due),
    Job(
        "tell who is there",
        every=2,
        run=presence.tell,
        batch=presence.BATCH,
        is_due=presence.is_due,
    ),
    Job("forget events", every=HOUR, run=events.prune, batch=events.BATCH),
    Job("forget deliveries", every=HOUR, run=deliveries.prune, batch=deliveries.BATCH),
    Job("forget tickets", every=HOUR, run=tickets.prune, batch=tickets.BATCH),
]

#: What the vendor's desk needs.
CLOUDS: list[Job] = [
    Job("look for silent sites", every=60, run=overdue.run, batch=overdue.BATCH),
    Job("count the fleet", every=300, run=tallies.keep),
    Job("write of sites", every=30, run=reports.deliver, is_due=reports.is_due),
    Job("write of the fleet", every=DAY, run=reports.digest),
    Job("forget heartbeats", every=HOUR, run=sites.prune, batch=sites.BATCH),
    Job("forget alerts", every=DAY, run=sites.prune_alerts, batch=sites.BATCH),
    Job("erase addresses of sites", every=DAY, run=sites.erase_addresses),
    Job("answer forms", every=5, run=letters.deliver, is_due=letters.is_due),
    Job("forget leads", every=HOUR, run=retention.purge, batch=retention.BATCH),
    Job(
        "erase addresses of leads",
        every=HOUR,
        run=retention.erase_addresses,
        batch=retention.BATCH,
    ),
]

#: Every periodic job of this deployment.
JOBS = [*EVERYWHERE, *(CLOUDS if does(CLOUD) else ()), *(SHOPS if does(SHOP) else ())]

#: What runs beside the jobs: a site keeps its own licence where it knows which site it is.
ERRANDS = [keeper.run] if settings.ROLE == SHOP and settings.SITE_ID else []
