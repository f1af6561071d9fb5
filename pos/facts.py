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
    total: str
    voided: bool


class PaymentFact(msgspec.Struct, kw_only=True):
    """Money taken for an order."""

    id: UUID
    method: str
    amount: str
    tendered: str
    change: str
    reference: str
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
    refunds: list[dict[str, Any]]
    cashier_id: UUID | None
    cashier_name: str
    customer_name: str
    table: str
    note: str
    version: int
    client_id: str
    created_at: datetime
    updated_at: datetime


class InventoryFact(msgspec.Struct, kw_only=True):
    """How much of a product is left. ``available`` is what may still be sold."""

    item_id: UUID
    product_id: UUID
    name: str
    quantity: int
    reserved: int
    available: int
    reorder_level: int
    is_low: bool
    policy: str


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


class CategoryFact(msgspec.Struct, kw_only=True):
    """A heading of the menu."""

    id: UUID
    shop_id: UUID
    name: str
    position: int
    is_active: bool
    translations: dict[str, Any]


class ProductFact(msgspec.Struct, kw_only=True):
    """Something to sell. ``stock`` is what may still be sold of it."""

    id: UUID
    shop_id: UUID
    sku: str
    barcode: str
    name: str
    description: str
    category: str | None
    category_id: UUID | None
    price: str
    tax_rate: str
    image_url: str | None
    is_active: bool
    is_available: bool
    stock: int
    stock_policy: str
    is_low: bool
    translations: dict[str, Any]
    modifier_groups: list[dict[str, Any]]
    version: int
    created_at: datetime
    updated_at: datetime


def line(row: Any, digits: int) -> LineFact:
    """A line's row, stored or about to be."""
    return LineFact(
        id=row.id,
        product_id=row.product_id,
        name=row.name,
        quantity=row.quantity,
        unit_price=money.text(row.unit_price, digits),
        modifiers=row.modifiers,
        note=row.note,
        discount=money.text(row.discount, digits),
        tax_rate=money.percent(row.tax_rate),
        tax=money.text(row.tax, digits),
        total=money.text(row.net + row.tax, digits),
        voided=row.voided_at is not None,
    )


def payment(row: Any, digits: int) -> PaymentFact:
    """A payment's row, stored or about to be."""
    return PaymentFact(
        id=row.id,
        method=row.method,
        amount=money.text(row.amount, digits),
        tendered=money.text(row.tendered, digits),
        change=money.text(row.change, digits),
        reference=row.reference,
        at=row.at,
    )


def order(
    row: Any, lines: Iterable[Any], payments: Iterable[Any], *, cashier_name: str, shop: Shop
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
        due=money.text(row.total - row.paid, digits),
        change=money.text(sum(one.change for one in taken), digits),
        payment_method=methods.pop() if len(methods) == 1 else "split" if methods else None,
        payment_status="completed" if row.state == "paid" else "partial" if taken else "pending",
        payments=[payment(one, digits) for one in taken],
        refunds=[],
        cashier_id=row.cashier_id,
        cashier_name=cashier_name,
        customer_name=row.customer_name,
        table=row.table,
        note=row.note,
        version=row.version,
        client_id=row.client_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def inventory(row: Any, *, name: str, quantity: int) -> InventoryFact:
    """A stock level's row, with ``quantity`` pieces left."""
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
    )
