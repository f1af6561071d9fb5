"""From a product to a paid order, and what every other screen sees of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from pos import terms
from pos.models import Order, StockLevel
from tests.browser.conftest import PHONE

WITHIN_A_SECOND = 1_000


def tile(page, name):
    return page.locator(".tile", has_text=name)


def change(page):
    return page.locator(".done [data-slot='change']")


@pytest.fixture
def cut():
    """A line that can be cut: ``cut.before`` for the page, ``cut.now()``, ``cut.mend()``."""

    class Line:
        whole = True

        def before(self, page):
            page.route_web_socket("**/ws/**", self.connect)

        def connect(self, socket):
            if not self.whole:
                socket.close(code=1001)
                return
            socket.connect_to_server()
            self.socket = socket

        def now(self):
            self.whole = False
            self.socket.close(code=1001)

        def mend(self):
            self.whole = True

    return Line()


def test_a_cashier_sells_and_every_screen_sees_it(at, cashier, manager, owner, cut):
    till = at("till", cashier)
    orders = at("orders", manager)
    other_till = at("till", manager)
    away = at("orders", owner, before=cut.before)
    expect(orders.get_by_text("No orders yet")).to_be_visible()
    cut.now()
    expect(away.locator("#connection")).to_have_attribute("data-state", "offline")

    tile(till, "Espresso").click()
    tile(till, "Cake").click()
    expect(till.locator("#pay")).to_contain_text("€7.49")
    till.locator("#pay").click()
    till.get_by_role("button", name="€10", exact=True).click()
    till.locator("#take").click()

    row = orders.locator(".order-row", has_text="1 × Espresso, 1 × Cake")
    expect(row).to_be_visible(timeout=WITHIN_A_SECOND)
    expect(tile(other_till, "Cake")).to_contain_text("9 left", timeout=WITHIN_A_SECOND)
    expect(tile(other_till, "Espresso")).to_contain_text("39 left", timeout=WITHIN_A_SECOND)
    expect(change(till)).to_have_text("€2.51")
    expect(row).to_contain_text("€7.49")
    expect(row).to_contain_text("Carla")
    expect(away.locator(".order-row")).to_have_count(0)

    till.locator("#next").click()
    tile(till, "Soup").click()
    till.locator("#exact").click()
    expect(change(till)).to_have_text("€0.00")
    cut.mend()

    expect(away.locator("#connection")).to_have_attribute("data-state", "live")
    expect(away.locator(".order-row")).to_have_count(2)
    expect(away.locator(".order-row").nth(0)).to_contain_text("Soup")
    expect(away.locator(".order-row").nth(1)).to_contain_text("Espresso")


@pytest.mark.sqlite_only
def test_two_taps_from_empty_to_paid(at, cashier):
    till = at("till", cashier)

    tile(till, "Soup").click()
    till.locator("#exact").click()

    expect(change(till)).to_have_text("€0.00")
    order = Order.objects.get()
    assert (order.state, order.total, order.channel) == ("paid", 640, "till")
    assert till.locator(".done").inner_text().count(order.number) == 1
    tile(till, "Cake").click()  # the next order begins by itself
    expect(till.locator(".line")).to_have_count(1)


@pytest.mark.sqlite_only
def test_a_sale_by_keyboard_alone(at, cashier):
    till = at("till", cashier)
    keys = till.keyboard

    keys.press("F2")
    keys.type("cak")
    keys.press("Enter")
    keys.press("F4")
    keys.press("Escape")
    keys.press("Escape")
    keys.press("+")
    expect(till.locator(".stepper output")).to_have_text("2")
    keys.press("F9")
    keys.type("20")
    expect(till.locator("#cash [data-slot='change']")).to_have_text("€10.02")
    keys.press("Enter")

    expect(change(till)).to_have_text("€10.02")
    order = Order.objects.get()
    assert (order.order_type, order.total, order.payments.get().tendered) == ("takeaway", 998, 2000)
    keys.press("Enter")
    expect(till.locator("#order")).to_have_attribute("data-stage", "empty")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("focus", ["#search", "#account", ".tile >> nth=3"])
def test_a_scanner_works_whatever_has_the_focus(at, cashier, focus):
    till = at("till", cashier)
    till.locator(focus).focus()
    till.clock.install()
    till.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # keys without a pause between

    till.keyboard.type("2000020000018")
    till.keyboard.press("Enter")

    expect(till.locator(".line")).to_have_count(1)
    expect(till.locator(".line-name")).to_have_text("Cake")
    expect(till.locator("#search")).to_have_value("")
    till.keyboard.type("9999999999999")
    till.keyboard.press("Enter")
    expect(till.locator(".toast")).to_contain_text("9999999999999")
    expect(till.locator(".line")).to_have_count(1)


@pytest.mark.sqlite_only
def test_slow_keys_are_no_scan(at, cashier):
    till = at("till", cashier)
    till.locator("#search").focus()
    till.clock.install()

    for key in "cake":
        till.keyboard.press(key)
        till.clock.run_for(300)
    expect(till.locator(".tile")).to_have_count(1)
    till.keyboard.press("Enter")

    expect(till.locator(".line-name")).to_have_text("Cake")
    expect(till.locator(".toast")).to_have_count(0)


@pytest.mark.sqlite_only
def test_a_sale_on_a_phone(at, cashier):
    till = at("till", cashier, viewport=PHONE, has_touch=True)

    tile(till, "Cake").tap()
    expect(till.locator("#handle")).to_contain_text("€4.99")
    till.locator("#handle").tap()
    till.get_by_role("button", name="One more: Cake").tap()
    expect(till.locator("#totals [data-slot='total']")).to_have_text("€9.98")
    till.locator("#exact").tap()

    expect(change(till)).to_be_visible()
    assert till.evaluate("document.documentElement.scrollWidth") <= 390
    till.locator("#next").tap()
    expect(till.locator("#grid")).to_be_visible()


def test_the_last_piece_greys_out_everywhere(at, cashier, manager):
    till, other = at("till", cashier), at("till", manager)
    tile(other, "Tea").click()

    tile(till, "Tea").click()
    till.locator("#exact").click()

    expect(tile(other, "Tea")).to_have_attribute("aria-disabled", "true", timeout=WITHIN_A_SECOND)
    expect(tile(other, "Tea")).to_contain_text("Sold out")
    other.locator("#exact").click()
    expect(other.locator("#short")).to_contain_text("0 left, 1 wanted")
    other.locator("#reduce").click()
    expect(other.locator(".line")).to_have_count(0)
    assert Order.objects.count() == 1


def test_a_lost_answer_makes_no_second_sale(at, cashier):
    till = at("till", cashier)
    keys = []

    def lose_the_first_answer(route):
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # it arrives, and is sold; the answer does not come back
            route.abort("connectionreset")
        else:
            route.continue_()

    till.route("**/api/v1/shops/*/orders", lose_the_first_answer)
    tile(till, "Soup").click()
    till.locator("#exact").click()

    expect(till.locator("#problem")).to_contain_text("never taken twice")
    expect(change(till)).to_have_text("€0.00")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert Order.objects.count() == 1


@pytest.mark.sqlite_only
def test_an_unanswered_sale_survives_a_reload(at, cashier):
    till = at("till", cashier)
    till.route("**/api/v1/shops/*/orders", lambda route: (route.fetch(), route.abort()))
    tile(till, "Soup").click()
    till.locator("#exact").click()
    expect(till.locator("#problem")).to_be_visible()

    till.unroute_all()
    till.reload()

    expect(change(till)).to_have_text("€0.00")
    assert Order.objects.count() == 1


@pytest.mark.sqlite_only
def test_a_changed_price_is_shown_before_it_is_taken(at, cashier, menu):
    till = at("till", cashier)
    tile(till, "Soup").click()
    soup = menu["Soup"]
    type(soup).objects.filter(pk=soup.pk).update(price=700)  # as if the news were on its way

    till.locator("#exact").click()

    expect(till.locator("#changed")).to_contain_text("€6.40")
    expect(till.locator("#accept")).to_contain_text("€7.00")
    assert not Order.objects.exists()
    till.locator("#accept").click()
    expect(change(till)).to_have_text("€0.00")
    assert Order.objects.get().total == 700


@pytest.mark.sqlite_only
def test_what_others_took_is_named(at, cashier, menu):
    till = at("till", cashier)
    for _ in range(3):
        tile(till, "Cake").click()
    StockLevel.objects.filter(product=menu["Cake"]).update(quantity=2)

    till.locator("#exact").click()
    expect(till.locator("#short")).to_contain_text("2 left, 3 wanted")
    till.locator("#reduce").click()
    till.locator("#exact").click()

    expect(change(till)).to_have_text("€0.00")
    assert Order.objects.get().lines.get().quantity == 2


@pytest.mark.sqlite_only
def test_tax_on_top_is_promised_to_the_cent(at, cashier, shop, owner, menu):
    fields = {"tax_rate": Decimal("8.875"), "prices_include_tax": False}
    terms.change(shop=shop, actor=owner, fields=fields)
    till = at("till", cashier)

    for name in ("Espresso", "Cake", "Cake", "Soup"):
        tile(till, name).click()
    till.locator("#exact").click()

    expect(change(till)).to_have_text("€0.00")
    order = Order.objects.get()
    assert (order.subtotal, order.tax, order.total) == (1888, 168, 2056)
