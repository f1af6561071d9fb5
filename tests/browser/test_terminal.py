"""A shared till in a real browser: paired, signed in by PIN, switched, locked when left alone."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from accounts import devices, sessions
from accounts.models import AuthSession, Device
from pos.models import Order
from tests import factories
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_screens import faults

LIGHT, DARK = "light", "dark"
PINS = {"carla": "4821", "manu": "73951"}


@pytest.fixture
def till(menu, shop, manager, cashier) -> Device:
    factories.pin(shop, cashier, PINS["carla"])
    factories.pin(shop, manager, PINS["manu"])
    return devices.register(shop=shop, kind="till", name="Till 1", actor=manager)


@pytest.fixture
def terminal(shop, till, open_page):
    """A browser that was paired as the till; it shows the faces."""
    code = devices.offer(till.pk, shop=shop, actor=None).code

    def open_one(**options):
        page = open_page("/pair/#" + code, **{"viewport": WIDE} | options)
        expect(page.get_by_label("Pairing code")).to_have_value(code)
        page.get_by_role("button", name="Pair").click()
        page.wait_for_url("**/sign-in/")
        return page

    return open_one


def face(page, name):
    return page.locator(".face", has_text=name)


def type_pin(page, name):
    expect(page.get_by_role("heading", name=f"Hello, {name}")).to_be_visible()
    for figure in PINS[name.lower()]:
        page.locator(f'#pad [data-key="{figure}"]').click()
    page.locator("#pad").get_by_role("button", name="Sign in").click()


def live(page):
    page.wait_for_url("**/till/")
    page.locator('#connection[data-state="live"]').wait_for()


def cookie(page):
    found = {each["name"]: each["value"] for each in page.context.cookies()}
    return found[settings.SESSION_COOKIE_NAME]


def test_people_share_a_till(terminal, shop, open_page):
    page = terminal()
    face(page, "Carla").click()
    type_pin(page, "Carla")
    live(page)
    before = cookie(page)
    page.locator(".tile", has_text="Soup").click()

    page.get_by_role("button", name="Switch person").click()
    face(page, "Manu").click()
    type_pin(page, "Manu")
    live(page)

    expect(page.locator("#account")).to_contain_text("Manu")
    expect(page.locator(".line-name")).to_have_text("Soup")  # the order waits
    assert cookie(page) != before
    thief = page.context.browser.new_context(base_url=page.url)
    stolen = {"name": settings.SESSION_COOKIE_NAME, "value": before, "path": "/"}
    thief.add_cookies([stolen | {"domain": "127.0.0.1"}])
    refused = thief.request.get("/api/v1/auth/me")
    assert (refused.status, refused.json()["code"]) == (401, "token_invalid")
    page.locator("#exact").click()
    expect(page.locator("#order")).to_have_attribute("data-stage", "done")


@pytest.mark.sqlite_only
def test_a_pin_by_keyboard_alone_and_a_wrong_one(terminal):
    page = terminal()
    keys = page.keyboard
    face(page, "Carla").locator("input").focus()
    keys.press("Enter")
    expect(page.locator("#pin")).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#faces")).to_be_visible()
    keys.press("Enter")
    keys.type("9172")
    keys.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("The PIN is wrong.")
    expect(page.get_by_role("heading", name="Hello, Carla")).to_be_visible()
    keys.type(PINS["carla"])
    keys.press("Enter")
    live(page)
    expect(page.locator("#account")).to_contain_text("Carla")


@pytest.mark.sqlite_only
def test_a_till_left_alone_locks_itself_but_never_while_a_sale_is_paid(terminal, shop):
    page = terminal()
    page.clock.install()
    face(page, "Carla").click()
    type_pin(page, "Carla")
    live(page)
    page.locator(".tile", has_text="Soup").click()
    page.clock.fast_forward("04:45")
    expect(page.locator(".toast")).to_contain_text("This till locks in a moment")
    page.mouse.click(5, 400)
    page.clock.fast_forward("04:45")
    expect(page).to_have_url(re.compile("/till/$"))

    page.locator("#pay").click()
    page.clock.fast_forward("20:00")
    expect(page.locator("#cash")).to_be_visible()
    assert AuthSession.objects.get().revoked_at is None
    page.keyboard.press("Escape")
    page.clock.fast_forward("05:01")

    page.wait_for_url("**/sign-in/?next=*&who=*")
    assert AuthSession.objects.get().revoked_at is not None
    type_pin(page, "Carla")
    live(page)
    expect(page.locator(".line-name")).to_have_text("Soup")


@pytest.mark.sqlite_only
def test_whoever_fills_an_order_for_long_is_not_locked(terminal, shop):
    page = terminal()
    page.clock.install()
    face(page, "Carla").click()
    type_pin(page, "Carla")
    live(page)
    signs = []
    page.on("request", lambda sent: signs.append(sent.url) if "/auth/me" in sent.url else None)
    for _ in range(3):
        page.locator(".tile", has_text="Soup").click()
        page.clock.fast_forward("00:25")
    page.locator(".tile", has_text="Soup").click()
    page.clock.fast_forward("00:05")
    assert len(signs) == 1  # after 75 seconds, of four touches

    with page.expect_response("**/auth/me"):  # the last touch is told too, if later
        page.clock.fast_forward("01:05")
    page.clock.fast_forward("02:00")

    expect(page.locator("#account")).to_be_visible()
    assert len(signs) == 2  # nobody touched it any more


@pytest.mark.sqlite_only
def test_a_sale_at_a_till_the_server_has_locked_asks_for_the_pin(terminal, shop):
    page = terminal()
    face(page, "Carla").click()
    type_pin(page, "Carla")
    live(page)
    page.locator(".tile", has_text="Soup").click()
    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(minutes=7))

    page.locator("#exact").click()

    page.wait_for_url("**/sign-in/?next=*&who=*")
    assert not Order.objects.exists()
    type_pin(page, "Carla")
    live(page)
    expect(page.locator(".line-name")).to_have_text("Soup")


@pytest.mark.sqlite_only
def test_a_sale_whose_answer_was_lost_is_one_sale_whoever_comes_next(terminal, shop):
    page = terminal()
    face(page, "Carla").click()
    type_pin(page, "Carla")
    live(page)

    def lose_the_answer(route):
        if not Order.objects.exists():
            route.fetch()
        route.abort()

    page.route("**/orders", lose_the_answer)
    page.locator(".tile", has_text="Soup").click()
    page.locator("#exact").click()
    expect(page.locator("#problem")).to_contain_text("does not answer")
    page.get_by_role("button", name="Switch person").click()
    expect(page.locator(".toast")).to_contain_text("Wait until this order is paid.")
    sessions.end(session_id=AuthSession.objects.get().pk, actor=None)
    page.goto(f"/sign-in/?next=/shops/{shop.pk}/till/")
    face(page, "Manu").click()
    page.unroute("**/orders")
    type_pin(page, "Manu")

    expect(page.locator("#order")).to_have_attribute("data-stage", "done")
    assert [order.cashier.name for order in Order.objects.all()] == ["Carla"]


@pytest.mark.sqlite_only
def test_a_manager_pairs_a_till_from_the_page_of_devices(at, manager, shop, open_page):
    page = at("till", manager)
    page.goto(f"/shops/{shop.pk}/devices/")
    page.get_by_label("Its name").fill("Till 2")
    page.get_by_role("button", name="Add and show its code").click()
    code = page.locator("#pairing-code").inner_text()
    qr = page.get_by_role("img", name="QR code")
    expect(qr).to_have_js_property("complete", True)
    assert qr.evaluate("(img) => img.naturalWidth") > 0
    tablet = open_page("/pair/")
    tablet.get_by_label("Pairing code").fill(code)
    tablet.get_by_label("Pairing code").press("Enter")
    expect(tablet.get_by_text("Nobody has a PIN yet")).to_be_visible()

    page.goto(f"/shops/{shop.pk}/devices/")
    expect(page.locator(".device .badge")).to_have_text("Paired")
    page.get_by_role("button", name="Revoke Till 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No devices yet")).to_be_visible()
    tablet.goto("/sign-in/")
    expect(tablet.get_by_label("E-mail or username")).to_be_visible()


@pytest.mark.sqlite_only
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize("size", [PHONE, {"width": 820, "height": 1180}, WIDE])
def test_the_pages_have_no_faults(terminal, shop, till, scheme, size, tmp_path):
    def look(name):
        page.evaluate("document.fonts.ready")
        page.screenshot(path=tmp_path / f"{name}-{scheme}-{size['width']}.png", full_page=True)
        assert faults(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, name

    page = terminal(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    look("faces")
    face(page, "Manu").click()
    look("pin")
    type_pin(page, "Manu")
    live(page)
    look("till")
    page.goto("/account/pin/")
    look("own-pin")
    page.goto(f"/shops/{shop.pk}/devices/")
    look("devices")
    page.get_by_role("button", name="New code").click()
    look("code")
    page.goto("/pair/")
    look("pair")
