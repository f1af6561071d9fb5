"""What people see of the licence: what happened, what still works, whom to ask; without a reload."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from core import ids
from licensing import clocks, licences
from licensing.verdicts import SigningKey, Verdict, sign
from tests.browser.test_screens import DARK, LIGHT, faults

pytestmark = pytest.mark.sqlite_only  # what a screen looks like is not up to the database

HERE = ids.new()
KEY = SigningKey.of("A" * 43)


@pytest.fixture
def live_server_process(serve, settings, tmp_path):
    """A restaurant's own server; the test does what its worker would do."""
    settings.ROLE, settings.SITE_ID, settings.VAR_DIR = "shop", HERE, tmp_path
    settings.LICENSE_PUBLIC_KEYS, settings.LICENSE_CONTACT = [KEY.public_key], "desk@example.com"
    licences.wake()
    return serve(COUNTERTOP_ROLE="shop", SITE_ID=str(HERE))


def say(seq, **fields):
    """The vendor says this, and it counts."""
    now = timezone.now()
    said = {
        "site_id": HERE,
        "seq": seq,
        "issued_at": now,
        "valid_until": now + timedelta(days=7),
        "licensed": True,
        "locked": False,
        "lock_reason": "",
        "expires_at": None,
        "nonce": "n",
        "next_heartbeat_seconds": 21600,
    }
    return licences.accept(sign(Verdict(**said | fields), key=KEY), nonce="n", asked=clocks.pulse())


LOCK = {"locked": True, "lock_reason": "The invoice of September is not paid."}


def test_the_banner_comes_and_goes_with_the_lock(at, cashier):
    till = at("till", cashier, color_scheme=LIGHT, reduced_motion="reduce")
    expect(till.locator("#licence")).to_have_count(0)
    till.locator(".tile").nth(0).click()

    say(1, **LOCK)

    banner = till.get_by_role("alert")
    expect(banner).to_contain_text("This site is locked: no new orders.")
    expect(banner).to_contain_text("The invoice of September is not paid.")
    expect(banner.get_by_role("link")).to_have_attribute("href", "mailto:desk@example.com")
    assert faults(till) == []
    till.locator("#exact").click()
    expect(till.locator("#order")).to_contain_text(
        "Nothing was taken. The order on the screen is kept."
    )

    till.emulate_media(color_scheme=DARK)
    assert faults(till) == []

    say(2, expires_at=timezone.now() + timedelta(days=10))
    expect(till.locator("#licence")).to_have_attribute("data-cause", "expires")
    assert faults(till) == []
    say(3)
    expect(till.locator("#licence")).to_have_count(0)
