"""What everyone reads of drawers: registers, shifts, cash that moved, X and Z reports.

Money is a decimal string, moments end in ``Z``, ids are UUIDs.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.models import Shop
from pos import money


class RegisterFact(msgspec.Struct, kw_only=True):
    """A drawer of a shop; ``shift_id`` is its open shift."""

    id: UUID
    shop_id: UUID
    name: str
    is_active: bool
    shift_id: UUID | None


class ShiftFact(msgspec.Struct, kw_only=True):
    """From opening a drawer to counting it. ``variance`` is what was counted beyond the expected."""

    id: UUID
    shop_id: UUID
    register_id: UUID
    register_name: str
    number: int
    state: str
    opening: str = msgspec.field(name="float")
    opened_by: UUID
    opened_by_name: str
    opened_at: datetime
    closed_by: UUID | None
    closed_at: datetime | None
    counted: str | None
    variance: str | None


class CashFact(msgspec.Struct, kw_only=True):
    """Cash put in a drawer or taken out of it beside sales."""

    id: UUID
    shift_id: UUID
    kind: str
    amount: str
    reason: str
    actor_id: UUID | None
    at: datetime


class MethodFact(msgspec.Struct, kw_only=True):
    """What was taken by one method, without tips and rounding."""

    method: str
    amount: str
    count: int


class LateFact(msgspec.Struct, kw_only=True):
    """What is counted here though it was taken or given back when this shift was not open."""

    payments: int
    amount: str
    refunds: int
    refunded: str
    note: str


class ReportFact(msgspec.Struct, kw_only=True):
    """An X report while the shift is open, its Z report once it is closed.

    ``expected_cash`` is float + cash_sales + tips + rounding - cash_refunds + cash_in - cash_out
    - drops; it is ``null`` for a cashier whose shift is open. ``tips`` and ``rounding`` are those
    in cash, ``other_tips`` came by other methods. ``sales`` and ``refunds`` are all methods',
    without tips and rounding; ``tax`` is that of the orders settled here, ``refunded_tax`` that
    of the refunds. ``variance`` is counted - expected_cash.
    """

    shift_id: UUID
    register_id: UUID
    register_name: str
    number: int
    opened_at: datetime
    closed_at: datetime | None
    opening: str = msgspec.field(name="float")
    cash_sales: str
    tips: str
    rounding: str
    cash_refunds: str
    cash_in: str
    cash_out: str
    drops: str
    expected_cash: str | None
    counted: str | None
    variance: str | None
    sales: str
    refunds: str
    tax: str
    refunded_tax: str
    other_tips: str
    payments: list[MethodFact]
    late: LateFact | None


def register(row: Any, *, shift_id: UUID | None) -> RegisterFact:
    """A register's row, and its open shift."""
    return RegisterFact(
        id=row.id,
        shop_id=row.shop_id,
        name=row.name,
        is_active=row.is_active,
        shift_id=shift_id,
    )


def shift(row: Any, *, shop: Shop) -> ShiftFact:
    """A shift's row with its register and who opened it."""
    is_open = row.closed_at is None
    return ShiftFact(
        id=row.id,
        shop_id=row.shop_id,
        register_id=row.register_id,
        register_name=row.register.name,
        number=row.number,
        state="open" if is_open else "closed",
        opening=money.text(row.float_amount, shop.digits),
        opened_by=row.opened_by_id,
        opened_by_name=str(row.opened_by),
        opened_at=row.opened_at,
        closed_by=row.closed_by_id,
        closed_at=row.closed_at,
        counted=None if is_open else row.report["counted"],
        variance=None if is_open else row.report["variance"],
    )


def cash(row: Any, *, shop: Shop) -> CashFact:
    """A cash movement's row."""
    return CashFact(
        id=row.id,
        shift_id=row.shift_id,
        kind=row.kind,
        amount=money.text(row.amount, shop.digits),
        reason=row.reason,
        actor_id=row.actor_id,
        at=row.at,
    )
