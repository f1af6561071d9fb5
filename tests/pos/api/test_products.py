"""Products and their stock over the wire: written at the desk, sent to tills once they changed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pos.models import Product
from tests.pos.api.conftest import order_of

# --- the catalogue ------------------------------------------------------------------------


def test_a_manager_adds_changes_and_retires_a_product(desk, shop):
    path = f"/shops/{shop.id}/products"
    added = desk.post(
        path,
        {
            "name": "Soup",
            "price": "4.20",
            "category": "Starters",
            "tax_rate": "7",
            "sku": "S1",
            "stockPolicy": "allow",
        },
    )
    soup = added.json()
    changed = desk.patch(
        f"{path}/{soup['id']}", {"price": "4.50"}, content_type="application/json"
    ).json()
    gone = desk.delete(f"{path}/{soup['id']}")

    assert added.status_code == 201
    assert (soup["price"], soup["category"], soup["tax_rate"]) == ("4.20", "Starters", "7.00")
    assert (soup["stock"], soup["is_available"]) == (0, True)
    assert (changed["price"], changed["version"]) == ("4.50", 2)
    assert gone.json() == {"message": "Soup is off the menu."}
    assert not Product.objects.get(sku="S1").is_active
    assert list(shop.events.order_by("seq").values_list("kind", flat=True)) == [
        "category_created",
        "product_created",
        "product_updated",
        "product_deleted",
    ]


def test_the_trail_says_until_what_is_left_a_product_was_sold(desk, shop, tea):
    path = f"/shops/{shop.id}/products/{tea.id}"

    desk.patch(path, {"stock_policy": "allow", "cost": "0.40"}, content_type="application/json")

    line = shop.audit.get(action="product.updated")
    named = ("stock_policy", "cost", "reorder_level")
    was, now = ([facts[name] for name in named] for facts in (line.before, line.after))
    assert (was[:2], now[:2]) == (["block", None], ["allow", 40])
    assert was[2] == now[2]


def test_a_row_that_was_read_may_be_sent_back(desk, shop, tea):
    path = f"/shops/{shop.id}/products/{tea.id}"
    row = desk.get(path).json() | {"name": "Green tea"}

    reply = desk.put(path, row, content_type="application/json")

    assert reply.status_code == 200, reply.json()
    assert reply.json()["name"] == "Green tea"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "Soup"}, 400, "invalid"),
        ({"name": "", "price": "1"}, 400, "invalid"),
        ({"name": "Soup", "price": "-1"}, 400, "invalid"),
        ({"name": "Soup", "price": "1.001"}, 400, "invalid"),
        ({"name": "Soup", "price": "1", "tax_rate": "101"}, 400, "invalid"),
        ({"name": "Soup", "price": "1", "colour": "red"}, 400, "unknown_field"),
        ({"name": "Soup", "price": "1", "sku": "TEA"}, 409, "name_taken"),
        ({"name": "x" * 256, "price": "1"}, 400, "invalid"),
        ({"name": "Soup", "price": "1", "category_id": "0" * 32}, 404, "not_found"),
    ],
)
def test_a_bad_product_is_refused(desk, shop, stocked, body, status, code):
    stocked(shop, "Tea", 250, 3, sku="TEA")

    reply = desk.post(f"/shops/{shop.id}/products", body)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert shop.products.count() == 1


def test_the_menu_is_not_sent_again_until_it_changes(till, shop, tea):
    path = f"/shops/{shop.id}/products"
    first = till.get(path)

    def again():
        return till.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert again().status_code == 304
    assert again().content == b""
    till.post(f"/shops/{shop.id}/orders", order_of((tea, 1)))
    fresh = again()
    assert fresh.status_code == 200
    assert [row["stock"] for row in first.json()] == [3]
    assert [row["stock"] for row in fresh.json()] == [2]


def test_a_long_menu_takes_as_many_statements_as_a_short_one(till, shop, stocked):
    def statements():
        stocked(shop, f"Dish {shop.products.count()}", 100, 1)
        with CaptureQueriesContext(connection) as seen:
            rows = till.get(f"/shops/{shop.id}/products").json()
        return len(rows), len(seen)

    counts = dict(statements() for _ in range(4))

    assert len(set(counts.values())) == 1
    assert set(counts) == {1, 2, 3, 4}


def test_products_are_found_by_text_barcode_and_heading(desk, shop, stocked):
    stocked(shop, "Tea", 250, 3, barcode="4006381333931", category="Drinks")
    stocked(shop, "Cake", 499, 3, is_active=False)

    def found(query):
        return [row["name"] for row in desk.get(f"/shops/{shop.id}/products?{query}").json()]

    assert found("q=te") == ["Tea"]
    assert found("barcode=4006381333931") == ["Tea"]
    assert found("category=Drinks") == ["Tea"]
    assert found("active=false") == ["Cake"]


# --- stock --------------------------------------------------------------------------------


def test_stock_is_received_wasted_and_counted(desk, shop, tea):
    path = f"/shops/{shop.id}/inventory/{tea.id}"

    def put(body):
        return desk.put(path, body, content_type="application/json")

    assert put({"delta": 10, "reason": "receive", "note": "Friday"}).json()["quantity"] == 13
    assert put({"delta": -3, "reason": "waste"}).json()["quantity"] == 10
    assert put({"quantity": 8, "reason": "count"}).json()["quantity"] == 8
    moves = desk.get(f"{path}/movements").json()
    assert [(move["delta"], move["reason"]) for move in moves] == [
        (-2, "count"),
        (-3, "waste"),
        (10, "receive"),
        (3, "receive"),
    ]
    assert moves[2]["note"] == "Friday"
    assert moves[0]["actor"]["name"] == "Manu"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"quantity": 1, "delta": 1},
        {"delta": 0},
        {"delta": 1, "reason": "count"},
        {"delta": -1, "reason": "receive"},
        {"delta": 1, "reason": "waste"},
        {"delta": 1, "reason": "theft"},
        {"delta": 10**12},
        {"delta": "1"},
    ],
)
def test_a_bad_movement_is_refused(desk, shop, tea, body):
    path = f"/shops/{shop.id}/inventory/{tea.id}"

    assert desk.put(path, body, content_type="application/json").status_code == 400
    assert tea.movements.count() == 1
