"""What everyone reads: the rows of the API, of events and of screens, in one shape.

Money is a decimal string, moments end in ``Z``, ids are UUIDs (msgspec writes them so).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.models import Shop
from pos import money

encode = msgspec.json.Encoder().encode


class TaxFact(msgspec.Struct, kw_only=True):
    """A tax of a line, or a named part of it, on ``net``."""

    name: str
    rate: str
    net: str
    tax: str


class LineFact(msgspec.Struct, kw_only=True):
    """A line of an order. ``total`` includes the line's tax."""

    id: UUID
    product_id: UUID | None
    name: str
    quantity: int
    unit_price: str
    modifiers: list[dict[str, Any]]
    note: str
    discount: str
    tax_rate: str
    tax: str
    taxes: list[TaxFact]
    total: str
    voided: bool


class PaymentFact(msgspec.Struct, kw_only=True):
    """Money taken for an order: ``tendered`` = ``amount`` + ``rounding`` + ``tip`` + ``change``.

    Rounding and tip are outside the order's total.
    """

    id: UUID
    method: str
    amount: str
    rounding: str
    tip: str
    tendered: str
    change: str
    reference: str
    register_id: UUID | None
    shift_id: UUID | None
    at: datetime


class RefundLine(msgspec.Struct, kw_only=True):
    """Pieces of an order's line that came back."""

    id: UUID
    quantity: int


class RefundFact(msgspec.Struct, kw_only=True):
    """Money of one payment given back. Refunds of one act share their ``batch``.

    ``amount`` counts against the order, ``rounding`` is what cash rounding added to it;
    ``tax`` is the part of ``amount`` that is tax.
    """

    id: UUID
    batch: UUID
    payment_id: UUID
    method: str
    amount: str
    rounding: str
    tax: str
    reason: str
    lines: list[RefundLine]
    restocked: bool
    given_by: UUID | None
    register_id: UUID | None
    shift_id: UUID | None
    at: datetime


class OrderFact(msgspec.Struct, kw_only=True):
    """An order with its lines and payments."""

    id: UUID
    shop_id: UUID
    order_number: str
    call_number: str
    channel: str
    order_type: str
    state: str
    kitchen_state: str
    items: list[LineFact]
    subtotal: str
    discount: str
    tax: str
    charges: str
    total: str
    paid: str
    due: str
    change: str
    payment_method: str | None
    payment_status: str
    payments: list[PaymentFact]
    refunds: list[RefundFact]
    cashier_id: UUID | None
    cashier_name: str
    customer_name: str
    table: str
    note: str
    is_held: bool
    flags: list[str]
    version: int
    client_id: str
    created_at: datetime
    recorded_at: datetime
    kitchen_at: datetime | None
    updated_at: datetime


class InventoryFact(msgspec.Struct, kw_only=True):
    """How much of a product is left. ``available`` is what may still be sold.

    ``stock_low`` stands in the event of the change that took it to its reorder level.
    """

    item_id: UUID
    product_id: UUID
    name: str
    quantity: int
    reserved: int
    available: int
    reorder_level: int
    is_low: bool
    policy: str
    stock_low: bool | msgspec.UnsetType = msgspec.UNSET


class MovementFact(msgspec.Struct, kw_only=True):
    """Pieces that came or went, and why."""

    id: UUID
    delta: int
    reason: str
    note: str
    actor: dict[str, Any] | None
    order_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime


def line(row: Any, digits: int) -> LineFact:
    """A line's row, stored or about to be."""
    return LineFact(
        id=row.id,
        product_id=row.product_id,
        name=row.name,
        quantity=row.quantity,
        unit_price=money.text(row.unit_price, digits),
        modifiers=[each | {"price": money.text(each["price"], digits)} for each in row.modifiers],
        note=row.note,
        discount=money.text(row.discount, digits),
        tax_rate=money.percent(row.tax_rate),
        tax=money.text(row.tax, digits),
        taxes=_taxes(row, digits),
        total=money.text(row.net + row.tax, digits),
        voided=row.voided_at is not None,
    )


def _taxes(row: Any, digits: int) -> list[TaxFact]:
    """The named parts of a line's tax; the shop's own rate is one part without a name."""
    rate = money.percent(row.tax_rate)
    parts = row.tax_components or [{"name": "", "rate": rate, "tax": row.tax}]
    net = money.text(row.net, digits)
    return [
        TaxFact(name=each["name"], rate=each["rate"], net=net, tax=money.text(each["tax"], digits))
        for each in parts
    ]


def payment(row: Any, digits: int) -> PaymentFact:
    """A payment's row, stored or about to be."""
    return PaymentFact(
        id=row.id,
        method=row.method,
        amount=money.text(row.amount, digits),
        rounding=money.text(row.rounding, digits),
        tip=money.text(row.tip, digits),
        tendered=money.text(row.tendered, digits),
        change=money.text(row.change, digits),
        reference=row.reference,
        register_id=row.register_id,
        shift_id=row.shift_id,
        at=row.at,
    )


def refund(row: Any, digits: int) -> RefundFact:
    """A refund's row."""
    return RefundFact(
        id=row.id,
        batch=row.batch,
        payment_id=row.payment_id,
        method=row.method,
        amount=money.text(row.amount, digits),
        rounding=money.text(row.rounding, digits),
        tax=money.text(row.tax, digits),
        reason=row.reason,
        lines=[RefundLine(id=UUID(one["id"]), quantity=one["quantity"]) for one in row.lines],
        restocked=row.restocked,
        given_by=row.given_by_id,
        register_id=row.register_id,
        shift_id=row.shift_id,
        at=row.at,
    )


def order(
    row: Any,
    lines: Iterable[Any],
    payments: Iterable[Any],
    refunds: Iterable[Any] = (),
    *,
    cashier_name: str,
    shop: Shop,
) -> OrderFact:
    """An order's row, stored or about to be, in the currency of its shop."""
    digits = shop.digits
    taken = list(payments)
    methods = {one.method for one in taken}
    return OrderFact(
        id=row.id,
        shop_id=row.shop_id,
        order_number=row.number,
        call_number=row.call_number,
        channel=row.channel,
        order_type=row.order_type,
        state=row.state,
        kitchen_state=row.kitchen_state,
        items=[line(one, digits) for one in lines],
        subtotal=money.text(row.subtotal, digits),
        discount=money.text(row.discount, digits),
        tax=money.text(row.tax, digits),
        charges=money.text(row.charges, digits),
        total=money.text(row.total, digits),
        paid=money.text(row.paid, digits),
        due=money.text(0 if row.state == "void" else row.total - row.paid, digits),
        change=money.text(sum(one.change for one in taken), digits),
        payment_method=methods.pop() if len(methods) == 1 else "split" if methods else None,
        payment_status=_payment_status(row.state, bool(taken)),
        payments=[payment(one, digits) for one in taken],
        refunds=[refund(one, digits) for one in refunds],
        cashier_id=row.cashier_id,
        cashier_name=cashier_name,
        customer_name=row.customer_name,
        table=row.table,
        note=row.note,
        is_held=row.is_held,
        flags=row.flags,
        version=row.version,
        client_id=row.client_id,
        created_at=row.created_at,
        recorded_at=row.recorded_at,
        kitchen_at=row.kitchen_at,
        updated_at=row.updated_at,
    )


def _payment_status(state: str, is_begun: bool) -> str:
    if state == "refunded":
        return "refunded"
    return "completed" if state == "paid" else "partial" if is_begun else "pending"


def inventory(row: Any, *, name: str, quantity: int, fell: bool = False) -> InventoryFact:
    """A stock level's row, with ``quantity`` pieces left; ``fell``: low since just now."""
    return InventoryFact(
        item_id=row.product_id,
        product_id=row.product_id,
        name=name,
        quantity=quantity,
        reserved=row.reserved,
        available=quantity - row.reserved,
        reorder_level=row.reorder_level,
        is_low=quantity <= row.reorder_level,
        policy=row.policy,
        stock_low=fell or msgspec.UNSET,
    )
