"""Money taken for an open order after it was placed."""

from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import Shop
from core import database
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from core.statements import run
from live import outbox
from pos import facts, orders, tenders
from pos.errors import OrderClosed
from pos.models import Order
from pos.tenders import Tender


@database.verb
def take(
    order_id: UUID, tender: Tender, *, shop: Shop, actor: Any, once: Once = EACH_TIME
) -> facts.OrderFact:
    """Take money for an open order; paid in full, it is paid.

    Raises ``Missing``, ``OrderClosed``, ``TooLittleTendered`` or ``TooMuchPaid``.
    """
    once.claim()
    order = shop.orders.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise Missing
    if order.state != Order.State.OPEN:
        raise OrderClosed(state=order.state)
    now = timezone.now()
    before = {"state": order.state, "paid": order.paid}
    taken = tenders.settle(order, [tender], shop=shop, at=now)
    shop.orders.filter(pk=order.pk).update(  # on a row held locked
        state=order.state, paid=order.paid, version=F("version") + 1, updated_at=now
    )
    run(tenders.adding(taken, order=order, actor=actor, at=now))
    fact = orders.read(orders.stored(order.pk, shop=shop), shop=shop)
    body = facts.encode(fact)
    after = {"state": order.state, "paid": order.paid}
    counter = outbox.lock(shop.id)
    audit.record("order.paid", order, shop=shop, actor=actor, before=before, after=after)
    outbox.publish(counter, outbox.Change("order_updated", body), actor=actor)
    once.keep(201, body)
    return fact
