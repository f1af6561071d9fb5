"""One-time codes in a browser: set up by a person, asked for at the console's door."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.test_screens import faults

LIGHT, DARK = "light", "dark"


@pytest.fixture
def live_server_process(serve):
    """Our server, whose console asks for codes."""
    return serve(REQUIRE_ADMIN_OTP="true")


def sign_in(page, person):
    page.get_by_label("E-mail or username").fill(person.username)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def secret_on(page) -> str:
    return "".join(page.locator("#secret code").all_inner_texts())


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_a_person_sets_up_codes_and_keeps_recovery_codes(open_page, cashier, shop, scheme):
    page = open_page(
        "/sign-in/?next=/account/otp/",
        color_scheme=scheme,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    sign_in(page, cashier)
    assert faults(page) == []
    page.get_by_role("button", name="Set up").click()

    qr = page.get_by_role("img", name="QR code")
    expect(qr).to_be_visible()
    expect(qr).to_have_js_property("complete", True)
    assert qr.evaluate("(img) => img.naturalWidth") > 0
    assert faults(page) == []
    secret = secret_on(page)
    page.get_by_label("Six digits").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong")
    assert secret_on(page) == secret
    assert faults(page) == []
    page.get_by_label("Six digits").fill(factories.code_of(secret))
    page.get_by_label("Six digits").press("Enter")

    codes = page.locator("#recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    assert faults(page) == []
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.get_by_role("button", name="Print").click()
    expect(page).to_have_title("printed")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("main")).to_contain_text("10 recovery codes left")
    assert faults(page) == []


def test_it_can_be_cancelled_and_works_on_a_phone(open_page, cashier, shop):
    page = open_page("/sign-in/?next=/account/otp/", viewport=PHONE)
    sign_in(page, cashier)
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("img", name="QR code").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("button", name="Set up")).to_be_visible()


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_the_console_asks_a_sysadmin_for_a_code(open_page, sysadmin, scheme):
    secret = factories.enrolled(sysadmin)
    page = open_page("/admin/", color_scheme=scheme, reduced_motion="reduce")
    sign_in(page, sysadmin)
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    assert faults(page) == []

    page.get_by_label("One-time code").fill(factories.code_of(secret))
    page.get_by_role("button", name="Continue").click()

    page.wait_for_url("**/admin/")
