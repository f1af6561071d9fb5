"""Shifts: one at a time at a register, where money goes meanwhile, closed once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import AuditEvent, Shop
from core.idempotency import Once, Repeated
from licensing.models import Site
from pos import registers, shifts
from pos.errors import NameTaken, ShiftClosed, ShiftOpen, UnknownRegister
from pos.models import Shift
from tests.pos.shifts.conftest import drawer, give_back, order_of, sell

pytestmark = pytest.mark.django_db


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
