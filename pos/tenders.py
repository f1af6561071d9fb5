"""Money taken for orders: tenders, change, and what is still due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Shop
from core import ids
from core.statements import Call, rows
from pos import money, statements
from pos.drafts import Draft, Payment
from pos.errors import TooLittleTendered, TooMuchPaid
from pos.models import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Money a customer gives for an order, in the currency's smallest unit.

    ``amount`` is the part of the order it pays; ``None`` pays all that is due. ``tendered``
    is what was handed over, ``None`` if exactly that; the difference is the change.
    """

    method: str
    amount: int | None = None
    tendered: int | None = None
    reference: str = ""


def settle(
    order: Draft | Order, tenders: Sequence[Tender], *, shop: Shop, at: datetime
) -> list[Payment]:
    """Pay an order that nobody else can change; answers its payments and moves its state.

    Raises ``TooLittleTendered`` or ``TooMuchPaid``.
    """
    payments = [take(order, tender, shop=shop, at=at) for tender in tenders]
    if payments and order.paid == order.total:
        order.state = Order.State.PAID
    return payments


def take(order: Draft | Order, tender: Tender, *, shop: Shop, at: datetime) -> Payment:
    """Take one tender towards what is due on an order held by the caller.

    Raises ``TooLittleTendered`` or ``TooMuchPaid``.
    """
    due = order.total - order.paid
    amount = due if tender.amount is None else tender.amount
    if amount > due:
        raise TooMuchPaid(due=money.text(due, shop.digits), amount=money.text(amount, shop.digits))
    tendered = amount if tender.tendered is None else tender.tendered
    if tendered < amount:
        raise TooLittleTendered(
            tendered=money.text(tendered, shop.digits), amount=money.text(amount, shop.digits)
        )
    order.paid += amount
    return Payment(
        id=ids.new(),
        method=tender.method,
        amount=amount,
        tendered=tendered,
        change=tendered - amount,
        reference=tender.reference,
        at=at,
    )


def adding(payments: Sequence[Payment], *, order: Draft | Order, actor: Any, at: datetime) -> Call:
    """Store an order's payments, as part of a batch."""
    return statements.ADD_PAYMENTS(
        shop=order.shop_id,
        order=order.id,
        actor=actor and actor.id,
        at=at,
        payments=rows(payments),
    )
