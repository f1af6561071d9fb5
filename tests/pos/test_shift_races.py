"""Shifts close while the house's own verbs sell, settle and give back: every cent in one report."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.models import Shop, User
from pos import books, orders, payments, registers, shifts
from pos.models import Payment, Shift, ShiftClaim
from pos.tenders import Tender
from pos.tickets import Ticket, Wish

pytestmark = pytest.mark.django_db(transaction=True)

TILLS = 8
SALES = 12  # at each till, at least
BETWEEN = 5  # sales between opening and closing, and until the next opening


def cents(text: str) -> int:
    return int(text.replace(".", ""))


def sell(shop: Shop, actor: User, product: Any, register_id: Any, turn: int) -> None:
    """Every second sale is paid later, every third by card."""
    method = "card" if turn % 3 == 0 else "cash"
    tender = Tender(method=method, register_id=register_id, tip=turn)
    ticket = Ticket(wishes=[Wish(product.pk, 1 + turn % 2)], tenders=[tender] if turn % 2 else [])
    order = orders.place(ticket, shop=shop, actor=actor)
    if not ticket.tenders:
        payments.take(order.id, tender, shop=shop, actor=actor)


def test_shifts_close_under_load_and_balance(shop, manager, cashier, stocked):
    coffee = stocked(shop, "Coffee", 310, 10_000)
    front = registers.add(shop=shop, actor=manager, name="Front")
    back = registers.add(shop=shop, actor=manager, name="Back")
    closed = threading.Event()
    sold = threading.Semaphore(0)

    def let_them_sell() -> None:
        for _ in range(BETWEEN):
            assert sold.acquire(timeout=30)

    def till(place: int) -> None:
        # six name the register, one the other one, one none: its shift is the cashier's own
        register_id = {6: back.id, 7: None}.get(place, front.id)
        actor = cashier if place % 2 else manager
        try:
            turn = 0
            while turn < SALES or not closed.is_set():
                turn += 1
                sell(shop, actor, coffee, register_id, turn)
                sold.release()
        finally:
            connection.close()

    with ThreadPoolExecutor(TILLS) as threads:
        tills = [threads.submit(till, place) for place in range(TILLS)]
        try:
            for _ in range(8):
                shift = shifts.open(front.id, shop=shop, actor=cashier, opening=50_00)
                let_them_sell()
                shifts.close(shift.id, shop=shop, actor=cashier, counted=50_00)
                let_them_sell()
        finally:
            closed.set()
        for each in tills:
            each.result()
    for register in (front, back):  # what came last, while none was open
        shift = shifts.open(register.id, shop=shop, actor=cashier, opening=0)
        shifts.close(shift.id, shop=shop, actor=cashier, counted=0)

    reports = {shift.pk: shift.report for shift in Shift.objects.all()}
    assert len(reports) == 10
    claims = dict(ShiftClaim.objects.values_list("payment_id", "shift_id"))
    counted: dict[Any, list[Payment]] = {pk: [] for pk in reports}
    for payment in shop.payments.all():
        assert (payment.shift_id is None) == (payment.pk in claims)
        counted[payment.shift_id or claims[payment.pk]].append(payment)
    for pk, taken in counted.items():
        cash = [each for each in taken if each.method == "cash"]
        assert cents(reports[pk]["sales"]) == sum(each.amount for each in taken)
        assert cents(reports[pk]["cash_sales"]) == sum(each.amount for each in cash)
        assert cents(reports[pk]["tips"]) == sum(each.tip for each in cash)
        assert sum(row["count"] for row in reports[pk]["payments"]) == len(taken)
    assert shop.payments.filter(shift=None).count() >= 8
    assert shop.payments.exclude(shift=None).count() >= 8
    assert shop.payments.count() == shop.orders.filter(state="paid").count() >= TILLS * SALES
    sold = sum(shop.orders.values_list("total", flat=True))
    assert sum(cents(report["sales"]) for report in reports.values()) == sold
    assert [rule for rule in books.verify(shop_id=shop.id) if rule.wrong] == []
