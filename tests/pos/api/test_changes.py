"""Orders changed over the wire: lines come and go, versions count, the kitchen moves them on."""

from uuid import uuid4

import pytest

from accounts import devices
from pos import payments
from pos.tenders import Tender
from tests import factories
from tests.pos.api.conftest import JSON, item

# --- changing -----------------------------------------------------------------------------


@pytest.fixture
def tab(till, orders_url, tea, cake):
    return till.post(orders_url, {"items": [item(tea), item(cake)], "hold": True}).json()


@pytest.mark.parametrize("method", ["put", "patch"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_lines_come_and_go(till, orders_url, tab, cake, method, slash):
    assert tab["is_held"]
    change = {
        "add": [item(cake, 2, note="warm")],
        "void": [tab["items"][0]["id"]],
        "hold": False,
        "customerName": "Ada",
    }

    reply = getattr(till, method)(f"{orders_url}/{tab['id']}{slash}", change, **JSON)

    order = reply.json()
    assert (reply.status_code, reply.headers["ETag"]) == (200, '"2"')
    assert [(line["quantity"], line["voided"]) for line in order["items"]] == [
        (1, True), (1, False), (2, False),
    ]  # fmt: skip
    assert (order["total"], order["is_held"], order["customer_name"]) == ("14.97", False, "Ada")


def test_only_the_version_that_was_seen_is_changed(till, orders_url, tab):
    url = f"{orders_url}/{tab['id']}"
    seen = till.get(url).headers["ETag"]

    first = till.patch(url, {"table": "5"}, **JSON, headers={"If-Match": seen})
    second = till.patch(url, {"table": "6"}, **JSON, headers={"If-Match": seen})
    odd = till.patch(url, {"table": "7"}, **JSON, headers={"If-Match": '"²"'})
    gone = till.delete(url, headers={"If-Match": seen})

    assert [each.status_code for each in (first, second, odd, gone)] == [200, 412, 412, 412]
    assert second.json()["code"] == "stale_version"
    assert till.get(url).json()["table"] == "5"
    assert till.patch(url, {"table": "8"}, **JSON, headers={"If-Match": "*"}).status_code == 200


def test_a_row_that_was_read_may_be_sent_back(till, orders_url, tab):
    url = f"{orders_url}/{tab['id']}"

    reply = till.put(url, till.get(url).json() | {"table": "12"}, **JSON)

    assert reply.status_code == 200
    assert (reply.json()["table"], reply.json()["items"]) == ("12", tab["items"])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"price": "1"}, 400, "unknown_field"),
        ({"state": "paid"}, 400, "invalid"),
        ({"state": "gone"}, 400, "invalid"),
        ({"kitchen_state": "burnt"}, 400, "invalid"),
        ({"add": [{"quantity": 1}]}, 400, "invalid"),
        ({"void": [str(uuid4())]}, 400, "unknown_line"),
        ({"void": "all"}, 400, "invalid"),
    ],
)
def test_a_bad_change_is_refused(till, orders_url, tab, change, status, code):
    reply = till.patch(f"{orders_url}/{tab['id']}", change | {"table": "99"}, **JSON)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert till.get(f"{orders_url}/{tab['id']}").json() == tab


def test_null_empties_a_text_and_a_discount(till, orders_url, tab):
    url = f"{orders_url}/{tab['id']}"
    till.patch(url, {"note": "Nuts", "discount": {"type": "amount", "value": "1"}}, **JSON)

    order = till.patch(url, {"note": None, "discount": None}, **JSON).json()

    assert (order["note"], order["discount"], order["total"]) == ("", "0.00", "7.49")


@pytest.mark.parametrize("way", ["delete", "void", "state"])
def test_an_order_is_void_in_three_ways(till, shop, orders_url, tab, cake, way):
    url = f"{orders_url}/{tab['id']}"
    reply = {
        "delete": lambda: till.delete(url),
        "void": lambda: till.post(f"{url}/void", {"reason": "Left"}),
        "state": lambda: till.put(url, {"state": "void"}, **JSON),
    }[way]()

    assert reply.status_code == 200
    assert ("message" in reply.json()) is (way == "delete")
    assert till.get(url).json()["state"] == "void"
    assert shop.orders.get().void_reason == ("Left" if way == "void" else "")
    assert shop.events.filter(kind="order_deleted").count() == 1
    assert till.post(f"{url}/void", {}).json()["code"] == "order_closed"
    cake.level.refresh_from_db()
    assert cake.level.quantity == 10


def test_a_paid_order_is_refunded_first(till, shop, cashier, orders_url, tab):
    payments.take(tab["id"], Tender(method="cash"), shop=shop, actor=cashier)

    reply = till.delete(f"{orders_url}/{tab['id']}")

    assert (reply.status_code, reply.json()["code"]) == (409, "refund_first")
    assert "Refund it first" in reply.json()["detail"]


# --- the kitchen's screen -----------------------------------------------------------------


@pytest.fixture
def screen(api, shop):
    """A paired kitchen screen, at which nobody signs in."""

    def paired_in(of=shop, kind="kds"):
        device = devices.register(shop=of, kind=kind, name="Kitchen", actor=None)
        client = api(None)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {factories.paired(device)}"
        return client

    return paired_in


def test_a_kitchen_screen_reads_orders_and_moves_them_on(screen, shop, orders_url, tab):
    kitchen = screen()
    url = f"{orders_url}/{tab['id']}"

    moved = kitchen.patch(url, {"kitchenState": "preparing"}, **JSON)

    assert [each["id"] for each in kitchen.get(orders_url).json()] == [tab["id"]]
    assert (moved.status_code, moved.json()["kitchen_state"]) == (200, "preparing")
    assert kitchen.get(url).json() == moved.json()
    assert shop.events.get(kind="order_updated").actor_id is None
    line = shop.audit.get(action="order.changed")
    assert (line.actor_id, line.device) == (None, str(shop.devices.get().pk))


def test_each_kitchen_screen_has_keys_of_its_own(screen, shop, orders_url, tab):
    said = {"kitchen_state": "preparing"}
    more = JSON | {"headers": {"Idempotency-Key": "k"}}
    replies = []
    for kitchen in (screen(), screen()):
        replies += [kitchen.patch(f"{orders_url}/{tab['id']}", said, **more) for _ in range(2)]

    assert [one.get("Idempotent-Replay") for one in replies] == [None, "true", None, "true"]


def test_a_kitchen_screen_does_nothing_else(screen, orders_url, tab, tea):
    kitchen = screen()
    url = f"{orders_url}/{tab['id']}"

    for refused in (
        kitchen.patch(url, {"kitchen_state": "ready", "table": "9"}, **JSON),
        kitchen.put(url, {"add": [item(tea)]}, **JSON),
        kitchen.put(url, {"state": "void"}, **JSON),
        kitchen.delete(url),
        kitchen.post(orders_url, {"items": [item(tea)]}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "device_not_allowed")
    assert kitchen.post(f"{url}/void", {}).status_code == 401
    assert kitchen.get(url).json() == tab


def test_other_devices_and_other_shops_screens_find_nothing(screen, other_shop, orders_url, tab):
    url = f"{orders_url}/{tab['id']}"

    assert screen(of=other_shop).get(url).status_code == 404
    assert screen(kind="board").get(url).status_code == 401
