"""The vendor's desk in a browser: a site is registered, its key copied, and it is locked."""

import pytest
from playwright.sync_api import expect

from licensing.models import Site
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_codes import sign_in
from tests.browser.test_screens import faults

pytestmark = pytest.mark.sqlite_only  # what a page looks like is not up to the database


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_a_site_is_registered_and_locked(open_page, sysadmin, size, scheme):
    page = open_page(
        "/sign-in/?next=/admin/",
        viewport=size,
        color_scheme=scheme,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    sign_in(page, sysadmin)
    page.get_by_role("link", name="Register the first").click()
    page.get_by_label("Name").fill("Corner")
    page.get_by_role("button", name="Register").click()

    key = page.locator("#key-1 code")
    expect(key).to_be_visible()
    shown = key.inner_text()
    assert faults(page) == []
    page.get_by_role("button", name="Copy the key").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    page.get_by_role("link", name="Back", exact=True).click()

    site = Site.objects.get()
    page.goto(f"/admin/licensing/site/{site.pk}/lock/")
    assert faults(page) == []
    page.get_by_label("Why").fill("Unpaid")
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(page.get_by_text("It will be locked")).to_be_visible()
    assert shown not in page.content()

    page.goto("/admin/")
    expect(page.locator("#licences div", has_text="Locked").locator("a")).to_have_text("1")
    expect(page.locator("#pending")).to_contain_text("Corner")
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == size["width"]
    assert faults(page) == []
