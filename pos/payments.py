"""Money taken for an open order after it was placed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts.models import Shop
from core import database
from core.idempotency import EACH_TIME, Once
from core.statements import run
from pos import facts, ledger, orders, shifts, tenders, terms
from pos.drafts import Payment
from pos.errors import OrderClosed
from pos.models import Order
from pos.tenders import Tender


@database.verb
def take(
    order_id: UUID,
    tender: Tender,
    *,
    shop: Shop,
    actor: Any,
    version: int | None = None,
    once: Once = EACH_TIME,
) -> facts.OrderFact:
    """Take money for an open order; paid in full, it is paid.

    ``version`` is the order as its customer saw it. Raises ``Missing``, ``Stale``,
    ``OrderClosed``, ``UnknownRegister``, and what ``tenders.take`` raises.
    """
    once.claim()
    order = ledger.hold(order_id, shop=shop, version=version)
    refuse_closed(order)
    drawer = drawer_of(tender.register_id, shop=shop, actor=actor)
    now = timezone.now()
    coin = terms.of(shop).cash_rounding
    before = {"state": order.state, "paid": order.paid}
    had = order.payments.all()
    taken = tenders.settle(order, [tender], shop=shop, at=now, coin=coin, drawer=drawer, before=had)
    return record(order, taken, before=before, shop=shop, actor=actor, at=now, once=once)


def drawer_of(register_id: UUID | None, *, shop: Shop, actor: Any) -> shifts.Drawer:
    """Where money goes to or comes from, locked against closing. Raises ``UnknownRegister``."""
    cashier_id = actor and actor.pk
    [answer] = run(shifts.asking(shop_id=shop.id, register_id=register_id, cashier_id=cashier_id))
    return shifts.found(answer, register_id=register_id)


def refuse_closed(order: Order) -> None:
    """Refuse money for an order that takes none. Raises ``OrderClosed``."""
    if order.state != Order.State.OPEN:
        raise OrderClosed(state=order.state)
    if order.refunded:  # what is due could not be told any more
        raise OrderClosed(state=Order.State.REFUNDED)


def record(
    order: Order,
    taken: Sequence[Payment],
    *,
    before: dict[str, Any],
    shop: Shop,
    actor: Any,
    at: datetime,
    once: Once = EACH_TIME,
) -> facts.OrderFact:
    """Write down what was taken for an order held locked, whose state and sum have moved."""
    order.is_held = order.is_held and order.state == Order.State.OPEN
    orders.send_to_kitchen(order, terms.of(shop), at)
    shop.orders.filter(pk=order.pk).update(  # on a row held locked
        state=order.state,
        paid=order.paid,
        is_held=order.is_held,
        kitchen_at=order.kitchen_at,
        version=F("version") + 1,
        updated_at=at,
    )
    run(tenders.adding(taken, order=order, actor=actor, at=at))
    after = {
        "state": order.state,
        "paid": order.paid,
        "payments": [
            {"method": each.method, "amount": each.amount, "tip": each.tip} for each in taken
        ],
    }
    return ledger.tell(
        order, "order.paid", before=before, after=after, shop=shop, actor=actor, once=once
    )
