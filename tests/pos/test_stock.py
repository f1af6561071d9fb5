"""The shelf: counts told late, promises, low stock; the level is the sum of its movements."""

import json
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from core import ids
from pos import orders, reservations, stock
from pos.errors import NothingMoves, OutOfStock, TooManyPieces
from pos.models import StockMovement
from pos.stock import Step
from pos.tickets import Ticket, Wish

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(api, manager):
    return api(manager)


@pytest.fixture
def rice(shop, stocked):
    """An empty shelf."""
    return stocked(shop, "Rice", 100, 0)


@pytest.fixture
def act(shop, manager, rice):
    """Take a step some hours ago: ``act("receive", 5, ago=3)``; answers what is left."""

    def take(reason: str, pieces: int, ago: float = 0) -> int:
        at = timezone.now() - ago * HOUR if ago else None
        given = {"counted": pieces} if reason == "count" else {"pieces": pieces}
        step = Step(reason, occurred_at=at, **given)
        return stock.change(shop=shop, actor=manager, product_id=rice.id, step=step).quantity

    return take


def sums(product):
    """The level as it stands, and as its movements add up."""
    product.level.refresh_from_db()
    added = product.movements.aggregate(quantity=Sum("delta"), reserved=Sum("reserved"))
    kept = {"quantity": product.level.quantity, "reserved": product.level.reserved}
    return kept, {name: value or 0 for name, value in added.items()}


def lay(product, ago: float) -> int:
    """How many pieces lay there some hours ago, as the movements tell it."""
    then = product.movements.filter(occurred_at__lte=timezone.now() - ago * HOUR)
    return then.aggregate(pieces=Sum("delta"))["pieces"] or 0


# --- counts ---------------------------------------------------------------------------------


def test_a_count_told_late_keeps_what_came_and_went_since(act, rice):
    act("receive", 20, ago=9)
    act("waste", -3, ago=3)
    act("receive", 10, ago=1)

    assert act("count", 15, ago=5) == 22  # 15 counted, then 3 wasted and 10 received
    kept, added = sums(rice)
    assert kept == added == {"quantity": 22, "reserved": 0}
    assert [lay(rice, ago) for ago in (8, 4, 2)] == [20, 15, 12]


def test_what_is_told_late_does_not_change_what_a_later_count_meant(act, rice):
    act("receive", 20, ago=9)
    act("count", 15, ago=5)

    assert act("waste", -4, ago=7) == 15  # the count has seen it
    assert act("receive", 5, ago=2) == 20  # this came after it
    kept, added = sums(rice)
    assert kept == added == {"quantity": 20, "reserved": 0}
    assert [lay(rice, ago) for ago in (8, 6, 4, 1)] == [20, 16, 15, 20]


def test_a_count_before_a_count_changes_nothing_after_the_second(act, rice):
    act("receive", 20, ago=9)
    act("count", 15, ago=5)
    act("receive", 2, ago=4)

    assert act("count", 18, ago=7) == 17
    assert [lay(rice, ago) for ago in (8, 6, 4.5, 1)] == [20, 18, 15, 17]


def test_between_two_counts_the_nearer_one_has_seen_it(act, rice):
    act("count", 10, ago=8)
    act("count", 30, ago=4)

    assert act("receive", 7, ago=6) == 30
    assert [lay(rice, ago) for ago in (7, 5, 3)] == [10, 17, 30]


def test_nothing_that_was_written_is_written_over(act, rice):
    act("count", 15, ago=5)
    before = set(rice.movements.values_list("id", "delta", "occurred_at"))

    act("waste", -4, ago=7)

    assert before < set(rice.movements.values_list("id", "delta", "occurred_at"))


def test_a_count_of_now_is_what_is_left_and_a_clock_ahead_is_now(act, rice, shop, manager):
    act("receive", 20)
    assert act("count", 8) == 8

    step = Step("count", counted=5, occurred_at=timezone.now() + timedelta(minutes=3))
    stock.change(shop=shop, actor=manager, product_id=rice.id, step=step)

    assert act("receive", 1) == 6
    assert not rice.movements.filter(occurred_at__gt=timezone.now()).exists()


def test_a_late_count_over_the_wire(desk, shop, act, rice):
    act("receive", 20, ago=9)
    act("waste", -3, ago=3)
    at = (timezone.now() - 5 * HOUR).isoformat()

    reply = put(desk, shop, rice, {"quantity": 15, "reason": "count", "occurred_at": at})

    assert (reply.status_code, reply.json()["quantity"]) == (200, 12)


@pytest.mark.parametrize(
    "at",
    [
        "2099-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-01-01T00:00:00",
        "yesterday",
    ],
)
def test_a_time_that_cannot_be_is_refused(desk, shop, rice, at):
    reply = put(desk, shop, rice, {"quantity": 15, "occurred_at": at})

    assert (reply.status_code, [*reply.json()["errors"]]) == (400, ["occurred_at"])
    assert not rice.movements.exists()


def test_a_shelf_has_an_end(act, rice):
    act("receive", 10**9)

    with pytest.raises(TooManyPieces):
        act("receive", 1)
    assert sums(rice)[0]["quantity"] == 10**9


# --- the shelf itself -------------------------------------------------------------------------


def put(client, shop, product, body):
    path = f"/shops/{shop.id}/inventory/{product.id}"
    return client.put(path, json.dumps(body), content_type="application/json")


def test_the_shelf_has_its_own_policy_and_reorder_level(desk, shop, rice):
    row = put(desk, shop, rice, {"reorder_level": 5, "policy": "allow"}).json()

    assert (row["reorder_level"], row["policy"], row["quantity"]) == (5, "allow", 0)
    assert not rice.movements.exists()
    line = shop.audit.get(action="stock.plan")
    assert (line.before["reorder_level"], line.after["reorder_level"]) == (0, 5)
    both = put(desk, shop, rice, {"delta": 4, "reorder_level": 3}).json()
    assert (both["quantity"], both["reorder_level"], both["is_low"]) == (4, 3, False)


def test_counting_is_never_refused_but_planning_is(desk, shop, rice, locked):
    assert put(desk, shop, rice, {"quantity": 4}).status_code == 200
    assert put(desk, shop, rice, {"quantity": 4, "policy": "block"}).status_code == 200
    refused = put(desk, shop, rice, {"quantity": 9, "reorder_level": 5})

    assert (refused.status_code, refused.json()["code"]) == (423, "site_locked")
    assert sums(rice)[0]["quantity"] == 4


def test_the_change_that_takes_a_shelf_to_its_reorder_level_says_so(desk, shop, cashier, rice, act):
    act("receive", 6)
    put(desk, shop, rice, {"reorder_level": 4})

    def told():
        kind = shop.events.filter(kind="stock_changed").order_by("seq").last()
        row = json.loads(kind.data)
        return row["quantity"], row["is_low"], row.get("stock_low")

    orders.place(Ticket(wishes=[Wish(rice.id, 1)]), shop=shop, actor=cashier)
    assert told() == (5, False, None)
    orders.place(Ticket(wishes=[Wish(rice.id, 1)]), shop=shop, actor=cashier)
    assert told() == (4, True, True)
    orders.place(Ticket(wishes=[Wish(rice.id, 1)]), shop=shop, actor=cashier)
    assert told() == (3, True, None)
    act("receive", 5)
    assert told() == (8, False, None)
    act("waste", -5)
    assert told() == (3, True, True)
    assert "stock_low" not in desk.get(f"/shops/{shop.id}/inventory/{rice.id}").json()


def test_what_is_low_is_listed(desk, shop, stocked, rice):
    tea = stocked(shop, "Tea", 250, 3)

    def found(query):
        path = f"/shops/{shop.id}/inventory?{query}"
        return [row["name"] for row in desk.get(path).json()]

    assert found("") == ["Rice", "Tea"]
    assert found("low=true") == ["Rice"]
    assert found("low=false") == ["Tea"]
    put(desk, shop, tea, {"reorder_level": 3})
    assert found("low=1") == ["Rice", "Tea"]
    assert desk.get(f"/shops/{shop.id}/inventory?low=very").status_code == 400


# --- promises ---------------------------------------------------------------------------------


@pytest.fixture
def order(shop, cashier, tea):
    """An order's id, for goods to be promised to."""
    return orders.place(Ticket(wishes=[Wish(tea.id, 1)]), shop=shop, actor=cashier).id


def test_what_is_promised_stays_on_the_shelf_and_is_not_for_sale(shop, cashier, order, act, rice):
    act("receive", 5)

    (told,) = reservations.reserve({rice.id: 3}, shop=shop, order_id=order, actor=cashier)

    row = json.loads(told.data)
    assert (row["quantity"], row["reserved"], row["available"]) == (5, 3, 2)
    kept, added = sums(rice)
    assert kept == added == {"quantity": 5, "reserved": 3}
    with pytest.raises(OutOfStock):
        orders.place(Ticket(wishes=[Wish(rice.id, 3)]), shop=shop, actor=cashier)
    with pytest.raises(OutOfStock) as refused:
        reservations.reserve({rice.id: 3}, shop=shop, order_id=order, actor=cashier)
    (line,) = refused.value.details["lines"]
    assert line == {"product_id": rice.id, "name": "Rice", "wanted": 3, "left": 2}
    assert sums(rice)[0] == {"quantity": 5, "reserved": 3}


def test_a_promise_is_let_go_once(shop, cashier, order, act, rice, tea):
    act("receive", 5)
    reservations.reserve({rice.id: 3, tea.id: 1}, shop=shop, order_id=order, actor=cashier)

    first = reservations.release(shop=shop, order_id=order, actor=None)
    second = reservations.release(shop=shop, order_id=order, actor=None)

    assert ({json.loads(one.data)["name"] for one in first}, second) == ({"Rice", "Tea"}, [])
    assert sums(rice)[0] == sums(rice)[1] == {"quantity": 5, "reserved": 0}
    reasons = rice.movements.order_by("id").values_list("reason", "delta", "reserved")
    assert list(reasons) == [("receive", 5, 0), ("reservation", 0, 3), ("release", 0, -3)]


@pytest.mark.usefixtures("made_up")
def test_what_was_promised_is_sold_once(shop, cashier, order, act, rice, desk):
    act("receive", 5)
    put(desk, shop, rice, {"reorder_level": 2})
    reservations.reserve({rice.id: 3}, shop=shop, order_id=order, actor=cashier)

    (told,) = reservations.sell(shop=shop, order_id=order, actor=cashier)

    row = json.loads(told.data)
    assert (row["quantity"], row["reserved"], row["stock_low"]) == (2, 0, True)
    assert reservations.sell(shop=shop, order_id=order, actor=cashier) == []
    assert reservations.release(shop=shop, order_id=order, actor=None) == []
    kept, added = sums(rice)
    assert kept == added == {"quantity": 2, "reserved": 0}
    assert StockMovement.objects.filter(product=rice, reason="sale").get().delta == -3


def test_a_shelf_that_allows_it_promises_beyond_what_is_there(shop, cashier, order, stocked):
    soup = stocked(shop, "Soup", 300, 0, stock_policy="allow")

    reservations.reserve({soup.id: 2}, shop=shop, order_id=order, actor=cashier)

    assert sums(soup)[0] == {"quantity": 0, "reserved": 2}


def test_nothing_is_promised_of_another_shops_goods(shop, other_shop, cashier, order, rice, act):
    act("receive", 5)

    with pytest.raises(OutOfStock):
        reservations.reserve({rice.id: 1}, shop=other_shop, order_id=order, actor=cashier)
    with pytest.raises(NothingMoves):
        reservations.reserve({rice.id: 0}, shop=shop, order_id=order, actor=cashier)
    wished = {rice.id: 1, ids.new(): 1}
    with pytest.raises(OutOfStock):
        reservations.reserve(wished, shop=shop, order_id=order, actor=cashier)
    assert sums(rice)[0] == {"quantity": 5, "reserved": 0}
