"""The first page with its forms, the dashboard and the developer console in a browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import AuthSession, User
from licensing.models import Alert, Site
from portal.models import Lead
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_codes import sign_in
from tests.browser.test_screens import faults
from tests.portal.test_console import lead

pytestmark = pytest.mark.sqlite_only  # what a page looks like is not up to the database


def fill(page, form="#pilot-request"):
    box = page.locator(form)
    box.get_by_label("Your name").fill("Pia")
    box.get_by_label("Restaurant or company").fill("Pia's")
    box.get_by_label("E-mail").fill("pia@example.com")
    box.get_by_label("How do you sell today?").fill("Two tills and a bar.")
    return box


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_the_first_page_is_without_fault_with_each_form_open(open_page, size, scheme):
    page = open_page("/", viewport=size, color_scheme=scheme, reduced_motion="reduce")
    for form in page.locator("details.talk-form").all():
        if form.get_attribute("open") is None:
            form.locator("summary").click()
        form.get_by_role("button").click()
        expect(form.locator(".field-error").first).to_be_visible()
        assert faults(page) == []
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == size["width"]


def test_a_visitor_asks_for_a_pilot_in_place(open_page):
    page = open_page("/")
    page.get_by_role("link", name="Try it in your restaurant").click()
    form = page.locator("#pilot-request")
    form.get_by_role("button", name="Ask for a pilot").click()
    expect(form.get_by_label("Your name")).to_be_focused()
    expect(form.get_by_text("Please fill this in.")).to_have_count(4)

    fill(page).get_by_role("button", name="Ask for a pilot").click()

    expect(form.get_by_text("Thank you, it has arrived.")).to_be_visible()
    assert Lead.objects.get().company == "Pia's"


def test_what_the_server_refuses_stands_at_its_field(open_page):
    page = open_page("/")
    form = fill(page)
    form.get_by_label("E-mail").fill("pia..x@example.com")
    form.get_by_role("button", name="Ask for a pilot").click()

    expect(form.get_by_text("This is no e-mail address.")).to_be_visible()
    expect(form.get_by_label("E-mail")).to_be_focused()


def test_it_works_without_scripts(open_page):
    page = open_page("/", java_script_enabled=False)
    fill(page).get_by_role("button", name="Ask for a pilot").click()

    expect(page.get_by_role("heading", name="Thank you, it has arrived.")).to_be_visible()
    assert Lead.objects.get().message == "Two tills and a bar."


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "dark"), (PHONE, "light")])
def test_the_dashboard_and_the_developer_console_are_without_fault(
    open_page, shop, owner, size, scheme
):
    lead(1, spam_score=80, spam_reasons=["one link"], status="spam")
    site = Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid")
    site.shops.add(shop)
    Alert.objects.create(site=site, kind="late", message="Corner is late.")
    User.objects.filter(pk=owner.pk).update(role=User.Role.DEV)
    page = open_page(
        "/sign-in/?next=/dashboard/", viewport=size, color_scheme=scheme, reduced_motion="reduce"
    )
    sign_in(page, owner)
    AuthSession.objects.update(proven_at=timezone.now())

    for path, heading in [
        ("/dashboard/", "Dashboard"),
        ("/developer/", "Developer console"),
        ("/developer/users/", "People"),
        ("/developer/contacts/", "Contacts"),
        (f"/developer/users/{owner.pk}/", "Olga"),
    ]:
        page.goto(path)
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
