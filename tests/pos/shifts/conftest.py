"""A register, a shift at it, and money taken and given back as the counter does."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Shop, User
from core import ids
from core.database import verb
from core.statements import run
from pos import registers, shifts
from pos.models import Order, Payment, Refund
from pos.shifts import Drawer


@pytest.fixture
def books_hold() -> None:
    """The orders of these tests are made up: they have no lines and no numbers."""


@pytest.fixture
def front(shop: Shop, manager: User):
    """A register."""
    return registers.add(shop=shop, actor=manager, name="Front")


@pytest.fixture
def shift(shop: Shop, cashier: User, front):
    """The cashier's open shift at it, with a float of 100.00."""
    return shifts.open(front.id, shop=shop, actor=cashier, opening=100_00)


def order_of(shop: Shop, total: int, *, tax: int = 0, paid: int | None = None) -> Order:
    """An order's row; what it costs and what was paid."""
    key = ids.new()
    return Order.objects.create(
        id=key,
        shop=shop,
        business_day=timezone.now().date(),
        day_number=1,
        number=f"N-{key}",
        call_number="001",
        channel=Order.Channel.API,
        includes_tax=True,
        subtotal=total,
        tax=tax,
        total=total,
        paid=total if paid is None else paid,
        state=Order.State.PAID if paid is None else Order.State.OPEN,
    )


def drawer(shop: Shop, *, register: Any = None, by: User | None = None) -> Drawer:
    """Where money goes that is taken at this register, by this person."""
    call = shifts.asking(shop_id=shop.id, register_id=register, cashier_id=by and by.pk)
    return shifts.found(run(call)[0], register_id=register)


@verb
def pay(
    order: Order,
    amount: int,
    *,
    by: User | None,
    register: Any = None,
    method: str = "cash",
    rounding: int = 0,
    tip: int = 0,
    **more: Any,
) -> Payment:
    """Take money as the counter does: find the drawer, hold it, store the payment."""
    place = drawer(order.shop, register=register, by=by)
    return Payment.objects.create(
        shop=order.shop,
        order=order,
        register_id=place.register_id,
        shift_id=place.shift_id,
        method=method,
        amount=amount,
        rounding=rounding,
        tip=tip,
        tendered=amount + rounding + tip,
        taken_by=by,
        **more,
    )


@verb
def give_back(payment: Payment, amount: int, *, by: User, **more: Any) -> Refund:
    """Give money back as the counter does."""
    place = drawer(payment.shop, by=by)
    return Refund.objects.create(
        batch=ids.new(),
        shop=payment.shop,
        order=payment.order,
        payment=payment,
        register_id=place.register_id,
        shift_id=place.shift_id,
        method=payment.method,
        amount=amount,
        reason="cold",
        given_by=by,
        **more,
    )


def sell(shop: Shop, amount: int, *, by: User, tax: int = 0, **more: Any) -> Payment:
    """An order and its only payment."""
    return pay(order_of(shop, amount, tax=tax), amount, by=by, **more)
