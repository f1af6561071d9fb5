"""Many tills at once, on real connections: nothing oversold, doubled, skipped or deadlocked."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from core.errors import DomainError
from core.idempotency import Once, Repeated
from pos import orders, payments, tenders
from pos.tickets import Ticket, Wish

pytestmark = pytest.mark.django_db(transaction=True)

CASH = tenders.Tender(method="cash")


def at_once(number: int, act: Callable[[int], object]) -> Counter:
    """Run ``act(0)`` to ``act(number - 1)`` at the same moment; answers what came of it."""
    start = Barrier(number)

    def run(place: int) -> str:
        try:
            start.wait(20)
            act(place)
        except (DomainError, Repeated) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(number) as threads:
        return Counter(threads.map(run, range(number)))


def in_order(shop) -> bool:
    numbers = sorted(shop.orders.values_list("day_number", flat=True))
    seqs = sorted(shop.events.values_list("seq", flat=True))
    return numbers == list(range(1, len(numbers) + 1)) and seqs == list(range(1, len(seqs) + 1))


def test_twenty_tills_sell_the_last_ten_pieces(shop, cashier, cake):
    ticket = Ticket(wishes=[Wish(cake.id, 1)], tenders=[CASH])

    came = at_once(20, lambda place: orders.place(ticket, shop=shop, actor=cashier))

    assert came == {"done": 10, "OutOfStock": 10}
    cake.level.refresh_from_db()
    assert cake.level.quantity == 0
    assert shop.movements.filter(reason="sale").count() == 10
    assert shop.payments.count() == 10
    assert in_order(shop)


def test_tills_selling_the_same_goods_in_any_order_do_not_deadlock(shop, cashier, stocked):
    dishes = [stocked(shop, f"Dish {n}", 100, 100) for n in range(6)]

    def sell(place: int) -> None:
        picked = dishes[place % 6 :] + dishes[: place % 6]
        wishes = [Wish(dish.id, 1) for dish in (picked if place % 2 else picked[::-1])]
        orders.place(Ticket(wishes=wishes), shop=shop, actor=cashier)

    assert at_once(16, sell) == {"done": 16}
    for dish in dishes:
        dish.level.refresh_from_db()
        assert dish.level.quantity == 100 - 16
    assert in_order(shop)


def test_eight_twins_of_one_request_make_one_order_and_get_one_answer(shop, cashier, cake):
    ticket = Ticket(wishes=[Wish(cake.id, 1)], tenders=[CASH])
    bodies = []

    def send(place: int) -> None:
        once = Once(principal="user:1", route="POST", key="k", fingerprint=b"f" * 32)
        try:
            orders.place(ticket, shop=shop, actor=cashier, once=once)
            bodies.append(once.body)
        except Repeated as repeated:
            bodies.append(repeated.body)
            raise

    assert at_once(8, send) == {"done": 1, "Repeated": 7}
    assert len(set(bodies)) == 1
    assert shop.orders.count() == 1


def test_eight_tills_paying_one_order_take_its_total_once(shop, cashier, cake):
    fact = orders.place(Ticket(wishes=[Wish(cake.id, 2)]), shop=shop, actor=cashier)

    came = at_once(8, lambda place: payments.take(fact.id, CASH, shop=shop, actor=cashier))

    assert came == {"done": 1, "OrderClosed": 7}
    assert [payment.amount for payment in shop.payments.all()] == [998]
