"""Many devices on one shelf, one order, one day: nothing oversold, lost, skipped or doubled."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from pos import changes, orders, stock
from pos.errors import OutOfStock
from pos.stock import Step
from pos.tickets import Change, Ticket, Wish
from tests.pos.test_races import at_once, in_order

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixteen_buyers_of_the_last_ten_pieces_buy_ten(shop, cashier, cake):
    ticket = Ticket(wishes=[Wish(cake.id, 1)])

    came = at_once(16, lambda place: orders.place(ticket, shop=shop, actor=cashier))

    assert came == {"done": 10, "OutOfStock": 6}
    cake.level.refresh_from_db()
    assert cake.level.quantity == 0
    assert in_order(shop)


def test_eight_devices_on_one_order_lose_no_line(shop, cashier, tea, stocked):
    dishes = [stocked(shop, f"Dish {n}", 100 + n, 100) for n in range(8)]
    tab = orders.place(Ticket(wishes=[Wish(tea.id, 1)]), shop=shop, actor=cashier)

    def act(place: int) -> None:
        other = dishes[-place - 1]
        change = Change(add=[Wish(dishes[place].id, 1), Wish(other.id, 2)])
        changes.make(tab.id, change, shop=shop, actor=cashier)

    assert at_once(8, act) == {"done": 8}

    order = shop.orders.get()
    lines = list(order.lines.order_by("position"))
    assert [line.position for line in lines] == list(range(17))
    assert order.total == 250 + 3 * sum(100 + n for n in range(8))
    assert order.total == sum(line.net + line.tax for line in lines)
    assert order.version == 9
    assert in_order(shop)


def test_a_line_is_voided_by_one_of_eight(shop, cashier, cake):
    tab = orders.place(Ticket(wishes=[Wish(cake.id, 4)]), shop=shop, actor=cashier)

    def act(place: int) -> None:
        try:
            change = Change(void=[tab.items[0].id])
            changes.make(tab.id, change, shop=shop, actor=cashier)
        except changes.LineMissing:
            raise OutOfStock(lines=[]) from None

    assert at_once(8, act) == {"done": 1, "OutOfStock": 7}

    cake.level.refresh_from_db()
    assert cake.level.quantity == 10


def test_voids_and_changes_at_once_leave_shelf_and_movements_equal(shop, cashier, cake, manager):
    stock.change(product_id=cake.id, step=Step("receive", pieces=90), shop=shop, actor=manager)
    tab = orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier)

    def act(place: int) -> None:
        if place == 4:
            changes.void(tab.id, reason="", shop=shop, actor=cashier)
        else:
            change = Change(add=[Wish(cake.id, 1)])
            changes.make(tab.id, change, shop=shop, actor=cashier)

    came = at_once(8, act)

    assert came["done"] + came["OrderClosed"] == 8
    assert shop.orders.get().state == "void"
    cake.level.refresh_from_db()
    assert cake.level.quantity == 100
    assert sum(cake.movements.values_list("delta", flat=True)) == 100


def test_numbers_of_a_day_have_no_gap_around_its_first_hour(shop, cashier, cake):
    """The day begins at four: sales of 3:59 and 4:01 count apart, refused ones leave no gap."""
    shop.day_starts_at = 4
    shop.timezone = "Asia/Kolkata"
    shop.save()
    day = (timezone.now() - timedelta(days=3)).date()
    four = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) - timedelta(hours=5, minutes=30)

    def act(place: int) -> None:
        at = four + timedelta(minutes=1 if place % 2 else -1)
        if place % 4 == 3:  # refused after its number was taken
            ticket = Ticket(wishes=[Wish(cake.id, 99)])
        else:
            ticket = Ticket(wishes=[Wish(cake.id, 1)], sold_at=at)
        orders.place(ticket, shop=shop, actor=cashier)

    assert at_once(16, act) == {"done": 12, "OutOfStock": 4}

    before, after = day - timedelta(days=1), day
    numbers = {
        each: sorted(shop.orders.filter(business_day=each).values_list("day_number", flat=True))
        for each in (before, after)
    }
    assert numbers == {before: list(range(1, 9)), after: list(range(1, 5))}
    assert shop.orders.filter(number=f"ORD-{after:%Y%m%d}-0004").count() == 1
