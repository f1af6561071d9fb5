"""Telling a shop's screens who came to its devices and who left.

A session ends by many hands, and by time alone. So what screens were told is kept beside each
session, and the worker tells the difference: each coming and going once, whatever caused it.
"""

from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from accounts import presence
from accounts.models import AuthSession, Shop
from core.database import verb
from live import outbox
from live.outbox import Change

__all__ = ["BATCH", "is_due", "tell"]

#: How many comings and goings are told at a time.
BATCH = 200


def is_due() -> bool:
    """Whether somebody came or left. It only reads: a quiet shop's disk rests."""
    return _untold().exists()


def tell(*, limit: int = BATCH) -> int:
    """Publish ``presence_changed`` for at most ``limit`` sessions; answers for how many."""
    chosen = _untold().order_by("device__shop_id", "pk").values_list("device__shop_id", "pk")
    shops = groupby(list(chosen[:limit]), key=lambda each: each[0])
    return sum(_tell(shop_id, [pk for _shop, pk in each]) for shop_id, each in shops)


def _untold() -> QuerySet[AuthSession]:
    """Sessions on devices that are there and not told of, or told of and gone."""
    is_there = AuthSession.opens_doors()
    return AuthSession.objects.filter(
        Q(revoked_at=None) | Q(is_told=True),  # what the index holds
        (Q(is_told=False) & is_there) | (Q(is_told=True) & ~is_there),
        device__isnull=False,
    )


@verb
def _tell(shop_id: UUID, chosen: list[UUID]) -> int:
    """Who left comes first: at a till there is one person at a time."""
    locked = _untold().filter(pk__in=chosen).select_related("user", "device").order_by("pk")
    rows = list(locked.select_for_update(of=("self",), no_key=True))
    if not rows:
        return 0
    rows.sort(key=lambda row: (not row.is_told, row.pk))
    shop = Shop.objects.get(pk=shop_id)
    facts = presence.read(shop, rows)
    for is_told in (True, False):
        mine = AuthSession.objects.filter(pk__in=[row.pk for row in rows if row.is_told == is_told])
        mine.update(is_told=not is_told)
    changes = [
        Change.of("presence_changed", _row(fact, is_there=not row.is_told))
        for row, fact in zip(rows, facts, strict=True)
    ]
    outbox.publish(outbox.lock(shop_id), *changes)
    return len(rows)


def _row(fact: presence.PresenceFact, *, is_there: bool) -> dict[str, Any]:
    return msgspec.structs.asdict(fact) | {"is_present": is_there}
