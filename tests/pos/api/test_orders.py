"""Orders over the wire: shapes, both mounts, both slash forms, keys, lists, refusals."""

import json

import pytest

from accounts import devices
from tests import factories
from tests.pos.api.conftest import CASH, order_of


def test_a_sale_over_the_wire(till, shop, cashier, tea):
    body = order_of((tea, 2), payments=[{"method": "cash", "amount": "5.00", "tendered": "20.00"}])

    reply = till.post(f"/shops/{shop.id}/orders", body | {"total": "5.00", "orderType": "takeaway"})

    assert reply.status_code == 201
    order = reply.json()
    assert order["order_number"].startswith("ORD-")
    assert order | {"items": 0, "payments": 0} == {
        "id": order["id"],
        "shop_id": str(shop.id),
        "order_number": order["order_number"],
        "call_number": "001",
        "channel": "api",
        "order_type": "takeaway",
        "state": "paid",
        "kitchen_state": "queued",
        "items": 0,
        "subtotal": "5.00",
        "discount": "0.00",
        "tax": "0.00",
        "charges": "0.00",
        "total": "5.00",
        "paid": "5.00",
        "due": "0.00",
        "change": "15.00",
        "payment_method": "cash",
        "payment_status": "completed",
        "payments": 0,
        "refunds": [],
        "cashier_id": str(cashier.id),
        "cashier_name": "Carla",
        "customer_name": "",
        "table": "",
        "note": "",
        "is_held": False,
        "flags": [],
        "version": 1,
        "client_id": "",
        "created_at": order["created_at"],
        "recorded_at": order["recorded_at"],
        "kitchen_at": order["created_at"],
        "updated_at": order["updated_at"],
    }
    assert order["created_at"].endswith("Z")
    assert order["items"][0]["unit_price"] == "2.50"
    assert till.get(f"/shops/{shop.id}/orders/{order['id']}").json() == order
    assert till.get(f"/shops/{shop.id}/orders").json() == [order]


@pytest.mark.parametrize("mount", ["/api/v1", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_mount_and_slash_form_answers(till, shop, tea, mount, slash):
    base = f"{mount}/shops/{shop.id}"
    placed = till.post(f"{base}/orders{slash}", order_of((tea, 1), **CASH))

    assert placed.status_code == 201
    for path in ("products", "categories", "inventory", "orders", f"products/{tea.id}"):
        assert till.get(f"{base}/{path}{slash}").status_code == 200


def test_the_same_key_answers_the_same_bytes_and_another_body_is_refused(till, shop, tea):
    def send(body, path=f"/shops/{shop.id}/orders"):
        return till.post(path, body, headers={"Idempotency-Key": "a-key"})

    first = send(order_of((tea, 1)))
    again = send(order_of((tea, 1)), path=f"/api/shops/{shop.id}/orders/")
    other = send(order_of((tea, 2)))

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content
    assert again.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert other.json()["code"] == "idempotency_key_reused"
    assert shop.orders.count() == 1


def test_a_client_id_is_a_key_too(till, shop, tea):
    first, again = (
        till.post(f"/shops/{shop.id}/orders", order_of((tea, 1), clientId="c-1")) for _ in "12"
    )

    assert again.content == first.content
    assert first.json()["client_id"] == "c-1"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"items": []}, 400, "empty_order"),
        ({"items": "tea"}, 400, "invalid"),
        ({"items": [{"product_id": "tea", "quantity": 1}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 0}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": -1}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 1.5}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": "1"}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": True}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 1000}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA"}]}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 1}], "order_type": "x"}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 1}], "total": "1e3"}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 1}], "total": "2.505"}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 1}], "total": "-1"}, 400, "invalid"),
        ({"items": [{"product_id": "TEA", "quantity": 1}], "total": "9"}, 409, "total_mismatch"),
        ({"items": [{"product_id": "TEA", "quantity": 4}]}, 409, "out_of_stock"),
        ({"items": [{"product_id": "SHOP", "quantity": 1}]}, 400, "unknown_product"),
        ({"items": [{"product_id": "TEA", "quantity": 1}] * 501}, 400, "invalid"),
        (
            {"items": [{"product_id": "TEA", "quantity": 1}], "client_id": "x" * 256},
            400,
            "invalid",
        ),
        (
            {"items": [{"product_id": "TEA", "quantity": 1}], "payment_method": "gold"},
            400,
            "invalid",
        ),
        (
            {
                "items": [{"product_id": "TEA", "quantity": 1}],
                "payments": [{"method": "cash", "amount": "2.50", "tendered": "2.00"}],
            },
            400,
            "too_little_tendered",
        ),
        (
            {
                "items": [{"product_id": "TEA", "quantity": 1}],
                "payments": [{"method": "cash", "amount": "2.51"}],
            },
            409,
            "too_much_paid",
        ),
    ],
)
def test_a_bad_order_gets_a_clear_error_and_changes_nothing(till, shop, tea, body, status, code):
    sent = json.dumps(body).replace("TEA", str(tea.id)).replace("SHOP", str(shop.id))

    reply = till.post(f"/shops/{shop.id}/orders", sent)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert reply.json()["detail"] == reply.json()["error"]
    assert (code == "invalid") == ("errors" in reply.json())
    assert shop.orders.count() == 0
    tea.level.refresh_from_db()
    assert tea.level.quantity == 3


def test_prices_that_a_client_sends_do_not_count(till, shop, tea):
    body = {
        "items": [{"product_id": str(tea.id), "quantity": 1, "price": "0.01", "name": "Gold"}],
        "subtotal": "0.01",
        "tax": "0",
    }

    order = till.post(f"/shops/{shop.id}/orders", body).json()

    assert (order["total"], order["items"][0]["name"]) == ("2.50", "Tea")


def test_a_sale_at_a_paired_till_is_the_tills_whatever_program_runs_there(api, shop, cashier, tea):
    till = devices.register(shop=shop, kind="till", name="Till 1", actor=None)
    factories.pin(shop, cashier, "4821")
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {factories.paired(till)}"
    pair = client.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": "4821"}).json()
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {pair['access_token']}"

    sold = client.post(f"/shops/{shop.id}/orders", order_of((tea, 1)) | CASH)

    assert (sold.status_code, sold.json()["channel"]) == (201, "till")
    assert shop.orders.get().device == till


def test_orders_are_found_by_state_time_and_text(till, shop, tea):
    place = f"/shops/{shop.id}/orders"
    till.post(place, order_of((tea, 1), **CASH, customer_name="Ada"))
    till.post(place, order_of((tea, 1), table="T7"))

    def found(query):
        return [order["call_number"] for order in till.get(f"{place}?{query}").json()]

    assert found("") == ["002", "001"]
    assert found("state=paid") == ["001"]
    assert found("q=ada") == ["001"]
    assert found("q=t7") == ["002"]
    assert found("channel=till") == []
    assert found("since=2020-01-01&until=2020-01-02") == []
    assert found("startDate=2020-01-01T00:00:00Z") == ["002", "001"]
    assert till.get(f"{place}?state=eaten").status_code == 400
    assert till.get(f"{place}?since=yesterday").status_code == 400


def test_orders_come_page_by_page_and_each_once(till, shop, stocked):
    rice = stocked(shop, "Rice", 100, 9)
    place = f"/api/v1/shops/{shop.id}/orders"
    for _ in range(5):
        till.post(place, order_of((rice, 1)))

    seen, path = [], f"{place}?limit=2"
    while path:
        reply = till.get(path)
        seen += [order["call_number"] for order in reply.json()]
        link = reply.headers.get("Link", "")
        path = link.split("://testserver")[1].split(">")[0] if link else ""

    assert seen == ["005", "004", "003", "002", "001"]


# --- who may ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "products"),
        ("get", "categories"),
        ("get", "inventory"),
        ("get", "orders"),
        ("post", "orders"),
        ("post", "products"),
        ("post", "categories"),
        ("get", "products/{tea}"),
        ("patch", "products/{tea}"),
        ("put", "inventory/{tea}"),
        ("get", "inventory/{tea}/movements"),
    ],
)
def test_strangers_find_nothing_and_nobody_is_asked_to_sign_in(
    api, owner, other_shop, method, path, tea
):
    path = path.format(tea=tea.id)
    foreign = getattr(api(owner), method)(f"/shops/{other_shop.id}/{path}")
    unknown = getattr(api(owner), method)(f"/shops/{tea.id}/{path}")
    nobody = getattr(api(None), method)(f"/shops/{other_shop.id}/{path}")

    assert (foreign.status_code, unknown.status_code, nobody.status_code) == (404, 404, 401)
    assert foreign.json() | {"request_id": 0} == unknown.json() | {"request_id": 0}


def test_a_cashier_sells_and_does_not_edit_the_menu(till, shop, tea):
    assert till.post(f"/shops/{shop.id}/products", {"name": "x", "price": "1"}).status_code == 403
    assert till.delete(f"/shops/{shop.id}/products/{tea.id}").status_code == 403
    assert till.get(f"/shops/{shop.id}/products/{tea.id}").status_code == 200
