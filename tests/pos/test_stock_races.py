"""Promises, sales and counts at the same moment: the level stays the sum of its movements."""

import pytest

from pos import orders, reservations, stock
from pos.stock import Step
from pos.tickets import Ticket, Wish
from tests.pos.test_races import at_once
from tests.pos.test_stock import sums

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixteen_kiosks_are_promised_the_last_ten_pieces(shop, cashier, tea, cake):
    placed = [
        orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier).id
        for _ in range(6)
    ]
    stock.change(shop=shop, actor=cashier, product_id=cake.id, step=Step("count", counted=10))

    came = at_once(
        16,
        lambda place: reservations.reserve(
            {cake.id: 1}, shop=shop, order_id=placed[place % 6], actor=cashier
        ),
    )

    assert came == {"done": 10, "OutOfStock": 6}
    assert sums(cake)[0] == sums(cake)[1] == {"quantity": 10, "reserved": 10}


@pytest.mark.usefixtures("made_up")
def test_an_order_is_sold_or_let_go_and_never_both(shop, cashier, cake):
    order = orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier).id
    reservations.reserve({cake.id: 4}, shop=shop, order_id=order, actor=cashier)

    def act(place: int) -> None:
        end = reservations.sell if place % 2 else reservations.release
        end(shop=shop, order_id=order, actor=cashier)

    assert at_once(8, act) == {"done": 8}
    kept, added = sums(cake)
    assert kept == added
    assert kept in ({"quantity": 5, "reserved": 0}, {"quantity": 9, "reserved": 0})


def test_counting_amid_sales_loses_no_piece(shop, cashier, stocked):
    rice = stocked(shop, "Rice", 100, 100)

    def act(place: int) -> None:
        if place % 3:
            orders.place(Ticket(wishes=[Wish(rice.id, 1)]), shop=shop, actor=cashier)
        else:
            step = Step("waste", pieces=-1)
            stock.change(shop=shop, actor=cashier, product_id=rice.id, step=step)

    assert at_once(16, act) == {"done": 16}
    assert sums(rice)[0] == sums(rice)[1] == {"quantity": 84, "reserved": 0}
