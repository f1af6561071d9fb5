"""Deliveries: which webhooks are served now, by whom, and how long their log is kept.

A worker takes a webhook by a conditional update and holds it for a while; a thread of a small
pool posts its events one at a time (``live.turns``), so that a slow receiver holds up nobody else.
"""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as all_of
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core import ids
from core.database import verb
from live import receivers
from live.models import Delivery, Webhook
from live.turns import Turn

__all__ = ["BATCH", "KEPT_FOR", "dispatch", "due", "is_due", "prune", "serve", "settle", "take"]

log = logging.getLogger(__name__)

#: Webhooks served at once by a process, and of one shop.
PLACES, PLACES_OF_SHOP = 16, 2
#: Whoever died while serving holds the webhook no longer than this; a turn takes less.
HOLD = timedelta(minutes=1)
#: Lines of the log are kept this long; so many are forgotten in one transaction.
KEPT_FOR = timedelta(days=30)
BATCH = 1_000


class Claim(NamedTuple):
    """A webhook in this process's hands ``until`` then, which also says whose hold it is."""

    webhook_id: UUID
    until: datetime


def due() -> QuerySet[Webhook]:
    """Webhooks with something to deliver now that nobody holds, the longest waiting first."""
    now = timezone.now()
    return Webhook.objects.filter(
        Q(held_until=None) | Q(held_until__lte=now),
        Q(next_try_at=None) | Q(next_try_at__lte=now),
        Q(must_resync=True) | Q(shop__counter__event_seq__gt=F("cursor")),
        is_active=True,
    ).order_by(F("served_at").asc(nulls_first=True), "pk")


def is_due() -> bool:
    """Whether there is something to deliver. It only reads."""
    return due().exists()


pool = ThreadPoolExecutor(PLACES, "webhooks")
#: What the threads of this process do at the moment, by webhook.
at_work: dict[UUID, tuple[UUID, Future[int]]] = {}


def dispatch() -> int:
    """Hand the webhooks that are due to the pool, as many as it has places; answers how many."""
    for webhook_id, (_shop, future) in list(at_work.items()):
        if future.done():
            del at_work[webhook_id]
    handed = 0
    for webhook_id, shop_id in list(due().values_list("pk", "shop_id")[: 4 * PLACES]):
        busy = [shop for shop, _future in at_work.values()]
        if len(busy) >= PLACES:
            break
        if webhook_id in at_work or busy.count(shop_id) >= PLACES_OF_SHOP:
            continue
        if claim := take(webhook_id):
            at_work[webhook_id] = shop_id, pool.submit(_serve, claim)
            handed += 1
    return handed


def settle() -> int:
    """Wait until what was handed out is done; answers how many events were delivered."""
    futures = [future for _shop, future in at_work.values()]
    all_of(futures)
    return sum(future.result() for future in futures)


@verb
def take(webhook_id: UUID) -> Claim | None:
    """Hold a webhook; ``None``: somebody else was first."""
    now = timezone.now()
    free = Webhook.objects.filter(Q(held_until=None) | Q(held_until__lte=now), pk=webhook_id)
    claim = Claim(webhook_id, now + HOLD)
    return claim if free.update(held_until=claim.until, served_at=now) else None


def _serve(claim: Claim) -> int:
    try:
        return serve(claim)
    except Exception:  # the hold runs out, and it is tried again
        log.exception("A webhook could not be served", extra={"webhook": str(claim.webhook_id)})
        return 0
    finally:
        connection.close()


def serve(claim: Claim) -> int:
    """Post a webhook's events until it has all, one fails, or its turn is over.

    Answers how many were delivered. The hold is given back at the end.
    """
    row = Webhook.objects.filter(pk=claim.webhook_id, is_active=True).first()
    if row is None:
        return 0
    turn = Turn(row, claim.until)
    try:
        with receivers.Line(row.url) as line:
            turn.run(line)
    finally:
        turn.held.update(held_until=None)
    return turn.delivered


# --- forgetting ---------------------------------------------------------------------------


@verb
def prune(*, limit: int = BATCH) -> int:
    """Forget lines of the log that are older than a month, at most ``limit``; answers how many."""
    old = Delivery.objects.filter(pk__lt=ids.since(timezone.now() - KEPT_FOR))
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    deleted, _ = Delivery.objects.filter(pk__in=chosen).delete()
    return deleted
