"""Shifts: what a drawer should hold, what a report says, and that money is in one report only."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Shop, User
from core import ids
from core.idempotency import Once, Repeated
from core.statements import run
from licensing.models import Site
from pos import books, orders, payments, registers, shifts, z_reports
from pos.errors import (
    NameTaken,
    NotThatMuchCash,
    NotYourShift,
    ShiftClosed,
    ShiftOpen,
    UnknownRegister,
)
from pos.models import CashMovement, Order, Payment, Refund, Shift, ShiftClaim
from pos.shifts import Drawer
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests import factories

pytestmark = pytest.mark.django_db


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


@transaction.atomic
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


@transaction.atomic
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


# --- opening ----------------------------------------------------------------------------


def test_a_shift_opens_with_a_float_tells_everyone_and_is_written_down(shop, cashier, front):
    fact = shifts.open(front.id, shop=shop, actor=cashier, opening=100_00)

    row = Shift.objects.get()
    assert (row.number, row.float_amount, row.opened_by_id) == (1, 100_00, cashier.pk)
    assert (fact.id, fact.state, fact.opening, fact.number) == (row.pk, "open", "100.00", 1)
    assert fact.opened_by_name == "Carla"
    assert [each.shift_id for each in registers.rows(shop)] == [row.pk]
    event = shop.events.get(kind="shift_opened")
    assert f'"id":"{row.pk}"' in event.data
    trail = AuditEvent.objects.get(action="shift.opened")
    assert trail.after == {"register": "Front", "number": 1, "float": 100_00}
    assert trail.actor_id == cashier.pk


def test_a_register_has_one_open_shift(shop, manager, front, shift):
    events, trail = shop.events.count(), AuditEvent.objects.count()

    with pytest.raises(ShiftOpen) as refusal:
        shifts.open(front.id, shop=shop, actor=manager, opening=0)

    assert refusal.value.code == "shift_open"
    assert refusal.value.details == {"register": "Front", "shift_id": str(shift.id)}
    assert Shift.objects.count() == 1
    assert (shop.events.count(), AuditEvent.objects.count()) == (events, trail)


def test_another_shops_register_is_unknown(other_shop, shop, cashier, front):
    with pytest.raises(UnknownRegister):
        shifts.open(front.id, shop=other_shop, actor=other_shop.owner, opening=0)
    with pytest.raises(UnknownRegister):
        drawer(other_shop, register=front.id, by=cashier)

    assert not Shift.objects.exists()


def test_a_name_names_one_register(shop, manager, front):
    with pytest.raises(NameTaken):
        registers.add(shop=shop, actor=manager, name="Front")

    assert [each.name for each in registers.rows(shop)] == ["Front"]


def test_shifts_of_a_register_are_numbered_without_gaps_whatever_was_refused(shop, cashier, front):
    back = registers.add(shop=shop, actor=None, name="Back")
    for _ in range(3):
        held = shifts.open(front.id, shop=shop, actor=cashier, opening=0)
        with pytest.raises(ShiftOpen):
            shifts.open(front.id, shop=shop, actor=cashier, opening=0)
        shifts.close(held.id, shop=shop, actor=cashier, counted=0)
    shifts.open(back.id, shop=shop, actor=cashier, opening=0)

    numbers = Shift.objects.order_by("pk").values_list("register__name", "number")
    assert list(numbers) == [("Front", 1), ("Front", 2), ("Front", 3), ("Back", 1)]


def test_opening_again_under_the_same_key_opens_once(shop, cashier, front):
    first = Once(principal="user:1", route="POST shifts", key="k", fingerprint=b"f" * 32)
    shifts.open(front.id, shop=shop, actor=cashier, opening=5, once=first)

    again = Once(principal="user:1", route="POST shifts", key="k", fingerprint=b"f" * 32)
    with pytest.raises(Repeated) as repeated:
        shifts.open(front.id, shop=shop, actor=cashier, opening=5, once=again)

    assert repeated.value.body == first.body
    assert Shift.objects.count() == 1


# --- where money goes -------------------------------------------------------------------


def test_money_goes_to_the_open_shift_of_the_named_register(shop, cashier, manager, front, shift):
    back = registers.add(shop=shop, actor=manager, name="Back")
    there = shifts.open(back.id, shop=shop, actor=manager, opening=0)

    with transaction.atomic():
        assert drawer(shop, register=back.id, by=cashier) == (there.id, back.id)
        assert drawer(shop, register=front.id, by=manager) == (shift.id, front.id)


def test_without_a_register_named_money_goes_to_the_cashiers_own_shift(
    shop, cashier, manager, front, shift
):
    with transaction.atomic():
        assert drawer(shop, by=cashier) == (shift.id, front.id)
        assert drawer(shop, by=manager) == (None, None)
        assert drawer(shop) == (None, None)


def test_with_no_open_shift_money_belongs_to_none(shop, cashier, front, shift):
    shifts.close(shift.id, shop=shop, actor=cashier, counted=100_00)

    with transaction.atomic():
        assert drawer(shop, by=cashier) == (None, None)
        assert drawer(shop, register=front.id, by=cashier) == (None, front.id)


def test_a_cashier_of_another_shop_finds_no_shift_there(shop, other_shop, cashier, shift):
    with transaction.atomic():
        assert drawer(other_shop, by=cashier) == (None, None)


# --- the drawer -------------------------------------------------------------------------


def test_a_report_says_every_part_of_what_the_drawer_should_hold(shop, cashier, manager, shift):
    sell(shop, 20_00, by=cashier, tax=3_19, rounding=-2, tip=1_50)
    back = sell(shop, 9_98, by=cashier, tax=1_59, rounding=2)
    sell(shop, 50_00, by=cashier, tax=7_98, method="card", tip=5_00)
    give_back(back, 4_99, by=cashier, rounding=1, tax=80)
    for kind, amount in [("in", 30_00), ("out", 7_25), ("drop", 60_00), ("in", 1)]:
        shifts.move(shift.id, shop=shop, actor=cashier, kind=kind, amount=amount, reason="change")

    report = shifts.report(shift.id, shop=shop, actor=manager)

    row = Shift.objects.get()
    assert report == z_reports.ReportFact(
        shift_id=row.pk,
        register_id=row.register_id,
        register_name="Front",
        number=1,
        opened_at=row.opened_at,
        closed_at=None,
        opening="100.00",
        cash_sales="29.98",
        tips="1.50",
        rounding="-0.01",
        cash_refunds="4.99",
        cash_in="30.01",
        cash_out="7.25",
        drops="60.00",
        expected_cash="89.24",
        counted=None,
        variance=None,
        sales="79.98",
        refunds="4.99",
        tax="12.76",
        refunded_tax="0.80",
        other_tips="5.00",
        payments=[
            z_reports.MethodFact(method="card", amount="50.00", count=1),
            z_reports.MethodFact(method="cash", amount="29.98", count=2),
        ],
        late=None,
    )


def test_a_shift_of_nothing_has_a_report_of_nothing(shop, cashier, shift):
    report = shifts.close(shift.id, shop=shop, actor=cashier, counted=99_99)

    assert (report.sales, report.tax, report.payments, report.late) == ("0.00", "0.00", [], None)
    assert (report.expected_cash, report.counted, report.variance) == ("100.00", "99.99", "-0.01")


@pytest.mark.parametrize("kind", ["out", "drop"])
def test_nobody_takes_more_cash_than_the_drawer_should_hold(shop, cashier, shift, kind):
    sell(shop, 5_00, by=cashier)
    sell(shop, 50_00, by=cashier, method="card")

    with pytest.raises(NotThatMuchCash) as refusal:
        shifts.move(shift.id, shop=shop, actor=cashier, kind=kind, amount=105_01, reason="bank")

    assert "105.01" in str(refusal.value)
    assert refusal.value.details == {"amount": "105.01"}
    assert not CashMovement.objects.exists()
    assert not AuditEvent.objects.filter(action="shift.cash_moved").exists()
    shifts.move(shift.id, shop=shop, actor=cashier, kind=kind, amount=105_00, reason="bank")
    trail = AuditEvent.objects.get(action="shift.cash_moved")
    assert trail.after == {"kind": kind, "amount": 105_00, "reason": "bank"}


def test_a_tax_stands_in_the_report_of_the_payment_that_settled_its_order(shop, cashier, front):
    order = order_of(shop, 10_00, tax=1_60, paid=0)
    reports = []
    for amount in (4_00, 6_00):
        held = shifts.open(front.id, shop=shop, actor=cashier, opening=0)
        pay(order, amount, by=cashier)
        is_whole = amount == 6_00
        said = {"paid": 10_00, "state": "paid"} if is_whole else {"paid": 4_00}
        Order.objects.filter(pk=order.pk).update(**said)
        reports.append(shifts.close(held.id, shop=shop, actor=cashier, counted=amount))

    assert [(each.sales, each.tax) for each in reports] == [("4.00", "0.00"), ("6.00", "1.60")]


def test_a_clock_that_is_set_back_moves_no_tax(shop, cashier, front, stocked):
    """The later payment of an order has the larger id, whatever the clock said before."""
    cake = stocked(shop, "Cake", 499, 1, tax_rate=Decimal(7))
    by = {"shop": shop, "actor": cashier}
    sold = orders.place(Ticket(wishes=[Wish(cake.pk, 1)]), **by)
    early = shifts.open(front.id, **by, opening=0)
    ahead = ids.since(timezone.now() + timedelta(hours=1))
    pay(Order.objects.get(pk=sold.id), 1_00, by=cashier, id=ahead)
    Order.objects.filter(pk=sold.id).update(paid=1_00)
    before = shifts.close(early.id, **by, counted=1_00)
    late = shifts.open(front.id, **by, opening=0)

    payments.take(sold.id, Tender(method="cash"), **by)
    after = shifts.close(late.id, **by, counted=3_99)

    assert [(each.sales, each.tax) for each in (before, after)] == [
        ("1.00", "0.00"),
        ("3.99", "0.33"),
    ]
    assert [
        one for one in books.verify(shop_id=shop.pk) if one.wrong and "report" in one.name
    ] == []


# --- counting blind ---------------------------------------------------------------------


def test_a_cashier_counts_blind_and_a_manager_does_not(shop, cashier, manager, owner, shift):
    sell(shop, 5_00, by=cashier)

    assert shifts.report(shift.id, shop=shop, actor=cashier).expected_cash is None
    assert shifts.report(shift.id, shop=shop, actor=manager).expected_cash == "105.00"
    assert shifts.report(shift.id, shop=shop, actor=owner).expected_cash == "105.00"
    closed = shifts.close(shift.id, shop=shop, actor=cashier, counted=104_00)
    assert (closed.expected_cash, closed.variance) == ("105.00", "-1.00")
    assert shifts.report(shift.id, shop=shop, actor=cashier) == closed


def test_a_cashier_touches_no_other_ones_shift_and_a_manager_does(shop, manager, shift):
    other = factories.member(shop, "cem", "cashier")

    with pytest.raises(NotYourShift):
        shifts.report(shift.id, shop=shop, actor=other)
    with pytest.raises(NotYourShift):
        shifts.close(shift.id, shop=shop, actor=other, counted=0)
    with pytest.raises(NotYourShift):
        shifts.move(shift.id, shop=shop, actor=other, kind="in", amount=1, reason="x")
    assert Shift.objects.get().closed_at is None
    assert not CashMovement.objects.exists()
    shifts.close(shift.id, shop=shop, actor=manager, counted=100_00)
    assert Shift.objects.get().closed_by_id == manager.pk


# --- closing ----------------------------------------------------------------------------


def test_a_closed_shift_has_its_report_for_good(shop, cashier, manager, shift):
    payment = sell(shop, 5_00, by=cashier, tax=80)
    closed = shifts.close(shift.id, shop=shop, actor=cashier, counted=105_00)

    give_back(payment, 5_00, by=cashier)
    Shop.objects.filter(pk=shop.pk).update(currency="JPY")

    assert shifts.report(shift.id, shop=Shop.objects.get(pk=shop.pk), actor=manager) == closed
    assert (closed.sales, closed.refunds, closed.variance) == ("5.00", "0.00", "0.00")
    assert Shift.objects.get().counted == 105_00
    event = shop.events.get(kind="shift_closed")
    assert '"state":"closed"' in event.data
    trail = AuditEvent.objects.get(action="shift.closed")
    assert trail.after == {
        "number": 1, "counted": "105.00", "expected_cash": "105.00", "variance": "0.00",
    }  # fmt: skip


def test_closing_twice_is_refused_with_the_report(shop, cashier, shift):
    closed = shifts.close(shift.id, shop=shop, actor=cashier, counted=1)
    events = shop.events.count()

    with pytest.raises(ShiftClosed) as refusal:
        shifts.close(shift.id, shop=shop, actor=cashier, counted=2)
    with pytest.raises(ShiftClosed):
        shifts.move(shift.id, shop=shop, actor=cashier, kind="in", amount=1, reason="x")

    assert refusal.value.details["report"]["counted"] == closed.counted == "0.01"
    assert Shift.objects.get().counted == 1
    assert shop.events.count() == events


def test_neither_an_open_order_nor_a_lock_stops_closing(shop, cashier, front, shift):
    order_of(shop, 5_00, paid=0)
    site = Site.objects.create(name="Here", is_locked=True, lock_reason="unpaid")
    site.shops.add(shop)

    report = shifts.close(shift.id, shop=shop, actor=cashier, counted=100_00)

    assert report.variance == "0.00"
    again = shifts.open(front.id, shop=shop, actor=cashier, opening=0)
    assert again.number == 2


# --- money that came while no shift was open --------------------------------------------


def test_late_money_counts_in_the_next_report_once_and_is_noted(shop, cashier, front, shift):
    early = sell(shop, 1_00, by=cashier)
    shifts.close(shift.id, shop=shop, actor=cashier, counted=101_00)
    sell(shop, 7_00, by=cashier)  # by the cashier, no register named
    sell(shop, 8_00, by=cashier, register=front.id, method="card")
    give_back(early, 50, by=cashier)
    again = shifts.open(front.id, shop=shop, actor=cashier, opening=0)
    sell(shop, 2_00, by=cashier)

    closed = shifts.close(again.id, shop=shop, actor=cashier, counted=8_50)
    third = shifts.open(front.id, shop=shop, actor=cashier, opening=0)
    empty = shifts.close(third.id, shop=shop, actor=cashier, counted=0)

    assert (closed.sales, closed.refunds, closed.variance) == ("17.00", "0.50", "0.00")
    late = closed.late
    assert (late.payments, late.amount, late.refunds, late.refunded) == (2, "15.00", 1, "0.50")
    assert late.note == z_reports.LATE_NOTE
    assert (empty.sales, empty.refunds, empty.late) == ("0.00", "0.00", None)
    assert ShiftClaim.objects.filter(shift=again.id).count() == 3
    assert ShiftClaim.objects.count() == 3


def test_an_x_report_shows_what_closing_now_would_claim(shop, cashier, manager, front):
    sell(shop, 7_00, by=cashier)
    held = shifts.open(front.id, shop=shop, actor=cashier, opening=1_00)

    before = shifts.report(held.id, shop=shop, actor=manager)
    after = shifts.close(held.id, shop=shop, actor=cashier, counted=8_00)

    assert (before.sales, before.expected_cash, before.late.payments) == ("7.00", "8.00", 1)
    assert (after.sales, after.expected_cash, after.late) == ("7.00", "8.00", before.late)


def test_a_shift_claims_only_what_its_register_or_cashier_took(shop, cashier, manager, front):
    back = registers.add(shop=shop, actor=manager, name="Back")
    sell(shop, 1_00, by=manager)
    sell(shop, 2_00, by=cashier, register=back.id)
    sell(shop, 4_00, by=manager, register=front.id)
    sell(shop, 8_00, by=cashier)
    held = shifts.open(front.id, shop=shop, actor=cashier, opening=0)

    assert shifts.close(held.id, shop=shop, actor=cashier, counted=0).sales == "12.00"


@pytest.mark.parametrize(("hours", "is_late"), [(-2, True), (-1, True), (1, False)])
def test_the_clock_does_not_say_which_report_counts_a_sale(shop, cashier, shift, hours, is_late):
    """Made offline before the shift, or by a clock that was wrong: it is counted where it came."""
    sell(shop, 3_00, by=cashier, at=timezone.now() + timedelta(hours=hours))

    report = shifts.close(shift.id, shop=shop, actor=cashier, counted=103_00)

    assert (report.sales, report.variance) == ("3.00", "0.00")
    assert (report.late is not None) is is_late
    assert not is_late or (report.late.payments, report.late.amount) == (1, "3.00")


# --- many at once -----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_open_one_register_at_once_open_it_once(shop, cashier, front):
    def act(_: int) -> str:
        try:
            shifts.open(front.id, shop=shop, actor=cashier, opening=0)
        except ShiftOpen:
            return "refused"
        finally:
            connection.close()
        return "opened"

    with ThreadPoolExecutor(8) as threads:
        came = Counter(threads.map(act, range(8)))

    assert came == {"opened": 1, "refused": 7}
    assert list(Shift.objects.values_list("number", flat=True)) == [1]


@pytest.mark.django_db(transaction=True)
def test_shifts_that_close_while_money_is_taken_balance(shop, manager, cashier, front):
    """Eight tills take money, give some back; meanwhile shifts close and open ten times."""
    done = threading.Event()
    order = order_of(shop, 10**9)
    staff = [cashier, manager]

    def take(place: int) -> None:
        try:
            turn = 0
            while not done.is_set() or turn < 5:
                turn += 1
                by = staff[place % 2]
                register = front.id if place < 6 else None
                method = "card" if turn % 3 == 0 else "cash"
                paid = pay(order, 100 + place, by=by, register=register, method=method, tip=turn)
                if turn % 4 == 0:
                    give_back(paid, 50, by=by)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        tills = [threads.submit(take, place) for place in range(8)]
        try:
            for _ in range(10):
                held = shifts.open(front.id, shop=shop, actor=cashier, opening=0)
                shifts.close(held.id, shop=shop, actor=cashier, counted=0)
        finally:
            done.set()
        for till in tills:
            till.result()
    back = registers.add(shop=shop, actor=None, name="Back")
    for register, actor in ((front, cashier), (back, manager)):
        held = shifts.open(register.id, shop=shop, actor=actor, opening=0)
        shifts.close(held.id, shop=shop, actor=actor, counted=0)

    every_shift = list(Shift.objects.order_by("pk"))
    assert [one.number for one in every_shift if one.register_id == front.id] == [*range(1, 12)]
    payments, refunds = list(Payment.objects.all()), list(Refund.objects.all())
    claimed = dict(ShiftClaim.objects.values_list("pk", "shift_id"))
    assert {row.pk for row in (*payments, *refunds) if row.shift_id is None} == claimed.keys()
    for one in every_shift:
        ours = [row for row in payments if claimed.get(row.pk, row.shift_id) == one.pk]
        given = [row for row in refunds if claimed.get(row.pk, row.shift_id) == one.pk]
        cash = [row for row in ours if row.method == "cash"]
        back_in_cash = [row for row in given if row.method == "cash"]
        assert cents(one.report["sales"]) == sum(row.amount for row in ours)
        assert cents(one.report["refunds"]) == sum(row.amount for row in given)
        assert sum(row["count"] for row in one.report["payments"]) == len(ours)
        assert cents(one.report["expected_cash"]) == sum(
            row.amount + row.tip for row in cash
        ) - sum(row.amount for row in back_in_cash)
    assert sum(cents(one.report["sales"]) for one in every_shift) == sum(
        row.amount for row in payments
    )


def cents(text: str) -> int:
    return int(text.replace(".", ""))
