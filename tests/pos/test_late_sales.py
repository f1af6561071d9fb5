"""Sales that a till made while it was cut off: recorded as they were made, and flagged."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from licensing import sites
from licensing.errors import SiteLocked, SiteRestricted
from licensing.models import Site
from live.models import Event
from pos import catalog, changes, orders, stock, terms
from pos.errors import UnknownProduct
from pos.stock import Step
from pos.tenders import Tender
from pos.tickets import NO_DISCOUNT, Change, Discount, Ticket, Wish

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
    site = Site.objects.create(
        name="Corner", is_locked=True, lock_reason="Unpaid", locked_at=timezone.now()
    )
    site.shops.add(shop)

    fact = orders.place(sold(Wish(tea.id, 1)), shop=shop, actor=cashier)

    assert "late" in fact.flags
    with pytest.raises(SiteLocked):
        orders.place(sold(Wish(tea.id, 1), minutes_ago=-1), shop=shop, actor=cashier)
    with pytest.raises(SiteLocked):
        orders.place(Ticket(wishes=[Wish(tea.id, 1)]), shop=shop, actor=cashier)
    assert left(tea) == 2


def test_what_was_not_paid_before_a_lock_is_no_sale(shop, cashier, tea):
    """It would stay open under the lock, and more could be added to it for ever."""
    site = sites.register(actor=None, fields={"name": "Corner", "shop_ids": [shop.pk]}).site
    at = timezone.now()
    sites.lock(site.site_id, reason="Unpaid", actor=None)
    part = Tender(method="card", amount=100)
    for tenders in ([], [part]):
        ticket = Ticket(wishes=[Wish(tea.id, 1)], sold_at=at, tenders=tenders)
        with pytest.raises(SiteLocked):
            orders.place(ticket, shop=shop, actor=cashier)

    assert left(tea) == 3


@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"license_expires_at": timezone.now() - timedelta(days=2)}]
)
def test_a_lock_loosens_nothing_that_was_refused_before_it(shop, cashier, tea, fields):
    site = sites.register(
        actor=None, fields={"name": "Corner", "shop_ids": [shop.pk]} | fields
    ).site
    for _ in range(2):
        with pytest.raises(SiteRestricted):
            orders.place(sold(Wish(tea.id, 1), minutes_ago=60), shop=shop, actor=cashier)
        if not Site.objects.get().is_locked:
            sites.lock(site.site_id, reason="Unpaid", actor=None)

    assert left(tea) == 3


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


def count(product, actor, pieces, minutes_ago=0.0) -> None:
    """Count to so many then; the three of tea came since."""
    at = timezone.now() - timedelta(minutes=minutes_ago)
    step = Step("count", counted=pieces, occurred_at=at)
    stock.change(shop=product.shop, actor=actor, product_id=product.id, step=step)


def test_a_sale_made_before_a_count_and_told_after_it_leaves_what_was_counted(
    shop, owner, cashier, tea, cake
):
    count(tea, owner, 1, minutes_ago=5)
    count(tea, owner, 0, minutes_ago=2)

    fact = orders.place(
        sold(Wish(tea.id, 2), Wish(cake.id, 3), minutes_ago=9), shop=shop, actor=cashier
    )

    assert (left(tea), left(cake)) == (0 + 3, 7)
    assert "oversold" not in fact.flags
    moves = shop.movements.filter(order=fact.id, product=tea).order_by("occurred_at")
    assert [(one.delta, one.reason, one.note) for one in moves] == [
        (-2, "sale", ""),
        (2, "count", "Was counted with the rest."),
    ]
    counts = shop.movements.filter(product=tea, reason="count", order=None)
    assert moves[1].occurred_at == min(one.occurred_at for one in counts)
    last = Event.objects.filter(shop=shop, kind="stock_changed").order_by("seq").last()
    assert str(cake.id) in last.data


def test_a_sale_made_after_a_count_is_taken_off_what_was_counted(shop, owner, cashier, tea):
    count(tea, owner, 2, minutes_ago=5)

    orders.place(sold(Wish(tea.id, 1)), shop=shop, actor=cashier)

    assert left(tea) == 2 + 3 - 1


def test_what_was_sold_before_a_count_goes_back_today_if_it_is_voided(shop, owner, cashier, tea):
    count(tea, owner, 0, minutes_ago=5)
    ticket = Ticket(wishes=[Wish(tea.id, 2)], sold_at=timezone.now() - timedelta(minutes=9))
    fact = orders.place(ticket, shop=shop, actor=cashier)

    changes.void(fact.id, reason="not fetched", shop=shop, actor=owner)

    assert left(tea) == 0 + 3 + 2


@pytest.mark.parametrize("taxed_on_top", [True, False])
@pytest.mark.parametrize("promised", [450, 800, 1300])
def test_what_was_promised_stays_when_the_order_is_changed_later(
    shop, owner, cashier, tea, cake, taxed_on_top, promised
):
    fields = {"tax_rate": 18, "prices_include_tax": not taxed_on_top, "delivery_charge": 300}
    terms.change(shop=shop, actor=owner, fields=fields)
    at = timezone.now() - timedelta(minutes=1)
    tenth = Discount("percent", Decimal(10), "regular")
    ticket = Ticket(
        wishes=[Wish(tea.id, 2), Wish(cake.id, 1)], sold_at=at, total=promised, discount=tenth
    )
    fact = orders.place(ticket, shop=shop, actor=cashier)
    assert "price_differs" in fact.flags

    more = changes.make(fact.id, Change(add=[Wish(cake.id, 1)]), shop=shop, actor=cashier)
    # Above our price the discount was not touched, below it the lines have it.
    kept = tenth if promised > 1000 else NO_DISCOUNT
    plain = Ticket(wishes=[Wish(cake.id, 1)], discount=kept)
    added = orders.place(plain, shop=shop, actor=cashier)
    assert cents(more.total) == promised + cents(added.total)

    away = changes.make(fact.id, Change(order_type="delivery"), shop=shop, actor=cashier)
    back = changes.make(fact.id, Change(order_type="dine_in"), shop=shop, actor=cashier)
    gone = Change(void=[more.items[-1].id])
    less = changes.make(fact.id, gone, shop=shop, actor=cashier)
    assert cents(away.total) == cents(more.total) + 300
    assert (back.total, cents(less.total)) == (more.total, promised)


def cents(text: str) -> int:
    return int(text.replace(".", ""))
