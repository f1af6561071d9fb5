"""The shelf: what is left of each product, and every piece that comes or goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Min, Sum
from django.utils import timezone

from accounts import audit
from accounts.models import Shop
from core import database, ids
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from core.statements import Call, rows
from licensing import policy
from live import outbox
from pos import facts, statements
from pos.drafts import Draft
from pos.errors import NothingMoves, OutOfStock, TooManyPieces
from pos.models import Order, StockLevel, StockMovement

#: A shelf holds no more, and lacks no more.
MOST = 1_000_000_000

#: What a late movement's counterpart says.
WITH = "Was counted with the rest."
NEVER_COUNTED: Mapping[UUID, datetime] = MappingProxyType({})
NO_PLAN: Mapping[str, Any] = MappingProxyType({})

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


def short(goods: Mapping[UUID, Any], pieces: Mapping[UUID, int]) -> list[dict[str, Any]]:
    """Every product of which more is wanted than is free. ``goods`` are rows held locked."""
    return [
        {"product_id": product_id, "name": goods[product_id].name, "wanted": wanted, "left": left}
        for product_id, wanted in pieces.items()
        if (left := free(goods[product_id])) is not None and left < wanted
    ]


def refuse_short(goods: Mapping[UUID, Any], pieces: Mapping[UUID, int]) -> None:
    """Refuse a sale beyond what is free. ``goods`` are rows held locked, by product.

    Raises ``OutOfStock`` naming every short product.
    """
    if lines := short(goods, pieces):
        raise OutOfStock(lines=lines)


def taking(
    pieces: Mapping[UUID, int],
    *,
    order: Draft | Order,
    actor: Actor,
    at: datetime,
    beyond: bool = False,
    counted: Mapping[UUID, datetime] = NEVER_COUNTED,
) -> tuple[Call, ...]:
    """Take goods off the shelf for an order, as part of a batch: ``{product id: pieces}``.

    The first call takes and answers the products taken; the others record why and need the
    order's row. ``beyond``: they are gone already, whatever the shelf holds; then ``counted``
    says which of them a later count has missed already.
    """
    sold = [{"id": each, "pieces": n} for each, n in pieces.items() if each not in counted]
    moved = {each: -n for each, n in pieces.items()}
    said = {"order": order, "actor": actor}
    made_up = StockMovement.Reason.COUNT
    return (
        statements.TAKE(shop=order.shop_id, sold=rows(sold), beyond=beyond),
        _moving(moved, StockMovement.Reason.SALE, at=at, **said),
        *(
            _moving({id: pieces[id]}, made_up, at=at, note=WITH, **said)
            for id, at in counted.items()
        ),
    )


def counted_since(products: Iterable[UUID], *, shop: Shop, at: datetime) -> dict[UUID, datetime]:
    """When each of these products was first counted after ``at``; their rows are held locked.

    What was sold before a count and is told after it was not on the shelf that was counted.
    """
    counts = StockMovement.objects.filter(shop=shop, reason=StockMovement.Reason.COUNT)
    later = counts.filter(product__in=[*products], occurred_at__gt=at)
    first = later.order_by("product_id").values_list("product_id").annotate(Min("occurred_at"))
    return dict(first)


def returning(
    pieces: Mapping[UUID, int],
    *,
    order: Draft | Order,
    actor: Actor,
    at: datetime,
    reason: str = StockMovement.Reason.VOID,
) -> tuple[Call, Call]:
    """Put an order's goods back on the shelf, as part of a batch; the rows are held locked."""
    back = [{"id": each, "pieces": -n} for each, n in pieces.items()]
    return (
        statements.TAKE(shop=order.shop_id, sold=rows(back), beyond=True),
        _moving(pieces, reason, order=order, actor=actor, at=at),
    )


def _moving(
    pieces: Mapping[UUID, int],
    reason: str,
    *,
    order: Draft | Order,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> Call:
    moves = [{"id": ids.new(), "product_id": each, "delta": n} for each, n in pieces.items()]
    return statements.ADD_MOVEMENTS(
        shop=order.shop_id,
        order=order.id,
        actor=actor and actor.id,
        reason=reason,
        note=note,
        occurred_at=at,
        recorded_at=timezone.now(),
        moves=rows(moves),
    )


def changes(goods: Iterable[Any], pieces: Mapping[UUID, int]) -> list[outbox.Change]:
    """What screens are told after ``pieces`` were taken from the locked rows ``goods``."""
    left = []
    for good in goods:
        if good.product_id not in pieces:
            continue  # its count knew
        quantity = good.quantity - pieces[good.product_id]
        fell = quantity <= good.reorder_level < good.quantity
        left.append(facts.inventory(good, name=good.name, quantity=quantity, fell=fell))
    return [outbox.Change("stock_changed", facts.encode(row)) for row in left]


@database.verb
def change(
    *,
    shop: Shop,
    actor: Actor,
    product_id: UUID,
    step: Step | None = None,
    plan: Mapping[str, Any] = NO_PLAN,
    once: Once = EACH_TIME,
) -> facts.InventoryFact:
    """Receive, waste or adjust by some pieces, or count to some; answers what is left.

    ``plan``: the shelf's own ``policy`` and ``reorder_level``. Raises ``Missing`` for a product
    that is not of this shop, ``NothingMoves`` for a step of no pieces that is no count,
    ``TooManyPieces`` for a shelf.
    """
    if (step is None and not plan) or (step is not None and step.pieces == 0):
        raise NothingMoves
    once.claim()
    level = _held(shop, product_id)
    planned = {name: value for name, value in plan.items() if getattr(level, name) != value}
    if planned:
        policy.require(shop.id, policy.Action.CATALOGUE)
    before, was_low = _summary(level), level.is_low
    if step is not None:
        level.quantity += _move(level, step, actor=actor)
    for name, value in planned.items():
        setattr(level, name, value)
    level.save(update_fields=["quantity", *planned])  # a row held locked
    left = facts.inventory(
        level,
        name=level.product.name,
        quantity=level.quantity,
        fell=level.is_low and not was_low,
    )
    body = facts.encode(left)
    after = _summary(level) | ({"note": step.note, "at": step.occurred_at} if step else {})
    counter = outbox.lock(shop.id)
    audit.record(
        f"stock.{step.reason if step else 'plan'}",
        level.product,
        shop=shop,
        actor=actor,
        before=before,
        after=after,
    )
    outbox.publish(counter, outbox.Change("stock_changed", body), actor=actor)
    once.keep(200, body)
    return left


def _held(shop: Shop, product_id: UUID) -> StockLevel:
    """The product's level, locked. Raises ``Missing``."""
    levels = StockLevel.objects.filter(shop=shop, product=product_id)
    level = levels.select_for_update(of=("self",)).select_related("product").first()
    if level is None:
        raise Missing
    return level


def _summary(level: StockLevel) -> dict[str, Any]:
    """What the trail keeps of a shelf."""
    return {
        "quantity": level.quantity,
        "policy": level.policy,
        "reorder_level": level.reorder_level,
    }


def _move(level: StockLevel, step: Step, *, actor: Actor) -> int:
    """Record a step on a level held locked; answers by how many pieces the level changes.

    A count says what lay there at its own time: whatever came or went since is kept. What is
    told late and lies before a count was counted with it, so a movement at the time of that
    count takes it back.
    """
    now = timezone.now()
    at = step.occurred_at if step.occurred_at is not None and step.occurred_at < now else None
    later = StockMovement.objects.none()
    if at is not None:
        later = StockMovement.objects.filter(product=level.product_id, occurred_at__gt=at)
    since = later.aggregate(pieces=Sum("delta"))["pieces"] or 0
    moved = step.counted - (level.quantity - since) if step.pieces is None else step.pieces
    moves = [
        _movement(level, actor, now, moved, step.reason, note=step.note, occurred_at=at or now)
    ]
    counted = later.filter(reason=StockMovement.Reason.COUNT).order_by("occurred_at").first()
    if counted is not None and moved:
        moves.append(
            _movement(
                level,
                actor,
                now,
                -moved,
                StockMovement.Reason.COUNT,
                note=WITH,
                occurred_at=counted.occurred_at,
            )
        )
    change = sum(each.delta for each in moves)
    if abs(level.quantity + change) > MOST:
        raise TooManyPieces(most=MOST)
    StockMovement.objects.bulk_create(moves)
    return change


def _movement(
    level: StockLevel, actor: Actor, now: datetime, delta: int, reason: str, **more: Any
) -> StockMovement:
    return StockMovement(
        shop_id=level.shop_id,
        product_id=level.product_id,
        actor_id=actor and actor.id,
        delta=delta,
        reason=reason,
        **{"occurred_at": now, "recorded_at": now} | more,
    )


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
