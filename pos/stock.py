"""The shelf: what is left of each product, and every piece that comes or goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import Shop
from core import database, ids
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from core.statements import Call, rows
from live import outbox
from pos import facts, statements
from pos.drafts import Draft
from pos.errors import NothingMoves, OutOfStock
from pos.models import StockLevel, StockMovement

Actor = Any  # a principal or a user: ``id`` and ``name``; ``None`` is the system


@dataclass(frozen=True, slots=True)
class Step:
    """What happened at the shelf: ``pieces`` came (or went, below zero), or ``counted`` are left.

    Exactly one of the two is given.
    """

    reason: str
    pieces: int | None = None
    counted: int = 0
    note: str = ""
    occurred_at: datetime | None = None


def free(level: Any) -> int | None:
    """How many pieces may still be sold; ``None``: any number."""
    return None if level.policy == "allow" else level.quantity - level.reserved


def refuse_short(goods: Mapping[UUID, Any], pieces: Mapping[UUID, int]) -> None:
    """Refuse a sale beyond what is free. ``goods`` are rows held locked, by product.

    Raises ``OutOfStock`` naming every short product.
    """
    short = [
        {"product_id": product_id, "name": goods[product_id].name, "wanted": wanted, "left": left}
        for product_id, wanted in pieces.items()
        if (left := free(goods[product_id])) is not None and left < wanted
    ]
    if short:
        raise OutOfStock(lines=short)


def taking(pieces: Mapping[UUID, int], *, order: Draft, at: datetime) -> tuple[Call, Call]:
    """Take goods off the shelf for an order, as part of a batch: ``{product id: pieces}``.

    The first call takes and answers the products taken; the second records why and needs
    the order's row.
    """
    sold = [{"id": each, "pieces": n} for each, n in pieces.items()]
    moves = [{"id": ids.new(), "product_id": each, "delta": -n} for each, n in pieces.items()]
    return (
        statements.TAKE(shop=order.shop_id, sold=rows(sold)),
        statements.ADD_MOVEMENTS(
            shop=order.shop_id,
            order=order.id,
            actor=order.cashier_id,
            reason=StockMovement.Reason.SALE,
            note="",
            occurred_at=at,
            recorded_at=at,
            moves=rows(moves),
        ),
    )


def changes(goods: Iterable[Any], pieces: Mapping[UUID, int]) -> list[outbox.Change]:
    """What screens are told after ``pieces`` were taken from the locked rows ``goods``."""
    left = (
        facts.inventory(good, name=good.name, quantity=good.quantity - pieces[good.product_id])
        for good in goods
    )
    return [outbox.Change("stock_changed", facts.encode(row)) for row in left]


@database.verb
def change(
    *,
    shop: Shop,
    actor: Actor,
    product_id: UUID,
    step: Step,
    once: Once = EACH_TIME,
) -> facts.InventoryFact:
    """Receive, waste or adjust by some pieces, or count to some; answers what is left.

    Raises ``Missing`` for a product that is not of this shop, ``NothingMoves`` for a step of
    no pieces that is no count.
    """
    if step.pieces is not None and step.pieces == 0:
        raise NothingMoves
    once.claim()
    levels = StockLevel.objects.filter(shop=shop, product=product_id)
    level = levels.select_for_update(of=("self",)).select_related("product").first()
    if level is None:
        raise Missing
    before = level.quantity
    moved = step.counted - before if step.pieces is None else step.pieces
    levels.update(quantity=F("quantity") + moved)  # on a row held locked
    now = timezone.now()
    StockMovement.objects.create(
        shop=shop,
        product_id=product_id,
        actor_id=actor and actor.id,
        delta=moved,
        reason=step.reason,
        note=step.note,
        occurred_at=step.occurred_at or now,
        recorded_at=now,
    )
    left = facts.inventory(level, name=level.product.name, quantity=before + moved)
    body = facts.encode(left)
    counter = outbox.lock(shop.id)
    audit.record(
        f"stock.{step.reason}",
        level.product,
        shop=shop,
        actor=actor,
        before={"quantity": before},
        after={"quantity": before + moved, "note": step.note},
    )
    outbox.publish(counter, outbox.Change("stock_changed", body), actor=actor)
    once.keep(200, body)
    return left


def read(level: StockLevel) -> facts.InventoryFact:
    """A stock level's row; ask for its ``product`` with it."""
    return facts.inventory(level, name=level.product.name, quantity=level.quantity)


def read_movement(movement: StockMovement) -> facts.MovementFact:
    """A movement's row; ask for its ``actor`` with it."""
    actor = movement.actor
    return facts.MovementFact(
        id=movement.id,
        delta=movement.delta,
        reason=movement.reason,
        note=movement.note,
        actor={"id": actor.id, "name": str(actor)} if actor else None,
        order_id=movement.order_id,
        occurred_at=movement.occurred_at,
        recorded_at=movement.recorded_at,
    )
