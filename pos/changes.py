"""What becomes of an order after it was placed: lines added and taken off, parked, voided.

Lines are never overwritten, so two devices on one order never lose one: each holds the order's
row while it adds its own, and what the order costs is summed up from all its lines anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Shop
from core import database
from core.errors import Invalid
from core.idempotency import EACH_TIME, Once
from core.statements import Call, rows, run
from pos import (
    facts,
    ledger,
    money,
    orders,
    permits,
    pricing,
    settlements,
    statements,
    stock,
    tickets,
)
from pos import terms as how
from pos.drafts import Line
from pos.errors import LineMissing, OrderClosed, RefundFirst
from pos.models import Order, OrderLine
from pos.tickets import Change

#: An order's lines, those taken off included.
MOST_LINES = 500

#: What may be said about an order whose money has been taken.
PLAIN = ("customer_name", "table", "note", "kitchen_state")


@database.verb
def make(
    order_id: UUID,
    change: Change,
    *,
    shop: Shop,
    actor: Any,
    version: int | None = None,
    once: Once = EACH_TIME,
) -> facts.OrderFact:
    """Change an order; what is not named stays. ``version``: only if it still is this one.

    Raises ``Missing``, ``Stale``, ``OrderClosed``, ``LineMissing``, ``RefundFirst`` where more
    was paid than it would cost, and what placing raises for goods, choices and discounts.
    The one ``state`` that can be set is that of a void order, by ``void``.
    """
    if change.state == Order.State.VOID:
        return void(
            order_id,
            reason=change.void_reason,
            approval_id=change.approval_id,
            shop=shop,
            actor=actor,
            version=version,
            once=once,
        )
    once.claim()
    going = OrderLine.objects.filter(order=order_id, order__shop=shop, pk__in=change.void)
    products = {each for each in going.values_list("product_id", flat=True) if each}
    wanted = tickets.pieces(change.add)
    [terms], goods = run(  # products first, then the order: as everywhere
        how.asking(shop),
        orders.asking_goods(sorted(wanted.keys() | products), shop),
    )
    shelf = {good.id: good for good in goods}
    order = ledger.hold(order_id, shop=shop, version=version)
    _refuse_closed(order, change)
    approved = bool(change.void) and permits.guards_voids(shop, actor)
    if approved:
        permits.void(change.approval_id, order_id=order_id, shop=shop, actor=actor)
        change = replace(change, approval_id=None)  # one word, one act
    now = timezone.now()
    before, was_open = orders.summary(order), order.state == Order.State.OPEN
    kept = list(order.lines.order_by("position"))
    gone = _taken_off(order, kept, change, now)
    back = ledger.pieces(order, gone)
    _refuse_short(change, shelf, wanted, back, now)
    offered = orders.choices(goods, shop)
    added = _added(order, change, kept, shelf, offered, terms)
    _set(order, change, terms)
    if change.prices:
        _sum_up(order, [*kept, *added], change, terms, approved=approved, shop=shop, actor=actor)
    orders.send_to_kitchen(order, terms, now)

    # A statement that is new to a connection stands once in a batch: what goes, then what comes.
    run(
        *stock.returning(back, order=order, actor=actor, at=now),
        _rewriting(order, gone, now, change.void_reason),
    )
    run(
        *stock.taking(wanted, order=order, actor=actor, at=now, beyond=True),
        statements.ADD_LINES(order=order.id, lines=rows(added)),
        _rewriting(order, [line for line in kept if line.voided_at is None]),
    )
    ledger.rewrite(order, at=now)
    if was_open and order.state == Order.State.PAID:
        settlements.mark(order, shop=shop, actor=actor, at=now)
    moved = Counter(wanted)
    moved.subtract(back)
    return _tell(
        "order.changed", order, moved, goods, before=before, shop=shop, actor=actor, once=once
    )


@database.verb
def void(
    order_id: UUID,
    *,
    reason: str,
    approval_id: UUID | None = None,
    shop: Shop,
    actor: Any,
    version: int | None = None,
    once: Once = EACH_TIME,
) -> facts.OrderFact:
    """Void an open order and put its goods back on the shelf.

    Raises ``Missing``, ``Stale``, ``OrderClosed``, ``RefundFirst`` while there is money on it, and
    ``ApprovalRequired``, ``ApprovalInvalid`` where a cashier needs a manager's word.
    """
    once.claim()
    lines = OrderLine.objects.filter(order=order_id, order__shop=shop, voided_at=None)
    products = {each for each in lines.values_list("product_id", flat=True) if each}
    [goods] = run(statements.GOODS(shop=shop.id, wished=_ids(products)))
    order = ledger.hold(order_id, shop=shop, version=version)
    if order.paid > order.refunded:
        left = money.text(order.paid - order.refunded, shop.digits)
        raise RefundFirst(paid=left)
    if order.state != Order.State.OPEN:
        raise OrderClosed(state=order.state)
    permits.void(approval_id, order_id=order_id, shop=shop, actor=actor)
    now = timezone.now()
    before = orders.summary(order) | {"state": order.state}
    back = ledger.pieces(order, order.lines.filter(voided_at=None))
    if late := back.keys() - products:  # added by another device while we waited for the order
        goods = [*goods, *run(statements.GOODS(shop=shop.id, wished=_ids(late)))[0]]
    order.state = Order.State.VOID
    order.voided_at, order.void_reason = now, reason
    run(*stock.returning(back, order=order, actor=actor, at=now))
    ledger.rewrite(order, at=now)
    moved = Counter({each: -pieces for each, pieces in back.items()})
    return _tell(
        "order.voided", order, moved, goods, before=before, shop=shop, actor=actor, once=once
    )


# --- the steps ------------------------------------------------------------------------


def _ids(products: Iterable[UUID]) -> str:
    return rows([{"id": each} for each in products])


def _refuse_closed(order: Order, change: Change) -> None:
    if change.state not in (None, order.state):
        problem = "An order is paid and refunded by its payments and refunds."
        raise Invalid(errors={"state": [problem]})
    closed = order.state != Order.State.OPEN
    is_void = order.state == Order.State.VOID
    if is_void or (closed and (change.prices or change.hold is not None)):
        raise OrderClosed(state=order.state)


def _taken_off(
    order: Order, kept: Sequence[OrderLine], change: Change, now: datetime
) -> list[OrderLine]:
    """Mark the lines to be taken off. Raises ``LineMissing``."""
    gone = [line for line in kept if line.id in change.void and line.voided_at is None]
    if missing := set(change.void) - {line.id for line in gone}:
        raise LineMissing(lines=sorted(missing))
    for line in gone:
        line.voided_at, line.void_reason = now, change.void_reason
    return gone


def _refuse_short(
    change: Change,
    shelf: Mapping[UUID, Any],
    wanted: Counter[UUID],
    back: Counter[UUID],
    now: datetime,
) -> None:
    """What goes back may be sold again at once. Raises ``UnknownProduct``, ``OutOfStock``."""
    pricing.refuse_unknown(change.add, shelf, now)
    stock.refuse_short(shelf, wanted - back)


def _added(
    order: Order,
    change: Change,
    kept: Sequence[OrderLine],
    shelf: Mapping[UUID, Any],
    choices: Iterable[Any],
    terms: Any,
) -> list[Line]:
    if len(kept) + len(change.add) > MOST_LINES:
        raise Invalid(errors={"add": [f"An order has at most {MOST_LINES} lines."]})
    first = max((line.position for line in kept), default=-1) + 1
    return pricing.lines(change.add, shelf, choices, terms=terms, first=first)


def _set(order: Order, change: Change, terms: Any) -> None:
    for name in PLAIN:
        if (value := getattr(change, name)) is not None:
            setattr(order, name, value)
    if change.hold is not None:
        order.is_held = change.hold
    if change.order_type not in (None, order.order_type):
        # The difference only: what a customer was promised beyond our price is a charge too.
        more = pricing.charges(change.order_type, terms) - pricing.charges(order.order_type, terms)
        order.order_type, order.charges = change.order_type, max(order.charges + more, 0)
    if change.discount is not None:
        order.discount_type = change.discount.type
        order.discount_value = change.discount.value
        order.discount_reason = change.discount.reason


def _sum_up(
    order: Order,
    lines: Sequence[Line | OrderLine],
    change: Change,
    terms: Any,
    *,
    approved: bool,
    shop: Shop,
    actor: Any,
) -> None:
    """What the order costs now. Raises ``RefundFirst`` and what ``orders.approve`` raises.

    ``approved``: a manager has seen what is taken off.
    """
    # A discount that was small may be a large one once dear lines are taken off.
    was_small = not pricing.gives_more(order, terms.cashier_discount_percent)
    pricing.add_up(order, lines)
    given = pricing.discounted(change.discount, change.add) or (was_small and not approved)
    orders.approve(order, terms, given, change.approval_id, of=str(order.id), actor=actor)
    if order.paid > order.total:
        raise RefundFirst(paid=money.text(order.paid, shop.digits))
    if order.paid == order.total and order.paid and not order.refunded:
        order.state = Order.State.PAID


def _rewriting(
    order: Order, lines: Iterable[OrderLine], gone_at: datetime | None = None, reason: str = ""
) -> Call:
    """Store what lines cost now, and when they were taken off, as part of a batch."""
    names = ("id", "discount", "net", "tax", "tax_components")
    sums = [{name: getattr(line, name) for name in names} for line in lines]
    return statements.SET_LINES(order=order.id, at=gone_at, reason=reason, lines=rows(sums))


def _tell(
    action: str,
    order: Order,
    moved: Mapping[UUID, int],
    goods: Iterable[Any],
    *,
    before: Mapping[str, Any],
    shop: Shop,
    actor: Any,
    once: Once,
) -> facts.OrderFact:
    """Audit and publish what became of an order and of its goods; answers its row."""
    after = orders.summary(order) | {"state": order.state}
    if order.void_reason:
        after["reason"] = order.void_reason
    told = stock.changes([good for good in goods if moved[good.id]], moved)
    is_void = order.state == Order.State.VOID
    return ledger.tell(
        order,
        action,
        *told,
        kind="order_deleted" if is_void else "order_updated",
        status=200,
        before=before,
        after=after,
        shop=shop,
        actor=actor,
        once=once,
    )
