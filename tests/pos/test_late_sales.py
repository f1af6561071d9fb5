"""Sales that a till made while it was cut off: recorded as they were made, and flagged."""

from datetime import timedelta

import pytest
from django.utils import timezone

from licensing.errors import SiteLocked
from licensing.models import Site
from pos import catalog, orders, terms
from pos.errors import UnknownProduct
from pos.tenders import Tender
from pos.tickets import Ticket, Wish

CASH = Tender(method="cash")


def sold(*wishes: Wish, minutes_ago: float = 1, **more) -> Ticket:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return Ticket(wishes=wishes, sold_at=at, tenders=[CASH], **more)


@pytest.fixture(autouse=True)
def _midday(shop):
    """A business day that began hours ago, whenever the tests run."""
    shop.day_starts_at = (timezone.now() - timedelta(hours=6)).hour % 13
    shop.save()


def left(product) -> int:
    product.level.refresh_from_db()
    return product.level.quantity


def test_a_sale_made_before_is_recorded_at_its_time_without_a_flag(shop, cashier, tea):
    ticket = sold(Wish(tea.id, 2), total=500)

    fact = orders.place(ticket, shop=shop, actor=cashier)

    assert (fact.state, fact.total, fact.created_at) == ("paid", "5.00", ticket.sold_at)
    assert fact.recorded_at > fact.created_at
    assert set(fact.flags) <= {"late"}
    assert shop.movements.get(reason="sale").occurred_at == ticket.sold_at
    assert shop.payments.get().at == ticket.sold_at


@pytest.mark.parametrize("taxed_on_top", [True, False])
@pytest.mark.parametrize("promised", [1, 499, 801, 1498, 1500, 2000])
def test_what_was_promised_is_what_was_sold(
    shop, owner, cashier, tea, cake, taxed_on_top, promised
):
    terms.change(
        shop=shop, actor=owner, fields={"tax_rate": 18, "prices_include_tax": not taxed_on_top}
    )

    ticket = sold(Wish(tea.id, 2), Wish(cake.id, 1), total=promised)
    fact = orders.place(ticket, shop=shop, actor=cashier)

    order = shop.orders.get()
    assert (order.total, order.paid, order.state) == (promised, promised, "paid")
    assert "price_differs" in fact.flags
    lines = list(order.lines.all())
    assert order.discount == sum(line.discount for line in lines)
    assert order.tax == sum(line.tax for line in lines)


def test_a_till_asks_what_it_knew_for_a_piece(shop, cashier, owner, tea):
    catalog.change(tea.id, shop=shop, actor=owner, fields={"price": 300})

    ticket = sold(Wish(tea.id, 2, price=250), total=500)
    fact = orders.place(ticket, shop=shop, actor=cashier)

    assert (fact.items[0].unit_price, fact.total, fact.charges) == ("2.50", "5.00", "0.00")


def test_what_is_gone_is_gone_though_the_shelf_was_empty(shop, cashier, tea):
    fact = orders.place(sold(Wish(tea.id, 5)), shop=shop, actor=cashier)

    assert "oversold" in fact.flags
    assert left(tea) == -2


def test_what_left_the_menu_since_was_sold_before(shop, cashier, owner, tea):
    catalog.retire(tea.id, shop=shop, actor=owner)

    fact = orders.place(sold(Wish(tea.id, 1)), shop=shop, actor=cashier)

    assert (fact.total, left(tea)) == ("2.50", 2)


def test_a_lock_does_not_undo_what_was_sold_before_it(shop, cashier, tea):
    site = Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid")
    site.shops.add(shop)

    fact = orders.place(sold(Wish(tea.id, 1)), shop=shop, actor=cashier)

    assert "late" in fact.flags
    with pytest.raises(SiteLocked):
        orders.place(sold(Wish(tea.id, 1), minutes_ago=-1), shop=shop, actor=cashier)
    with pytest.raises(SiteLocked):
        orders.place(Ticket(wishes=[Wish(tea.id, 1)]), shop=shop, actor=cashier)
    assert left(tea) == 2


def test_a_sale_of_yesterday_has_a_number_of_yesterday_and_is_late(shop, cashier, tea):
    fact = orders.place(sold(Wish(tea.id, 1), minutes_ago=48 * 60), shop=shop, actor=cashier)

    order = shop.orders.get()
    assert order.business_day == shop.business_day(order.created_at)
    assert (order.day_number, fact.flags) == (1, ["late"])
    assert fact.order_number == f"ORD-{order.business_day:%Y%m%d}-0001"


def test_what_was_never_the_shops_was_not_sold(shop, cashier, other_shop, stocked):
    foreign = stocked(other_shop, "Foreign", 100, 5)

    with pytest.raises(UnknownProduct):
        orders.place(sold(Wish(foreign.id, 1)), shop=shop, actor=cashier)

    assert shop.orders.count() == 0
