"""One's account and a shop's staff in a browser."""

import pytest
from playwright.sync_api import expect

from accounts import sessions
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_codes import sign_in
from tests.browser.test_screens import faults


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
def test_the_pages_of_people_are_without_fault(open_page, shop, manager, cashier, size, scheme):
    sessions.begin(user=manager, user_agent="Mozilla/5.0 (iPhone) Version/17 Safari/604")
    page = open_page(
        "/sign-in/?next=/account/", viewport=size, color_scheme=scheme, reduced_motion="reduce"
    )
    sign_in(page, manager)

    for path, heading in [
        ("/account/", "Your account"),
        ("/account/sessions/", "Where you are signed in"),
        (f"/shops/{shop.pk}/staff/", "Staff"),
        ("/forgot-password/", "Forgot your password?"),
        ("/reset-password/?token=x", "Choose a new password"),
    ]:
        page.goto(path)
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        if "staff" in path:
            page.get_by_text("Change", exact=False).first.click()
        assert faults(page) == []


def test_a_person_ends_a_sign_in_that_is_not_theirs_any_more(open_page, shop, cashier):
    sessions.begin(user=cashier, user_agent="Mozilla/5.0 (iPhone) Version/17 Safari/604")
    page = open_page("/sign-in/?next=/account/sessions/")
    sign_in(page, cashier)

    page.get_by_role("button", name="End Safari, iPhone").click()

    expect(page.get_by_text("That sign-in has ended.")).to_be_visible()
    expect(page.get_by_text("You are signed in nowhere else.")).to_be_visible()


def test_a_manager_adds_somebody_by_keyboard(open_page, shop, manager):
    page = open_page(f"/sign-in/?next=/shops/{shop.pk}/staff/")
    sign_in(page, manager)

    page.get_by_label("Name", exact=True).fill("Nina")
    page.keyboard.press("Tab")
    page.keyboard.type("nina")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("a first password of hers")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Nina can sign in now.")).to_be_visible()
    expect(page.get_by_text("Cashier · nina")).to_be_visible()
