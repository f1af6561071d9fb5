"""Changing and voiding orders: lines come and go, none is overwritten, none is lost."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from core.errors import Invalid, Missing, Stale
from pos import books, changes, orders, payments, registers, shifts, terms
from pos.errors import LineMissing, OrderClosed, OutOfStock, RefundFirst, UnknownProduct
from pos.models import OrderLine
from pos.tenders import Tender
from pos.tickets import Change, Discount, Ticket, Wish

CASH = Tender(method="cash")


def left(product) -> int:
    product.level.refresh_from_db()
    return product.level.quantity


def moved(product) -> list[tuple[str, int]]:
    return list(product.movements.order_by("id").values_list("reason", "delta"))[1:]


@pytest.fixture
def tab(shop, cashier, tea, cake):
    """An open order of one tea and two cakes: 12.48."""
    ticket = Ticket(wishes=[Wish(tea.id, 1), Wish(cake.id, 2)], table="4", note="Window")
    return orders.place(ticket, shop=shop, actor=cashier)


@pytest.fixture
def make(shop, cashier, tab):
    def make(**change):
        return changes.make(tab.id, Change(**change), shop=shop, actor=cashier)

    return make


def test_lines_are_added_and_their_goods_taken(make, tab, tea, cake, shop):
    fact = make(add=[Wish(tea.id, 2), Wish(cake.id, 1)])

    assert [(line.name, line.quantity) for line in fact.items] == [
        ("Tea", 1), ("Cake", 2), ("Tea", 2), ("Cake", 1),
    ]  # fmt: skip
    assert fact.items[:2] == tab.items
    assert (fact.total, fact.version) == ("22.47", 2)
    assert (left(tea), left(cake)) == (0, 7)
    kinds = list(shop.events.order_by("seq").values_list("kind", flat=True))
    assert kinds[-3:] == ["order_updated", "stock_changed", "stock_changed"]
    assert AuditEvent.objects.get(action="order.changed").after["total"] == 2247


def test_a_line_is_voided_and_its_goods_return(make, tab, tea, cake):
    fact = make(void=[tab.items[1].id], void_reason="Dropped")

    assert [line.voided for line in fact.items] == [False, True]
    assert (fact.subtotal, fact.total) == ("2.50", "2.50")
    assert left(cake) == 10
    assert moved(cake) == [("sale", -2), ("void", 2)]
    assert moved(tea) == [("sale", -1)]
    assert OrderLine.objects.get(pk=tab.items[1].id).void_reason == "Dropped"


def test_what_goes_back_may_be_sold_again_in_the_same_change(make, tab, tea):
    fact = make(void=[tab.items[0].id], add=[Wish(tea.id, 3)])

    assert left(tea) == 0
    assert moved(tea) == [("sale", -1), ("void", 1), ("sale", -3)]
    assert [line.voided for line in fact.items] == [True, False, False]


def test_a_discount_is_shared_anew_whenever_lines_change(make, tab, cake):
    cheaper = make(discount=Discount("amount", Decimal(300), "Late"))
    more = make(add=[Wish(cake.id, 1)])
    none = make(discount=Discount())

    assert (cheaper.discount, cheaper.total) == ("3.00", "9.48")
    assert (more.discount, more.total) == ("3.00", "14.47")
    assert [line.discount for line in more.items] == ["0.43", "1.71", "0.86"]
    assert (none.discount, none.total) == ("0.00", "17.47")


def test_what_is_said_about_an_order_changes_and_the_rest_stays(make):
    fact = make(table="9", customer_name="Ada", kitchen_state="preparing")

    assert (fact.table, fact.customer_name, fact.note) == ("9", "Ada", "Window")
    assert (fact.kitchen_state, fact.total) == ("preparing", "12.48")
    assert make(note="").note == ""


def test_delivery_is_charged_while_it_is_one(make, shop, owner):
    terms.change(shop=shop, actor=owner, fields={"delivery_charge": 300})

    delivered = make(order_type="delivery")
    collected = make(order_type="takeaway")

    assert (delivered.charges, delivered.total) == ("3.00", "15.48")
    assert (collected.charges, collected.total) == ("0.00", "12.48")


def test_a_parked_order_is_recalled_and_then_cooked(shop, owner, cashier, tea):
    terms.change(shop=shop, actor=owner, fields={"kitchen_on": "placement"})
    ticket = Ticket(wishes=[Wish(tea.id, 1)], hold=True)
    parked = orders.place(ticket, shop=shop, actor=cashier)

    recalled = changes.make(parked.id, Change(hold=False), shop=shop, actor=cashier)

    assert (parked.is_held, parked.kitchen_at) == (True, None)
    assert not recalled.is_held
    assert recalled.kitchen_at is not None


def test_the_kitchen_goes_on_with_a_paid_order_and_its_lines_stay(make, tab, shop, cashier, tea):
    payments.take(tab.id, CASH, shop=shop, actor=cashier)

    assert make(kitchen_state="ready").kitchen_state == "ready"
    for change in (
        {"add": [Wish(tea.id, 1)]},
        {"void": [tab.items[0].id]},
        {"discount": Discount("percent", Decimal(5))},
        {"order_type": "delivery"},
        {"hold": True},
    ):
        with pytest.raises(OrderClosed):
            make(**change)
    assert left(tea) == 2


def test_an_order_never_costs_less_than_was_paid(make, tab, shop, cashier):
    payments.take(tab.id, Tender(method="cash", amount=1000), shop=shop, actor=cashier)

    with pytest.raises(RefundFirst):
        make(void=[tab.items[1].id])
    fact = make(discount=Discount("amount", Decimal(248)))

    assert (fact.state, fact.due, fact.payment_status) == ("paid", "0.00", "completed")
    assert fact.kitchen_at is not None


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"void": [uuid4()]}, LineMissing),
        ({"add": [Wish(uuid4(), 1)]}, UnknownProduct),
        ({"state": "paid"}, Invalid),
        ({"add": [Wish(None, 1, name="Thing", price=1)] * 499}, Invalid),
    ],
)
def test_a_refused_change_changes_nothing(make, tab, shop, change, refusal):
    before = orders.read(orders.stored(tab.id, shop=shop), shop=shop)
    events = shop.events.count()

    with pytest.raises(refusal):
        make(table="7", **change)

    assert orders.read(orders.stored(tab.id, shop=shop), shop=shop) == before
    assert shop.events.count() == events


def test_more_than_the_shelf_holds_is_not_added(make, tea, tab):
    with pytest.raises(OutOfStock):
        make(add=[Wish(tea.id, 3)], void=[tab.items[1].id])

    assert left(tea) == 2


def test_a_line_is_voided_once(make, tab, cake):
    make(void=[tab.items[1].id])

    with pytest.raises(LineMissing):
        make(void=[tab.items[1].id])

    assert left(cake) == 10


def test_a_stale_version_is_refused(tab, shop, cashier):
    changes.make(tab.id, Change(table="1"), shop=shop, actor=cashier, version=1)

    with pytest.raises(Stale):
        changes.make(tab.id, Change(table="2"), shop=shop, actor=cashier, version=1)
    with pytest.raises(Stale):
        changes.void(tab.id, reason="", shop=shop, actor=cashier, version=1)


def test_another_shops_order_is_missing(tab, other_shop, cashier):
    with pytest.raises(Missing):
        changes.make(tab.id, Change(table="2"), shop=other_shop, actor=cashier)
    with pytest.raises(Missing):
        changes.void(tab.id, reason="", shop=other_shop, actor=cashier)


# --- voiding ------------------------------------------------------------------------------


def test_a_void_order_gives_its_goods_back_and_owes_nothing(tab, make, shop, cashier, tea, cake):
    make(void=[tab.items[0].id])

    fact = changes.void(tab.id, reason="Walked out", shop=shop, actor=cashier)

    assert (fact.state, fact.due, fact.total) == ("void", "0.00", "9.98")
    assert (left(tea), left(cake)) == (3, 10)
    assert moved(tea) == [("sale", -1), ("void", 1)]
    assert shop.events.filter(kind="order_deleted").count() == 1
    trail = AuditEvent.objects.get(action="order.voided")
    assert (trail.actor, trail.after["reason"]) == (cashier, "Walked out")
    for again in (
        lambda: changes.void(tab.id, reason="", shop=shop, actor=cashier),
        lambda: make(table="2"),
        lambda: payments.take(tab.id, CASH, shop=shop, actor=cashier),
    ):
        with pytest.raises(OrderClosed):
            again()
    assert left(cake) == 10


def test_money_is_refunded_before_an_order_is_void(tab, shop, cashier, cake):
    payments.take(tab.id, Tender(method="cash", amount=100), shop=shop, actor=cashier)

    with pytest.raises(RefundFirst) as refusal:
        changes.void(tab.id, reason="", shop=shop, actor=cashier)

    assert refusal.value.details == {"paid": "1.00"}
    assert left(cake) == 8


def test_a_state_of_void_is_a_void(make, tab, shop, tea):
    fact = make(state="void", void_reason="Mistake")

    assert fact.state == "void"
    assert shop.orders.get().void_reason == "Mistake"
    assert left(tea) == 3


# --- constant work ------------------------------------------------------------------------


def test_many_lines_are_added_in_as_many_statements_as_one(shop, cashier, stocked):
    menu = [stocked(shop, f"Dish {n}", 100 + n, 200) for n in range(60)]
    tabs = [
        orders.place(Ticket(wishes=[Wish(menu[0].id, 1)]), shop=shop, actor=cashier) for _ in "12"
    ]

    def statements(tab, lines: int) -> int:
        change = Change(add=[Wish(dish.id, 1) for dish in menu[:lines]], void=[tab.items[0].id])
        with CaptureQueriesContext(connection) as seen:
            changes.make(tab.id, change, shop=shop, actor=cashier)
        return len(seen)

    assert statements(tabs[0], 1) == statements(tabs[1], 60)


# --- the books ----------------------------------------------------------------------------


def test_the_books_of_changed_given_away_late_and_void_orders_are_right(
    shop, owner, cashier, tea, cake
):
    fields = {"tax_rate": 18, "prices_include_tax": False, "delivery_charge": 250}
    terms.change(shop=shop, actor=owner, fields=fields)
    percent = Discount("percent", Decimal("12.5"), "Regular")
    at = timezone.now() - timedelta(days=2)
    first, second, third = (
        orders.place(ticket, shop=shop, actor=cashier)
        for ticket in (
            Ticket(wishes=[Wish(tea.id, 1), Wish(cake.id, 3)], discount=percent),
            Ticket(wishes=[Wish(cake.id, 2, discount=percent)], order_type="delivery"),
            Ticket(wishes=[Wish(tea.id, 9)], sold_at=at, total=1777, tenders=[CASH]),
        )
    )
    change = Change(add=[Wish(cake.id, 2)], void=[first.items[1].id], order_type="delivery")
    changed = changes.make(first.id, change, shop=shop, actor=cashier)
    payments.take(changed.id, CASH, shop=shop, actor=cashier)
    changes.void(second.id, reason="Left", shop=shop, actor=cashier)

    assert third.total == "17.77"
    found = books.verify(shop_id=shop.id)
    assert [each.sentence for each in found if each.wrong] == []
    assert sum(each.looked for each in found) > 0


# --- what settles an order ----------------------------------------------------------------


def test_an_order_settled_by_a_void_is_taxed_in_the_report_of_that_moment(
    taxed, shop, manager, cashier, tea, cake
):
    """The drawer that took its money was counted before; its report stands."""
    register = registers.add(shop=shop, actor=manager, name="Bar")
    by = {"shop": shop, "actor": cashier}
    first = shifts.open(register.id, **by, opening=0)
    wishes = [Wish(tea.id, 1), Wish(cake.id, 1)]
    order = orders.place(Ticket(wishes=wishes, tenders=[Tender(method="cash", amount=295)]), **by)
    before = shifts.close(first.id, **by, counted=295)
    second = shifts.open(register.id, **by, opening=0)

    settled = changes.make(order.id, Change(void=[order.items[1].id]), **by)
    after = shifts.close(second.id, **by, counted=0)

    assert (settled.state, settled.total, settled.tax) == ("paid", "2.95", "0.45")
    assert [one.amount for one in settled.payments] == ["2.95", "0.00"]
    assert (before.sales, before.tax) == ("2.95", "0.00")
    assert (after.sales, after.tax, after.expected_cash) == ("0.00", "0.45", "0.00")
