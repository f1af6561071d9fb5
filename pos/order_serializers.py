"""What clients may ask of the order book. What they say of prices is a promise, not a price."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.utils import timezone
from msgspec import UNSET, Meta, UnsetType

from core.errors import Invalid
from core.structs import Exact
from pos import money
from pos.errors import OnlyAtTill
from pos.serializers import (
    Moment,
    Prose,
    Text40,
    Text120,
    Text255,
    WishedTender,
    amount,
    past,
)
from pos.tenders import Tender
from pos.tickets import NO_DISCOUNT, Change, Discount, Ticket, Wish

Note = Annotated[Prose, Meta(max_length=500)]
PaidBy = Literal["cash", "card", "qr", "upi", "transfer", "voucher", "other"]
OrderType = Literal["dine_in", "takeaway", "delivery"]


class WishedDiscount(msgspec.Struct):
    """So much off: `percent` (0 to 100) or `amount`, and why."""

    type: Literal["percent", "amount"]
    value: Exact
    reason: Text255 = ""

    def discount(self, digits: int, path: str = "") -> Discount:
        """The discount in the smallest unit. Raises ``Invalid``."""
        field = f"{path}discount.value"
        if self.type == "amount":
            return Discount("amount", Decimal(amount(self.value, digits, field) or 0), self.reason)
        if not 0 <= self.value <= 100 or self.value % money.RATE_STEP:
            problem = "Must be a percentage from 0 to 100 with at most three decimals."
            raise Invalid(errors={field: [problem]})
        return Discount("percent", Decimal(self.value), self.reason)


class WishedModifier(msgspec.Struct):
    """Something chosen with a product, by its id."""

    id: UUID


class WishedLine(msgspec.Struct):
    """Whole pieces of a product; without `product_id` an open item of a `name` and `price`."""

    quantity: Annotated[int, Meta(ge=1, le=999)]
    product_id: UUID | None = None
    name: Text255 = ""
    price: Exact | None = None
    note: Text255 = ""
    modifiers: Annotated[list[UUID | WishedModifier], Meta(max_length=50)] = []
    discount: WishedDiscount | None = None

    def wish(self, digits: int, path: str) -> Wish:
        """The line in the smallest unit of its currency. Raises ``Invalid``."""
        if self.product_id is None and (not self.name.strip() or self.price is None):
            problem = "Name a product, or give an open item its name and price."
            raise Invalid(errors={f"{path}product_id": [problem]})
        return Wish(
            self.product_id,
            self.quantity,
            note=self.note,
            modifiers=tuple(each if isinstance(each, UUID) else each.id for each in self.modifiers),
            discount=self.discount.discount(digits, path) if self.discount else NO_DISCOUNT,
            name=self.name,
            price=amount(self.price, digits, f"{path}price"),
        )


def wishes(items: list[WishedLine], digits: int, field: str) -> list[Wish]:
    """The lines, in the smallest unit of their currency. Raises ``Invalid``."""
    return [item.wish(digits, f"{field}.{place}.") for place, item in enumerate(items)]


class PlaceOrder(msgspec.Struct):
    """An order to be placed. `total` is what the customer was promised.

    `occurred_at` with `offline` is a sale that a paired till made while it was cut off.
    """

    items: Annotated[list[WishedLine], Meta(max_length=500)]
    order_type: OrderType = "dine_in"
    customer_name: Text120 = ""
    table: Text40 = ""
    note: Note = ""
    discount: WishedDiscount | None = None
    approval_id: UUID | None = None
    hold: bool = False
    payment_method: PaidBy | None = None
    payments: Annotated[list[WishedTender], Meta(max_length=20)] = []
    register_id: UUID | None = None
    client_id: Text255 = ""
    total: Exact | None = None
    occurred_at: Moment | None = None
    offline: bool = False

    def ticket(self, *, digits: int, channel: str, at_till: bool) -> Ticket:
        """The order in the smallest unit of its currency. Raises ``Invalid``, ``OnlyAtTill``."""
        tenders = [pay.tender(digits, f"payments.{i}.") for i, pay in enumerate(self.payments)]
        if self.payment_method and not tenders:
            tenders = [Tender(method=self.payment_method, register_id=self.register_id)]
        return Ticket(
            wishes=wishes(self.items, digits, "items"),
            order_type=self.order_type,
            customer_name=self.customer_name,
            table=self.table,
            note=self.note,
            discount=self.discount.discount(digits) if self.discount else NO_DISCOUNT,
            approval_id=self.approval_id,
            hold=self.hold,
            total=amount(self.total, digits, "total"),
            tenders=tenders,
            sold_at=self._sold_at(at_till),
            client_id=self.client_id,
            channel=channel,
        )

    def _sold_at(self, at_till: bool) -> datetime | None:
        if not self.offline and self.occurred_at is None:
            return None
        if not at_till:
            raise OnlyAtTill
        if self.occurred_at is None or not self.offline:
            problem = "A sale that was made already has both occurred_at and offline."
            raise Invalid(errors={"occurred_at": [problem]})
        past(self.occurred_at, "occurred_at")
        return min(self.occurred_at, timezone.now())


class ChangeOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of an order; what is left out stays, `null` empties.

    Lines are added and voided, never overwritten. `state` may be `void`.
    """

    add: Annotated[list[WishedLine], Meta(max_length=500)] = []
    void: Annotated[list[UUID], Meta(max_length=500)] = []
    reason: Text255 = ""
    discount: WishedDiscount | UnsetType | None = UNSET
    approval_id: UUID | None = None
    order_type: OrderType | None = None
    customer_name: Text120 | UnsetType | None = UNSET
    table: Text40 | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET
    hold: bool | None = None
    state: Literal["open", "paid", "refunded", "void"] | None = None
    kitchen_state: Literal["queued", "preparing", "ready", "served"] | None = None

    def change(self, digits: int) -> Change:
        """The change in the smallest unit of the currency. Raises ``Invalid``."""
        return Change(
            add=wishes(self.add, digits, "add"),
            void=self.void,
            void_reason=self.reason,
            discount=self._discount(digits),
            approval_id=self.approval_id,
            order_type=self.order_type,
            customer_name=_text(self.customer_name),
            table=_text(self.table),
            note=_text(self.note),
            hold=self.hold,
            state=self.state,
            kitchen_state=self.kitchen_state,
        )

    def _discount(self, digits: int) -> Discount | None:
        if self.discount is UNSET:
            return None
        return self.discount.discount(digits) if self.discount else NO_DISCOUNT

    def says_only(self, *names: str) -> bool:
        """Whether it changes nothing but these."""
        return all(
            name in names or getattr(self, name) == getattr(BLANK, name)
            for name in self.__struct_fields__
        )


BLANK = ChangeOrder()


class VoidOrder(msgspec.Struct):
    """Why an order is voided; `approval_id` is a manager's word, where the shop asks for one."""

    reason: Text255 = ""
    approval_id: UUID | None = None


def _text(sent: Any) -> str | None:
    """What to write: ``None`` leaves the text as it is, and a sent ``null`` empties it."""
    return None if sent is UNSET else sent or ""
