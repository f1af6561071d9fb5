"""What is about to be stored: an order, its lines and its payments, before they are rows.

The same names as the columns, so that a row of the API reads alike from a draft and from the
database; and lighter than models, for the hottest verb makes five of them.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from pos.models import Order


class Line(msgspec.Struct, kw_only=True):
    """One line, priced and taxed; ``unit_price`` and what follows in the smallest unit."""

    id: UUID
    product_id: UUID | None
    position: int
    name: str
    quantity: int
    unit_price: int
    modifiers: list[dict[str, Any]] = []
    note: str = ""
    cost: int | None = None
    discount: int = 0
    discount_type: str = ""
    discount_value: Decimal = Decimal(0)
    discount_reason: str = ""
    tax_rate: Decimal
    tax_components: list[dict[str, Any]] = []
    net: int
    tax: int
    voided_at: datetime | None = None


class Payment(msgspec.Struct, kw_only=True):
    """Money taken, in the smallest unit: ``tendered == amount + rounding + tip + change``."""

    id: UUID
    register_id: UUID | None = None
    shift_id: UUID | None = None
    intent_id: UUID | None = None
    method: str
    amount: int
    rounding: int = 0
    tip: int = 0
    tendered: int
    change: int
    reference: str
    at: datetime


class Draft(msgspec.Struct, kw_only=True):
    """An order. It has its number, and its sums once its lines are priced."""

    id: UUID
    shop_id: UUID
    business_day: date
    day_number: int
    number: str
    call_number: str
    channel: str
    order_type: str
    state: str = Order.State.OPEN
    kitchen_state: str = Order.KitchenState.QUEUED
    includes_tax: bool
    subtotal: int = 0
    discount: int = 0
    tax: int = 0
    charges: int = 0
    total: int = 0
    paid: int = 0
    discount_type: str = ""
    discount_value: Decimal = Decimal(0)
    discount_reason: str = ""
    is_held: bool = False
    flags: list[str] = []
    cashier_id: UUID | None
    device_id: UUID | None
    customer_name: str
    table: str
    note: str
    version: int = 1
    client_id: str
    fingerprint: bytes | None
    created_at: datetime
    recorded_at: datetime
    kitchen_at: datetime | None = None
    updated_at: datetime
