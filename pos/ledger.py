"""A row of the order book: held by who writes it, rewritten, and told of."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts import audit
from accounts.models import Shop
from core.errors import Missing, Stale
from core.idempotency import Once
from live import outbox
from pos import facts, orders
from pos.models import Order, OrderLine

#: What a change may rewrite of an order.
COLUMNS = (
    "state", "kitchen_state", "order_type", "subtotal", "discount", "tax", "charges", "total",
    "discount_type", "discount_value", "discount_reason", "is_held", "customer_name", "table",
    "note", "kitchen_at", "voided_at", "void_reason",
)  # fmt: skip


def hold(order_id: UUID, *, shop: Shop, version: int | None = None) -> Order:
    """An order of the shop, locked until commit. Raises ``Missing`` and ``Stale``."""
    order = shop.orders.select_for_update(of=("self",)).filter(pk=order_id).first()
    if order is None:
        raise Missing
    if version not in (None, order.version):
        raise Stale(version=order.version)
    return order


def pieces(order: Order, lines: Iterable[OrderLine]) -> Counter[UUID]:
    """What goes back on the shelf with these lines: not what came back with a refund."""
    came: Counter[str] = Counter()
    for refund in order.refunds.filter(restocked=True):
        for each in refund.lines:
            came[each["id"]] += each["quantity"]
    pieces: Counter[UUID] = Counter()
    for line in lines:
        if line.product_id and line.quantity > came[str(line.id)]:
            pieces[line.product_id] += line.quantity - came[str(line.id)]
    return pieces


def rewrite(order: Order, *, at: datetime) -> None:
    """Write what has changed of a row held locked."""
    fields = {name: getattr(order, name) for name in COLUMNS}
    found = Order.objects.filter(pk=order.pk, shop=order.shop_id)
    found.update(**fields, version=F("version") + 1, updated_at=at)


def tell(
    order: Order,
    action: str,
    *told: outbox.Change,
    kind: str = "order_updated",
    status: int = 201,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    shop: Shop,
    actor: Any,
    once: Once,
) -> facts.OrderFact:
    """Audit and publish what became of an order, and what else is ``told``; answers its row."""
    fact = orders.read(orders.stored(order.pk, shop=shop), shop=shop)
    body = facts.encode(fact)
    counter = outbox.lock(shop.id)
    audit.record(action, order, shop=shop, actor=actor, before=before, after=after)
    outbox.publish(counter, outbox.Change(kind, body), *told, actor=actor)
    once.keep(status, body)
    return fact
