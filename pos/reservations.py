"""Goods promised to an order that is not paid yet: on the shelf, and not for sale.

Steps of an order's verb, which publishes the changes that they answer, its counter locked last.
What is promised to an order is the sum of its movements, so that letting go twice is once.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Shop
from core import database
from live import outbox
from pos import facts
from pos.errors import NothingMoves, OutOfStock
from pos.models import StockLevel, StockMovement

Actor = Any  # a principal or a user: ``id`` and ``name``; ``None`` is the system


@database.verb
def reserve(
    pieces: Mapping[UUID, int], *, shop: Shop, order_id: UUID, actor: Actor
) -> list[outbox.Change]:
    """Promise goods to an order: ``{product id: pieces}``; they stay on the shelf, not for sale.

    Answers what screens are to be told. Raises ``OutOfStock`` naming every short product, with
    nothing promised; ``NothingMoves`` for no pieces of something.
    """
    if any(n <= 0 for n in pieces.values()):
        raise NothingMoves
    levels = StockLevel.objects.filter(shop=shop)
    short = []
    # One fixed order, so that two kiosks wishing for the same goods cannot deadlock.
    for product_id, n in sorted(pieces.items()):
        enough = Q(policy="allow") | Q(quantity__gte=F("reserved") + n)
        kept = levels.filter(enough, product=product_id).update(reserved=F("reserved") + n)
        if not kept:
            short.append(product_id)
    if short:
        rest = levels.filter(product__in=short).select_related("product")
        raise OutOfStock(
            lines=[
                {
                    "product_id": level.product_id,
                    "name": level.product.name,
                    "wanted": pieces[level.product_id],
                    "left": level.available,
                }
                for level in rest.order_by("product_id")
            ]
        )
    return _told(levels, order_id, pieces, actor, StockMovement.Reason.RESERVATION)


@database.verb
def release(*, shop: Shop, order_id: UUID, actor: Actor) -> list[outbox.Change]:
    """Let go of what is still promised to an order; a second time nothing is.

    Answers what screens are to be told.
    """
    levels, kept = _promised(shop, order_id)
    for product_id, n in kept.items():
        levels.filter(product=product_id).update(reserved=F("reserved") - n)
    gone = {product_id: -n for product_id, n in kept.items()}
    return _told(levels, order_id, gone, actor, StockMovement.Reason.RELEASE)


@database.verb
def sell(*, shop: Shop, order_id: UUID, actor: Actor) -> list[outbox.Change]:
    """Take off the shelf what is still promised to an order; a second time nothing is.

    Answers what screens are to be told.
    """
    levels, kept = _promised(shop, order_id)
    for product_id, n in kept.items():
        levels.filter(product=product_id).update(
            quantity=F("quantity") - n, reserved=F("reserved") - n
        )
    gone = {product_id: -n for product_id, n in kept.items()}
    return _told(levels, order_id, gone, actor, StockMovement.Reason.SALE)


def _promised(shop: Shop, order_id: UUID) -> tuple[QuerySet[StockLevel], dict[UUID, int]]:
    """The shop's levels, and what is promised to an order, its levels locked in key order."""
    levels = StockLevel.objects.filter(shop=shop)
    ours = StockMovement.objects.filter(shop=shop, order=order_id)
    named = ours.exclude(reserved=0).values_list("product_id", flat=True).distinct()
    list(levels.filter(product__in=list(named)).order_by("product_id").select_for_update())
    sums = ours.values("product_id").annotate(n=Sum("reserved")).order_by("product_id")
    return levels, {row["product_id"]: row["n"] for row in sums if row["n"] > 0}


def _told(
    levels: QuerySet[StockLevel],
    order_id: UUID,
    reserved: Mapping[UUID, int],
    actor: Actor,
    reason: str,
) -> list[outbox.Change]:
    """Record what was promised or let go; answers the rows that changed."""
    now, sold = timezone.now(), reason == StockMovement.Reason.SALE
    found = levels.filter(product__in=list(reserved)).select_related("product")
    moves, told = [], []
    for level in found.order_by("product_id"):
        n = reserved[level.product_id]
        delta = n if sold else 0
        moves.append(
            StockMovement(
                shop_id=level.shop_id,
                product_id=level.product_id,
                order_id=order_id,
                actor_id=actor and actor.id,
                delta=delta,
                reserved=n,
                reason=reason,
                occurred_at=now,
                recorded_at=now,
            )
        )
        fell = level.is_low and level.quantity - delta > level.reorder_level
        row = facts.inventory(level, name=level.product.name, quantity=level.quantity, fell=fell)
        told.append(outbox.Change("stock_changed", facts.encode(row)))
    StockMovement.objects.bulk_create(moves)
    return told
