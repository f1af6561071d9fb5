"""The shop's settings: typed where known, kept where not, told to screens, refused by role."""

import json

import pytest

from licensing.models import Site
from pos import terms
from pos.models import ShopSettings


@pytest.fixture
def desk(api, manager):
    return api(manager)


def put(client, shop, body):
    path = f"/shops/{shop.id}/settings"
    return client.put(path, json.dumps(body), content_type="application/json")


def test_a_shop_that_set_nothing_has_the_defaults(desk, shop):
    reply = desk.get(f"/api/shops/{shop.id}/settings/")

    assert reply.json() == {
        "currency": "EUR",
        "timezone": "UTC",
        "tax_rate": "0.00",
        "prices_include_tax": True,
        "order_number_prefix": "ORD",
        "receipt_header": "",
        "receipt_footer": "",
        "delivery_charge": "0.00",
        "allow_open_items": False,
        "stock_policy": "block",
        "cash_rounding": "0",
        "kitchen_on": "payment",
        "kiosk_reservation_seconds": 180,
        "cashier_discount_percent": "100.00",
        "void_needs_manager": False,
    }
    assert not ShopSettings.objects.exists()


@pytest.mark.parametrize("wrapped", [True, False])
def test_what_is_sent_changes_and_the_rest_stays(desk, shop, wrapped):
    first = {"taxRate": "18.00", "prices_include_tax": False, "cash_rounding": "0.05"}
    second = {"delivery_charge": "2.50", "receipt_header": "Good day", "timezone": "Asia/Kolkata"}

    put(desk, shop, {"settings": first} if wrapped else first)
    row = put(desk, shop, {"settings": second} if wrapped else second).json()

    assert (row["tax_rate"], row["prices_include_tax"]) == ("18.00", False)
    assert (row["cash_rounding"], row["delivery_charge"]) == ("0.05", "2.50")
    assert (row["receipt_header"], row["timezone"]) == ("Good day", "Asia/Kolkata")
    assert terms.of(shop).cash_rounding == 5
    shop.refresh_from_db()
    assert shop.timezone == "Asia/Kolkata"


def test_keys_of_the_shops_own_are_kept_and_given_back(desk, shop):
    put(desk, shop, {"settings": {"themeColor": "red", "printer": {"pin": 4, "scale": 1.25}}})
    put(desk, shop, {"settings": {"second": [1], "tax_rate": "5"}})

    row = desk.get(f"/shops/{shop.id}/settings").json()
    assert (row["themeColor"], row["printer"]) == ("red", {"pin": 4, "scale": 1.25})
    assert (row["second"], row["tax_rate"]) == ([1], "5.00")
    gone = put(desk, shop, {"settings": {"themeColor": None}}).json()
    assert "themeColor" not in gone
    assert gone["second"] == [1]


def test_a_row_that_was_read_may_be_sent_back(desk, shop, tea):
    put(desk, shop, {"note": "ours", "receipt_footer": "Come again", "cash_rounding": "0.05"})
    row = desk.get(f"/shops/{shop.id}/settings").json()

    assert put(desk, shop, row).json() == row
    assert put(desk, shop, row | {"receipt_footer": ""}).json() == row | {"receipt_footer": ""}


def test_screens_and_the_trail_are_told(desk, shop, manager):
    row = put(desk, shop, {"tax_rate": "7", "api_token": "x"}).json()

    event = shop.events.get()
    assert (event.kind, event.actor_id) == ("settings_changed", manager.id)
    assert json.loads(event.data) == row
    line = shop.audit.get(action="settings.changed")
    assert (line.before["tax_rate"], line.after["tax_rate"]) == ("0.00", "7.00")
    assert (line.before["own"], line.after["own"]) == ([], ["api_token"])


def test_a_repeated_put_is_answered_alike_and_happens_once(desk, shop):
    def send():
        path, body = f"/shops/{shop.id}/settings", json.dumps({"tax_rate": "7"})
        key = {"Idempotency-Key": "k1"}
        return desk.put(path, body, content_type="application/json", headers=key)

    assert send().content == send().content
    assert shop.events.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"currency": "XXXX"},
        {"currency": "EUK"},
        {"timezone": "Mars/Base"},
        {"timezone": "../etc/passwd"},
        {"tax_rate": "101"},
        {"tax_rate": "1.2345"},
        {"cashier_discount_percent": "-1"},
        {"delivery_charge": "0.001"},
        {"delivery_charge": "-1"},
        {"cash_rounding": "100000"},
        {"stock_policy": "perhaps"},
        {"kitchen_on": "never"},
        {"allow_open_items": "yes"},
        {"prices_include_tax": 1},
        {"kiosk_reservation_seconds": 1},
        {"order_number_prefix": "a b"},
        {"receipt_header": "x" * 501},
        {"settings": []},
        {"settings": {"taxRate": "1", "tax_rate": "2"}},
        {"much": "x" * 70_000},
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(desk, shop, body):
    reply = put(desk, shop, body)

    assert reply.status_code == 400, reply.content
    assert not shop.events.exists()
    shop.refresh_from_db()
    assert (shop.currency, shop.timezone) == ("EUR", "UTC")


def test_the_currency_changes_until_amounts_are_counted_in_it(desk, shop, stocked):
    changed = put(desk, shop, {"currency": "JPY", "delivery_charge": "300"})
    assert (changed.json()["currency"], changed.json()["delivery_charge"]) == ("JPY", "300")
    put(desk, shop, {"delivery_charge": "0"})
    assert put(desk, shop, {"currency": "EUR"}).status_code == 200
    shop.refresh_from_db()
    stocked(shop, "Tea", 250, 0)

    refused = put(desk, shop, {"currency": "JPY", "tax_rate": "7"})
    same = put(desk, shop, {"currency": "EUR", "tax_rate": "5"})

    assert (refused.status_code, refused.json()["code"]) == (409, "currency_fixed")
    assert (same.status_code, same.json()["tax_rate"]) == (200, "5.00")


def test_settings_are_the_managers(api, cashier, shop):
    till = api(cashier)

    assert till.get(f"/shops/{shop.id}/settings").status_code == 403
    assert put(till, shop, {"tax_rate": "7"}).status_code == 403
    assert not ShopSettings.objects.exists()


def test_a_locked_site_keeps_its_settings(desk, shop, locked):
    reply = put(desk, shop, {"tax_rate": "7"})

    assert (reply.status_code, reply.json()["code"]) == (423, "site_locked")
    assert terms.of(shop).tax_rate == 0
    assert Site.objects.get().is_locked
