"""What is asked of the order book: orders to be placed, and changes to an open one.

Amounts are in the currency's smallest unit.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pos.models import Order
from pos.tenders import Tender


@dataclass(frozen=True, slots=True)
class Discount:
    """So much off: a ``percent`` of the price, or an ``amount``; of neither kind: nothing."""

    type: str = ""
    value: Decimal = Decimal(0)
    reason: str = ""


NO_DISCOUNT = Discount()


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing a customer wants, and how many pieces of it.

    ``modifiers`` are the ids of what was chosen with it. Without a ``product_id`` it is an open
    item of that ``name`` and ``price``; of a product, ``price`` is what a till cut off from us
    has asked for a piece.
    """

    product_id: UUID | None
    quantity: int
    note: str = ""
    modifiers: Sequence[UUID] = ()
    discount: Discount = NO_DISCOUNT
    name: str = ""
    price: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a till sends to be sold.

    ``total`` is what the customer was promised, ``tenders`` the money given for it now.
    ``sold_at`` is set for a sale that was made, and paid for, while the till was cut off.
    ``approval_id`` is a manager's word for a discount beyond a cashier's limit.
    """

    wishes: Sequence[Wish]
    order_type: str = Order.Type.DINE_IN
    customer_name: str = ""
    table: str = ""
    note: str = ""
    discount: Discount = NO_DISCOUNT
    approval_id: UUID | None = None
    hold: bool = False
    total: int | None = None
    tenders: Sequence[Tender] = ()
    sold_at: datetime | None = None
    client_id: str = ""
    channel: str = Order.Channel.API


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to change of an order; ``None`` stays as it is.

    ``add`` is put on it, the lines of the ids in ``void`` are taken off it: nothing on it is
    ever overwritten.
    """

    add: Sequence[Wish] = ()
    void: Sequence[UUID] = ()
    void_reason: str = ""
    discount: Discount | None = None
    approval_id: UUID | None = None
    order_type: str | None = None
    customer_name: str | None = None
    table: str | None = None
    note: str | None = None
    hold: bool | None = None
    state: str | None = None
    kitchen_state: str | None = None

    @property
    def prices(self) -> bool:
        """Whether it changes what the order costs, or what is on it."""
        said = self.discount is not None or self.order_type is not None
        return said or bool(self.add or self.void)


def pieces(wishes: Iterable[Wish]) -> Counter[UUID]:
    """How many pieces of each product; the same product may stand on several lines."""
    counted: Counter[UUID] = Counter()
    for wish in wishes:
        if wish.product_id is not None:
            counted[wish.product_id] += wish.quantity
    return counted
