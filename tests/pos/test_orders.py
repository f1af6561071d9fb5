"""Placing and paying orders: the write recipe, right to the cent and to the piece."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from core.idempotency import Once, Repeated
from licensing.errors import SiteLocked
from licensing.models import Site
from pos import orders, payments, terms
from pos.errors import (
    ClientIdReused,
    EmptyOrder,
    OrderClosed,
    OutOfStock,
    TooLittleTendered,
    TooMuchPaid,
    TotalMismatch,
    UnknownProduct,
)
from pos.models import Order, Product
from pos.tenders import Tender
from pos.tickets import Ticket, Wish

CASH = Tender(method="cash")


def wishes(*pairs):
    return [Wish(product.id, quantity) for product, quantity in pairs]


def left(product: Product) -> int:
    product.level.refresh_from_db()
    return product.level.quantity


def changed(shop) -> dict[str, int]:
    """What a sale would have written: nothing, where it was refused."""
    return {
        "orders": shop.orders.count(),
        "sales": shop.movements.filter(reason="sale").count(),
        "payments": shop.payments.count(),
        "events": shop.events.filter(kind__startswith="order").count(),
        "audit": AuditEvent.objects.filter(action__startswith="order").count(),
    }


NOTHING = {"orders": 0, "sales": 0, "payments": 0, "events": 0, "audit": 0}


def test_a_cash_sale_takes_goods_and_money_and_tells_every_screen(shop, cashier, tea, cake):
    ticket = Ticket(
        wishes=wishes((tea, 2), (cake, 1)),
        tenders=[Tender(method="cash", tendered=2000)],
        table="4",
        customer_name="Ada",
    )

    fact = orders.place(ticket, shop=shop, actor=cashier)

    today = shop.orders.get().business_day
    assert (fact.order_number, fact.call_number) == (f"ORD-{today:%Y%m%d}-0001", "001")
    assert (fact.subtotal, fact.tax, fact.total) == ("9.99", "0.33", "9.99")
    assert (fact.paid, fact.due, fact.change) == ("9.99", "0.00", "10.01")
    assert (fact.state, fact.payment_method, fact.payment_status) == ("paid", "cash", "completed")
    assert [(line.name, line.quantity, line.total) for line in fact.items] == [
        ("Tea", 2, "5.00"),
        ("Cake", 1, "4.99"),
    ]
    assert (left(tea), left(cake)) == (1, 9)
    kinds = list(shop.events.order_by("seq").values_list("kind", flat=True))
    assert kinds[-3:] == ["order_created", "stock_changed", "stock_changed"]
    trail = AuditEvent.objects.get(action="order.placed")
    assert (trail.actor, trail.target_id) == (cashier, str(fact.id))
    assert trail.after["total"] == 999


def test_what_was_placed_reads_the_same_from_the_database(shop, cashier, tea, cake):
    ticket = Ticket(wishes=wishes((tea, 1), (cake, 2)), tenders=[CASH], note="No ice")

    fact = orders.place(ticket, shop=shop, actor=cashier)

    stored = shop.orders.with_facts().get()
    assert orders.read(stored, shop=shop) == fact


def test_tax_on_top_is_added_line_by_line(taxed, cashier, tea, cake):
    fact = orders.place(Ticket(wishes=wishes((tea, 3), (cake, 1))), shop=taxed, actor=cashier)

    assert [line.tax for line in fact.items] == ["1.35", "0.35"]
    assert (fact.subtotal, fact.tax, fact.total) == ("12.49", "1.70", "14.19")
    assert (fact.state, fact.due, fact.payment_status) == ("open", "14.19", "pending")


def test_the_same_product_on_two_lines_is_taken_once_for_both(shop, cashier, tea):
    fact = orders.place(Ticket(wishes=wishes((tea, 1), (tea, 2))), shop=shop, actor=cashier)

    assert [line.quantity for line in fact.items] == [1, 2]
    assert left(tea) == 0
    assert shop.movements.filter(reason="sale").get().delta == -3


def test_numbers_of_a_day_have_no_gap_though_sales_are_refused(shop, cashier, cake):
    for quantity in (1, 99, 1):
        try:
            orders.place(Ticket(wishes=wishes((cake, quantity))), shop=shop, actor=cashier)
        except OutOfStock:
            continue

    assert list(shop.orders.order_by("id").values_list("day_number", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("ticket", "refusal"),
    [
        (lambda tea: Ticket(wishes=[]), EmptyOrder),
        (lambda tea: Ticket(wishes=wishes((tea, 2), (tea, 2))), OutOfStock),
        (lambda tea: Ticket(wishes=wishes((tea, 1)), total=249), TotalMismatch),
        (lambda tea: Ticket(wishes=[Wish(tea.shop_id, 1)]), UnknownProduct),
        (
            lambda tea: Ticket(
                wishes=wishes((tea, 1)), tenders=[Tender(method="cash", tendered=200)]
            ),
            TooLittleTendered,
        ),
        (
            lambda tea: Ticket(
                wishes=wishes((tea, 1)), tenders=[Tender(method="cash", amount=251)]
            ),
            TooMuchPaid,
        ),
    ],
)
def test_a_refused_order_changes_nothing(shop, cashier, tea, ticket, refusal):
    with pytest.raises(refusal):
        orders.place(ticket(tea), shop=shop, actor=cashier)

    assert left(tea) == 3
    assert changed(shop) == NOTHING


def test_an_order_beyond_stock_names_every_short_line(shop, cashier, tea, cake):
    with pytest.raises(OutOfStock) as refusal:
        orders.place(Ticket(wishes=wishes((tea, 4), (cake, 11))), shop=shop, actor=cashier)

    assert refusal.value.details == {
        "lines": [
            {"product_id": tea.id, "name": "Tea", "wanted": 4, "left": 3},
            {"product_id": cake.id, "name": "Cake", "wanted": 11, "left": 10},
        ]
    }


def test_a_total_that_is_not_ours_is_refused_with_both(shop, cashier, tea):
    with pytest.raises(TotalMismatch) as refusal:
        orders.place(Ticket(wishes=wishes((tea, 1)), total=1), shop=shop, actor=cashier)

    assert refusal.value.details == {"ours": "2.50", "yours": "0.01"}


def test_a_product_that_may_run_short_sells_below_zero(shop, cashier, stocked):
    water = stocked(shop, "Tap water", 0, 0, stock_policy="allow")

    fact = orders.place(Ticket(wishes=wishes((water, 2)), tenders=[CASH]), shop=shop, actor=cashier)

    assert left(water) == -2
    assert (fact.state, fact.total) == ("paid", "0.00")


@pytest.mark.parametrize(
    "asleep", [{"is_active": False}, {"snoozed_until": datetime(9999, 12, 31, tzinfo=UTC)}]
)
def test_what_is_off_the_menu_cannot_be_sold(shop, cashier, tea, asleep):
    Product.objects.filter(pk=tea.pk).update(**asleep)

    with pytest.raises(UnknownProduct) as refusal:
        orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier)

    assert refusal.value.details == {"product_ids": [tea.id]}


def test_another_shops_product_is_unknown(shop, cashier, other_shop, stocked):
    foreign = stocked(other_shop, "Rival's tea", 250, 3)

    with pytest.raises(UnknownProduct):
        orders.place(Ticket(wishes=wishes((foreign, 1))), shop=shop, actor=cashier)

    assert left(foreign) == 3


def test_a_locked_site_places_no_new_order_and_settles_the_open_one(shop, cashier, tea):
    fact = orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier)
    Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid.").shops.add(shop)

    with pytest.raises(SiteLocked):
        orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier)

    assert payments.take(fact.id, CASH, shop=shop, actor=cashier).state == "paid"
    assert left(tea) == 2


# --- once ---------------------------------------------------------------------------------


def once(key="k1", fingerprint=b"f" * 32):
    return Once(principal="user:1", route="POST orders", key=key, fingerprint=fingerprint)


def test_a_repeated_key_gets_the_first_bytes_whatever_changed_since(shop, cashier, tea):
    first = once()
    orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier, once=first)
    Product.objects.filter(pk=tea.pk).update(is_active=False)
    Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid.").shops.add(shop)

    with pytest.raises(Repeated) as again:
        orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier, once=once())

    assert (again.value.status, again.value.body) == (201, first.body)
    assert shop.orders.count() == 1
    assert left(tea) == 2


def test_a_refused_order_leaves_its_key_free(shop, cashier, tea):
    with pytest.raises(OutOfStock):
        orders.place(Ticket(wishes=wishes((tea, 9))), shop=shop, actor=cashier, once=once())

    orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier, once=once())

    assert shop.orders.count() == 1


def test_a_clients_id_makes_one_order_even_after_its_key_is_forgotten(shop, cashier, tea):
    ticket = Ticket(wishes=wishes((tea, 1)), client_id="till-7-42")
    orders.place(ticket, shop=shop, actor=cashier, once=once("till-7-42"))

    with pytest.raises(Repeated) as again:
        orders.place(ticket, shop=shop, actor=cashier, once=once("another key"))

    assert b'"client_id":"till-7-42"' in again.value.body
    assert list(shop.orders.values_list("day_number", flat=True)) == [1]
    assert (
        orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier).call_number == "002"
    )


def test_a_clients_id_for_another_order_is_refused(shop, cashier, tea):
    ticket = Ticket(wishes=wishes((tea, 1)), client_id="till-7-42")
    orders.place(ticket, shop=shop, actor=cashier, once=once("a"))

    with pytest.raises(ClientIdReused):
        orders.place(ticket, shop=shop, actor=cashier, once=once("b", b"g" * 32))


# --- paying later -------------------------------------------------------------------------


def test_an_open_order_is_paid_in_parts(shop, cashier, cake):
    fact = orders.place(Ticket(wishes=wishes((cake, 2))), shop=shop, actor=cashier)

    part = payments.take(fact.id, Tender(method="cash", amount=500), shop=shop, actor=cashier)
    whole = payments.take(fact.id, Tender(method="cash", tendered=1000), shop=shop, actor=cashier)

    assert (part.state, part.payment_status, part.due) == ("open", "partial", "4.98")
    assert (whole.state, whole.due, whole.change, whole.version) == ("paid", "0.00", "5.02", 3)
    assert [payment.amount for payment in whole.payments] == ["5.00", "4.98"]
    assert shop.events.filter(kind="order_updated").count() == 2


@pytest.mark.parametrize(
    ("tender", "refusal"),
    [(Tender(method="cash", amount=251), TooMuchPaid), (CASH, OrderClosed)],
)
def test_nobody_pays_more_than_is_due(shop, cashier, tea, tender, refusal):
    paid = [CASH] if refusal is OrderClosed else []
    ticket = Ticket(wishes=wishes((tea, 1)), tenders=paid)
    fact = orders.place(ticket, shop=shop, actor=cashier)

    with pytest.raises(refusal):
        payments.take(fact.id, tender, shop=shop, actor=cashier)

    assert shop.payments.count() == len(paid)


# --- constant work ------------------------------------------------------------------------


def test_a_hundred_lines_take_as_many_statements_as_one(shop, cashier, stocked):
    menu = [stocked(shop, f"Dish {n}", 100 + n, 100) for n in range(100)]

    def statements(lines: int) -> int:
        ticket = Ticket(wishes=[Wish(dish.id, 1) for dish in menu[:lines]], tenders=[CASH])
        with CaptureQueriesContext(connection) as seen:
            orders.place(ticket, shop=shop, actor=cashier, once=once(f"{lines} lines"))
        return len(seen)

    few, many = statements(1), statements(100)

    assert few == many
    assert few <= 20


def test_a_shops_own_rate_and_prefix_are_used(shop, owner, cashier, tea):
    terms.change(
        shop=shop, actor=owner, fields={"tax_rate": Decimal("8.875"), "order_number_prefix": "A"}
    )

    fact = orders.place(Ticket(wishes=wishes((tea, 1))), shop=shop, actor=cashier)

    assert fact.order_number.startswith("A-")
    assert fact.items[0].tax_rate == "8.875"
    assert Order.objects.get().includes_tax
