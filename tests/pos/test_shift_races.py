"""Shifts close while the house's own verbs sell, settle and give back: every cent in one report."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import Shop, User
from pos import books, orders, payments, refunds, registers, shifts
from pos.models import Payment, Refund, Shift, ShiftClaim
from pos.tenders import Tender
from pos.tickets import Ticket, Wish

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 8
SALES = 12  # at each till, at least
BETWEEN = 12  # sales between opening and closing, and until the next opening


def cents(text: str) -> int:
    return int(text.replace(".", ""))


def sell(shop: Shop, actor: User, product: Any, register_id: Any, turn: int) -> None:
    """Every second sale is paid later, every third by card, of every fourth some is given back."""
    method = "card" if turn % 3 == 0 else "cash"
    tender = Tender(method=method, register_id=register_id, tip=turn)
    ticket = Ticket(wishes=[Wish(product.pk, 1 + turn % 2)], tenders=[tender] if turn % 2 else [])
    order = orders.place(ticket, shop=shop, actor=actor)
    if not ticket.tenders:
        payments.take(order.id, tender, shop=shop, actor=actor)
    if turn % 4 == 0:
        refunds.give(
            order.id, amount=99, reason="cold", register_id=register_id, shop=shop, actor=actor
        )


class Tills:
    """Eight tills that sell until they are told that the shop has closed."""

    def __init__(self, sell: Callable[[int, int], None]) -> None:
        self.sell = sell
        self.closed = threading.Event()
        self.sold = threading.Semaphore(0)

    def work(self, place: int) -> None:
        try:
            turn = 0
            while turn < SALES or not self.closed.is_set():
                turn += 1
                self.sell(place, turn)
                self.sold.release()
        finally:
            connection.close()

    def go_on(self) -> None:
        """Return when so many more sales were made, most of them begun since."""
        while self.sold.acquire(blocking=False):
            pass
        for _ in range(BETWEEN):
            assert self.sold.acquire(timeout=30)

    def while_selling(self, act: Callable[[], None]) -> None:
        with ThreadPoolExecutor(TILLS) as threads:
            working = [threads.submit(self.work, place) for place in range(TILLS)]
            try:
                act()
            finally:
                self.closed.set()
            for each in working:
                each.result()


def check(report: Any, taken: list[Payment], given: list[Refund]) -> None:
    cash = [each for each in taken if each.method == "cash"]
    back = [each for each in given if each.method == "cash"]
    held = cents(report["float"]) + sum(each.amount + each.tip for each in cash)
    assert cents(report["sales"]) == sum(each.amount for each in taken)
    assert cents(report["cash_sales"]) == sum(each.amount for each in cash)
    assert cents(report["tips"]) == sum(each.tip for each in cash)
    assert cents(report["refunds"]) == sum(each.amount for each in given)
    assert cents(report["expected_cash"]) == held - sum(each.amount for each in back)
    assert sum(row["count"] for row in report["payments"]) == len(taken)


def by_report(rows: Any) -> dict[Any, list[Any]]:
    """Each payment or refund under the one shift that counts it."""
    claims = dict(ShiftClaim.objects.values_list("pk", "shift_id"))
    found: dict[Any, list[Any]] = {pk: [] for pk in Shift.objects.values_list("pk", flat=True)}
    for row in rows:
        assert (row.shift_id is None) == (row.pk in claims)
        found[row.shift_id or claims[row.pk]].append(row)
    return found


def test_shifts_close_under_load_and_balance(shop, manager, cashier, stocked):
    coffee = stocked(shop, "Coffee", 310, 100_000)
    front = registers.add(shop=shop, actor=manager, name="Front")
    back = registers.add(shop=shop, actor=manager, name="Back")

    def till(place: int, turn: int) -> None:
        # six name the register, one the other one, one none: its shift is the cashier's own
        register_id = {6: back.id, 7: None}.get(place, front.id)
        sell(shop, cashier if place % 2 else manager, coffee, register_id, turn)

    tills = Tills(till)

    def open_and_close() -> None:
        for _ in range(8):
            shift = shifts.open(front.id, shop=shop, actor=cashier, opening=50_00)
            tills.go_on()
            shifts.close(shift.id, shop=shop, actor=cashier, counted=50_00)
            tills.go_on()

    tills.while_selling(open_and_close)
    for register in (front, back):  # what came last, while none was open
        shift = shifts.open(register.id, shop=shop, actor=cashier, opening=0)
        shifts.close(shift.id, shop=shop, actor=cashier, counted=0)

    reports = {shift.pk: shift.report for shift in Shift.objects.all()}
    assert len(reports) == 10
    taken, given = by_report(shop.payments.all()), by_report(shop.refunds.all())
    for pk, report in reports.items():
        check(report, taken[pk], given[pk])
    assert shop.payments.filter(shift=None).count() >= 8
    assert shop.payments.exclude(shift=None).count() >= 8
    assert shop.payments.count() == shop.orders.filter(state="paid").count() >= TILLS * SALES
    sold = sum(shop.orders.values_list("total", flat=True))
    assert sum(cents(report["sales"]) for report in reports.values()) == sold
    assert (
        sum(cents(report["refunds"]) for report in reports.values())
        == sum(shop.refunds.values_list("amount", flat=True))
        >= 99 * TILLS
    )
    assert [rule for rule in books.verify(shop_id=shop.id) if rule.wrong] == []
