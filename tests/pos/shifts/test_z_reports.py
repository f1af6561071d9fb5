"""A shift's report: what its drawer should hold, and that money is in one report only."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent
from core import ids
from pos import books, orders, payments, registers, shifts, z_reports
from pos.errors import NotThatMuchCash, NotYourShift
from pos.models import CashMovement, Order, Payment, Refund, Shift, ShiftClaim
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests import factories
from tests.pos.shifts.conftest import give_back, order_of, pay, sell

pytestmark = pytest.mark.django_db


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
