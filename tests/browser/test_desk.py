"""The vendor's desk in a browser: a site is registered, its key kept, it is locked and followed."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from licensing.models import Command, Site
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_codes import sign_in
from tests.browser.test_screens import faults

pytestmark = pytest.mark.sqlite_only  # what a page looks like is not up to the database


def at_console(open_page, sysadmin, *, size=WIDE, scheme="light"):
    page = open_page(
        "/sign-in/?next=/admin/",
        viewport=size,
        color_scheme=scheme,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    sign_in(page, sysadmin)
    page.wait_for_url("**/admin/")
    return page


def is_sound(page, size):
    """Nothing for axe to say, and nothing wider than the screen."""
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_a_site_is_registered_locked_and_followed(open_page, sysadmin, size, scheme):
    page = at_console(open_page, sysadmin, size=size, scheme=scheme)
    page.get_by_role("link", name="Register the first").click()
    page.get_by_label("Name").fill("Corner")
    is_sound(page, size)
    page.get_by_role("button", name="Register").press("Enter")

    key = page.locator("#key-1 code")
    expect(key).to_be_visible()
    shown = key.inner_text()
    is_sound(page, size)
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Back", exact=True).click()
    page.get_by_role("button", name="Copy the key").press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert asked == ["beforeunload"]
    assert page.evaluate("navigator.clipboard.readText()") == shown
    page.get_by_role("button", name="Copy all as settings").press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_have_count(2)
    site = Site.objects.get()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    settings = dict(line.split("=", 1) for line in copied)
    assert settings["COUNTERTOP_ROLE"] == "shop"
    assert (settings["SITE_ID"], settings["SITE_KEY"]) == (str(site.site_id), shown)
    assert settings["CLOUD_URL"].startswith("http")
    page.get_by_role("link", name="Back", exact=True).click()  # kept: nobody is asked now

    page.wait_for_url(f"**/{site.pk}/change/")
    is_sound(page, size)
    assert shown not in page.content()
    page.get_by_role("link", name="Lock", exact=True).press("Enter")
    is_sound(page, size)
    page.get_by_label("Why").fill("Unpaid")
    page.get_by_role("button", name="Lock", exact=True).press("Enter")
    page.wait_for_url(f"**/{site.pk}/change/")
    steps = page.locator(".desk-steps .is-done")
    expect(steps).to_have_count(1)
    Command.objects.update(delivered_at=timezone.now())
    expect(steps).to_have_count(2)
    expect(page.locator("#said")).to_have_text("Lock delivered")
    Command.objects.update(acknowledged_at=timezone.now())
    expect(steps).to_have_count(3)
    is_sound(page, size)

    page.goto("/admin/licensing/site/")
    is_sound(page, size)
    page.goto("/admin/")
    expect(page.locator("#licences").get_by_role("link", name="Locked 1")).to_be_visible()
    is_sound(page, size)
