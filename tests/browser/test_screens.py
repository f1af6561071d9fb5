"""What holds on every screen: people can read, reach and leave it."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import AuthSession
from licensing.models import Site

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LIGHT, DARK = "light", "dark"
TILL_BYTES = 300_000

pytestmark = pytest.mark.sqlite_only  # what a screen looks like is not up to the database


def settled(page):
    """The page after its last movement: colours are judged at rest.

    Movements are ended and not waited for: a browser that paints nothing never ends them.
    """
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    return page


def faults(page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    settled(page).evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", RULES)
    return [
        f"{fault['id']}: {node['html'][:200]} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_the_till_is_accessible(at, cashier, scheme):
    till = at("till", cashier, color_scheme=scheme, reduced_motion="reduce")
    till.locator(".tile").nth(0).click()
    till.locator(".tile").nth(1).click()
    assert faults(till) == []

    till.keyboard.press("F9")
    assert faults(till) == []
    till.locator("#take").click()
    till.locator("#next").wait_for()
    assert faults(till) == []
    till.keyboard.press("F1")
    assert faults(till) == []


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_orders_are_accessible(at, cashier, scheme):
    till = at("till", cashier, color_scheme=scheme, reduced_motion="reduce")
    till.locator(".tile").nth(0).click()
    till.locator("#exact").click()
    till.locator("#next").wait_for()

    till.get_by_role("link", name="Orders").click()
    till.locator(".order-row").wait_for()
    assert faults(till) == []
    till.locator(".order-open").click()
    expect(till.locator("#sheet")).to_contain_text("Payments")
    assert faults(till) == []


@pytest.mark.parametrize("path", ["/sign-in/", "/nowhere/", "/forms/contact/", "/forms/thanks/"])
@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_public_pages_are_accessible(open_page, path, scheme):
    page = open_page(path, color_scheme=scheme, reduced_motion="reduce")

    assert faults(page) == []


def test_targets_are_large_enough_for_a_finger(at, cashier):
    till = at("till", cashier)
    till.locator(".tile").nth(0).click()

    for selector, least in [(".tile", 140), ("#pay", 70), ("#exact", 70), (".stepper button", 44)]:
        box = till.locator(selector).first.bounding_box()
        assert box["height"] >= least, selector
    assert till.locator(".tile").first.bounding_box()["width"] >= 140


def test_the_theme_can_be_chosen_and_stays(at, cashier):
    till = at("till", cashier, color_scheme=LIGHT)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = till.evaluate(ground)

    till.locator("#account").click()
    toggle = till.get_by_role("button", name="Theme")
    toggle.click()
    expect(toggle).to_contain_text("light")
    toggle.click()
    expect(toggle).to_contain_text("dark")
    till.reload()

    assert till.evaluate(ground) != light


def test_the_till_is_light_to_load(at, cashier):
    till = at("till", cashier)
    sizes = []

    def weigh(response):
        if response.request.resource_type != "image":
            sizes.append(len(response.body()))

    till.on("requestfinished", lambda request: weigh(request.response()))
    till.reload()
    till.locator('#connection[data-state="live"]').wait_for()

    assert 20_000 < sum(sizes) <= TILL_BYTES


def test_a_revoked_sign_in_ends_at_once_and_keeps_the_order(at, cashier):
    till = at("till", cashier)
    till.locator(".tile", has_text="Soup").click()
    AuthSession.objects.filter(user=cashier).update(revoked_at=timezone.now())

    till.locator("#exact").click()
    expect(till.locator("#signed-out")).to_be_visible()
    till.locator("#signed-out").get_by_role("link", name="Sign in").click()
    till.get_by_label("E-mail or username").fill("carla")
    till.get_by_label("Password", exact=True).fill("correct horse battery")
    till.get_by_role("button", name="Sign in").click()

    expect(till.locator(".line-name")).to_have_text("Soup")


def test_a_locked_site_says_what_still_works_and_whom_to_call(at, cashier, shop):
    till = at("till", cashier)
    till.locator(".tile", has_text="Soup").click()
    site = Site.objects.create(
        name="Site", is_locked=True, lock_reason="Unpaid.", contact_email="help@example.com"
    )
    site.shops.add(shop)

    till.locator("#exact").click()
    expect(till.locator("#problem")).to_contain_text("Unpaid.")
    expect(till.locator("#problem")).to_contain_text("help@example.com")
    till.reload()

    banner = till.locator("#licence")
    expect(banner).to_contain_text("This site is locked")
    expect(banner).to_contain_text("help@example.com")
    expect(till.locator(".line-name")).to_have_text("Soup")


def test_names_reach_the_page_as_text_only(at, cashier, menu):
    cake = menu["Cake"]
    name = "<img src=x onerror=alert(1)></script>"
    type(cake).objects.filter(pk=cake.pk).update(name=name)
    till = at("till", cashier)

    till.locator(".tile", has_text="onerror").click()

    expect(till.locator(".line-name")).to_have_text(name)
    assert till.locator("img[src='x']").count() == 0
