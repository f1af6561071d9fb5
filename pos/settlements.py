"""Where an order was settled that a change made worth what had been paid for it already."""

from datetime import datetime
from typing import Any

from accounts.models import Shop
from core.statements import run
from pos import shifts, tenders
from pos.models import Order
from pos.tenders import Tender


def mark(order: Order, *, shop: Shop, actor: Any, at: datetime) -> None:
    """Write down a payment of nothing, by the way the last one came: a step of a change.

    An order's tax belongs to the report of the payment that settled it. Without one of its own, a
    change would settle it in a report that may be closed by now. The order's row is held locked.
    """
    last = order.payments.order_by("id").last()
    assert last is not None, "what was paid for it, was paid by something"  # noqa: S101
    cashier_id = actor and actor.pk
    [answer] = run(
        shifts.asking(shop_id=shop.pk, register_id=last.register_id, cashier_id=cashier_id)
    )
    drawer = shifts.found(answer, register_id=last.register_id)
    nothing = Tender(method=last.method, amount=0, tendered=0)
    payment = tenders.take(order, nothing, shop=shop, at=at, drawer=drawer, before=[last])
    run(tenders.adding([payment], order=order, actor=actor, at=at))
