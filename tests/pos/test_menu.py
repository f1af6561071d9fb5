"""Headings, taxes and choices: written by managers, read by tills, told to screens."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pos import catalog, modifiers
from pos.models import Modifier, ModifierGroup, Product, ProductModifierGroup, StockLevel

SIZES = {
    "name": "Size",
    "min": 1,
    "max": 1,
    "modifiers": [{"name": "Small"}, {"name": "Large", "price": "1.50"}],
}


@pytest.fixture
def desk(api, manager):
    return api(manager)


@pytest.fixture
def till(api, cashier):
    return api(cashier)


@pytest.fixture
def at(shop):
    """An address under the shop: ``at("categories", id)``."""
    return lambda *parts: "/".join([f"/shops/{shop.id}", *map(str, parts)])


def patch(client, path, body):
    return client.patch(path, json.dumps(body), content_type="application/json")


def kinds(shop):
    return list(shop.events.order_by("seq").values_list("kind", flat=True))


# --- categories -------------------------------------------------------------------------------


def test_a_heading_is_added_changed_and_retired(desk, till, shop, at):
    wish = {"name": "Cakes", "position": 2, "translations": {"de": "Kuchen"}}
    cakes = desk.post(at("categories"), wish).json()
    desk.post(at("categories"), {"name": "Drinks", "position": 1})
    moved = patch(desk, at("categories", cakes["id"]), {"position": 0}).json()

    assert (cakes["name"], cakes["translations"]) == ("Cakes", {"de": "Kuchen"})
    assert moved == cakes | {"position": 0}
    assert [row["name"] for row in till.get(at("categories")).json()] == ["Cakes", "Drinks"]
    gone = desk.delete(at("categories", cakes["id"]))
    assert gone.json() == {"message": "Cakes is offered no more."}
    assert [row["name"] for row in till.get(at("categories")).json()] == ["Drinks"]
    assert [row["name"] for row in till.get(at("categories?active=false")).json()] == ["Cakes"]
    assert till.get(at("categories", cakes["id"])).json()["is_active"] is False
    again = desk.post(at("categories"), {"name": "Cakes"})
    assert (again.status_code, again.json()["id"]) == (201, cakes["id"])
    assert kinds(shop) == [
        "category_created",
        "category_created",
        "category_updated",
        "category_deleted",
        "category_created",
    ]


def test_a_row_that_was_read_may_be_sent_back_everywhere(desk, at):
    for place, wish in (
        ("categories", {"name": "Cakes"}),
        ("tax-rates", {"name": "GST", "percent": "18"}),
        ("modifier-groups", SIZES),
    ):
        row = desk.post(at(place), wish).json()
        reply = desk.put(at(place, row["id"]), json.dumps(row), content_type="application/json")
        assert (reply.status_code, reply.json()) == (200, row), reply.content


# --- taxes ------------------------------------------------------------------------------------


def test_a_tax_has_parts_that_add_up(desk, at):
    parts = [{"name": "CGST", "percent": "9"}, {"name": "SGST", "percent": 9}]
    gst = desk.post(at("tax-rates"), {"name": "GST", "percent": "18", "components": parts})

    row = gst.json()
    assert (gst.status_code, row["percent"]) == (201, "18.00")
    assert row["components"] == [
        {"name": "CGST", "percent": "9.00"},
        {"name": "SGST", "percent": "9.00"},
    ]
    refused = patch(desk, at("tax-rates", row["id"]), {"percent": "12"})
    assert (refused.status_code, refused.json()["code"]) == (400, "parts_do_not_add_up")
    parts[0]["percent"] = parts[1]["percent"] = "6"
    changed = patch(desk, at("tax-rates", row["id"]), {"percent": "12", "components": parts})
    assert changed.json()["percent"] == "12.00"


def test_a_product_is_taxed_by_name_or_percentage_and_holds_its_tax(desk, shop, at, tea):
    gst = desk.post(at("tax-rates"), {"name": "GST", "percent": "18"}).json()
    row = patch(desk, at("products", tea.id), {"tax_rate_id": gst["id"]}).json()
    assert (row["tax_rate"], row["tax_rate_id"]) == ("18.00", gst["id"])

    refused = desk.delete(at("tax-rates", gst["id"]))
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    patch(desk, at("tax-rates", gst["id"]), {"percent": "20"})
    assert desk.get(at("products", tea.id)).json()["tax_rate"] == "20.00"
    other = patch(desk, at("products", tea.id), row | {"tax_rate": "5"}).json()
    assert other["tax_rate"] == "5.00"
    assert other["tax_rate_id"] != gst["id"]
    back = patch(desk, at("products", tea.id), other | {"tax_rate_id": gst["id"]}).json()
    assert back["tax_rate"] == "20.00"
    patch(desk, at("products", tea.id), {"tax_rate": None})
    assert desk.delete(at("tax-rates", gst["id"])).status_code == 200
    assert desk.get(at("products", tea.id)).json()["tax_rate"] == "0.00"


# --- choices ----------------------------------------------------------------------------------


def test_a_choice_with_its_priced_modifiers(desk, till, shop, at):
    size = desk.post(at("modifier-groups"), SIZES).json()

    assert (size["min"], size["max"], size["is_active"]) == (1, 1, True)
    rows = [(each["name"], each["price"], each["position"]) for each in size["modifiers"]]
    assert rows == [("Small", "0.00", 0), ("Large", "1.50", 1)]
    assert till.get(at("modifier-groups")).json() == [size]
    assert till.get(at("modifier-groups", size["id"])).json() == size


def test_the_list_of_modifiers_is_replaced_and_none_is_lost(desk, at):
    size = desk.post(at("modifier-groups"), SIZES).json()
    small, large = size["modifiers"]
    wish = [{"id": large["id"], "name": "Big", "price": "2"}, {"name": "Huge", "price": "3"}]

    row = patch(desk, at("modifier-groups", size["id"]), {"modifiers": wish}).json()

    rows = [(each["name"], each["price"], each["is_active"]) for each in row["modifiers"]]
    assert sorted(rows) == [("Big", "2.00", True), ("Huge", "3.00", True), ("Small", "0.00", False)]
    again = patch(desk, at("modifier-groups", size["id"]), {"modifiers": [{"name": "Small"}]})
    back = [each for each in again.json()["modifiers"] if each["is_active"]]
    assert [each["id"] for each in back] == [small["id"]]
    assert Modifier.objects.count() == 3


def test_a_product_offers_choices_in_its_own_order(desk, till, shop, at, tea):
    size = desk.post(at("modifier-groups"), SIZES).json()
    milk = desk.post(at("modifier-groups"), {"name": "Milk", "max": 2}).json()
    path = at("products", tea.id)

    row = patch(desk, path, {"modifier_groups": [milk["id"], size["id"]]}).json()

    assert [(each["name"], each["min"], each["max"]) for each in row["modifier_groups"]] == [
        ("Milk", 0, 2),
        ("Size", 1, 1),
    ]
    first, second = row["modifier_groups"][1]["modifiers"]
    assert (first["name"], second["name"], second["price"]) == ("Small", "Large", "1.50")
    listed = till.get(at("products")).json()[0]
    assert listed["modifier_groups"] == row["modifier_groups"]
    same = patch(desk, path, row | {"modifier_groups": row["modifier_groups"][::-1]}).json()
    assert [each["name"] for each in same["modifier_groups"]] == ["Size", "Milk"]
    desk.delete(at("modifier-groups", milk["id"]))
    assert [g["name"] for g in till.get(path).json()["modifier_groups"]] == ["Size"]
    assert patch(desk, path, {"modifier_groups": []}).json()["modifier_groups"] == []
    line = shop.audit.filter(action="product.updated").order_by("id").first()
    assert line.after["modifier_groups"] == [milk["id"], size["id"]]


@pytest.mark.parametrize(
    ("place", "body", "status", "code"),
    [
        ("categories", {}, 400, "invalid"),
        ("categories", {"name": "x" * 121}, 400, "invalid"),
        ("categories", {"name": "Old"}, 409, "name_taken"),
        ("categories", {"name": "A", "position": -1}, 400, "invalid"),
        ("categories", {"name": "A", "translations": {"de": 1.5}}, 400, "invalid"),
        ("categories", {"name": "A", "colour": "red"}, 400, "unknown_field"),
        ("tax-rates", {"name": "A"}, 400, "invalid"),
        ("tax-rates", {"name": "A", "percent": "101"}, 400, "invalid"),
        ("tax-rates", {"name": "A", "percent": "1.2345"}, 400, "invalid"),
        ("tax-rates", {"name": "Old", "percent": "1"}, 409, "name_taken"),
        (
            "tax-rates",
            {"name": "A", "percent": "5", "components": [{"name": "B", "percent": "4"}]},
            400,
            "parts_do_not_add_up",
        ),
        ("modifier-groups", {"name": "A", "min": 2, "max": 1}, 400, "cannot_be_satisfied"),
        ("modifier-groups", {"name": "A", "max": 0}, 400, "cannot_be_satisfied"),
        (
            "modifier-groups",
            {"name": "A", "min": 2, "max": 2, "modifiers": [{"name": "B"}]},
            400,
            "cannot_be_satisfied",
        ),
        ("modifier-groups", {"name": "Old"}, 409, "name_taken"),
        (
            "modifier-groups",
            {"name": "A", "modifiers": [{"name": "B"}, {"name": "B"}]},
            409,
            "name_taken",
        ),
        ("modifier-groups", {"name": "A", "modifiers": [{"price": "1"}]}, 400, "invalid"),
        (
            "modifier-groups",
            {"name": "A", "modifiers": [{"name": "B", "price": "0.001"}]},
            400,
            "invalid",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(desk, shop, at, place, body, status, code):
    desk.post(at("categories"), {"name": "Old"})
    desk.post(at("tax-rates"), {"name": "Old", "percent": "1"})
    desk.post(at("modifier-groups"), {"name": "Old"})
    before = shop.events.count()

    reply = desk.post(at(place), body)

    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.content
    assert shop.events.count() == before


def test_another_shops_choices_and_taxes_are_unknown(desk, shop, other_shop, at, tea, owner):
    foreign = modifiers.add(shop=other_shop, actor=None, fields={"name": "Theirs"})
    size = desk.post(at("modifier-groups"), SIZES).json()
    path = at("products", tea.id)

    assert patch(desk, path, {"modifier_groups": [str(foreign.id)]}).status_code == 404
    assert patch(desk, path, {"tax_rate_id": str(foreign.id)}).status_code == 404
    assert desk.get(at("modifier-groups", foreign.id)).status_code == 404
    body = {"modifiers": [{"id": str(foreign.id), "name": "x"}]}
    assert patch(desk, at("modifier-groups", size["id"]), body).status_code == 404
    assert not ProductModifierGroup.objects.exists()


@pytest.mark.parametrize(
    ("place", "wish"),
    [
        ("categories", {"name": "A"}),
        ("tax-rates", {"name": "A", "percent": "5"}),
        ("modifier-groups", {"name": "A"}),
    ],
)
def test_cashiers_read_and_managers_write_while_the_site_is_in_order(
    desk, till, shop, at, place, wish, request
):
    row = desk.post(at(place), wish).json()

    assert till.get(at(place)).status_code == till.get(at(place, row["id"])).status_code == 200
    for client, status in ((till, 403), (desk, 423)):
        if client is desk:
            request.getfixturevalue("locked")
        before = shop.events.count()
        answers = [
            client.post(at(place), wish | {"name": "B"}),
            patch(client, at(place, row["id"]), {"name": "B"}),
            client.delete(at(place, row["id"])),
        ]
        assert [one.status_code for one in answers] == [status] * 3
        assert shop.events.count() == before


# --- the menu as a whole ------------------------------------------------------------------------


def test_every_change_of_the_menu_makes_a_new_one(desk, till, shop, at, tea):
    size = desk.post(at("modifier-groups"), SIZES).json()
    patch(desk, at("products", tea.id), {"modifier_groups": [size["id"]]})
    gst = desk.post(at("tax-rates"), {"name": "GST", "percent": "18"}).json()
    patch(desk, at("products", tea.id), {"tax_rate_id": gst["id"], "category": "Drinks"})
    drinks = shop.categories.get()
    seen = [till.get(at("products")).headers["ETag"]]

    for place, body in (
        (("modifier-groups", size["id"]), {"modifiers": [{"name": "Only"}]}),
        (("tax-rates", gst["id"]), {"percent": "5"}),
        (("categories", drinks.id), {"name": "Hot drinks"}),
        (("products", tea.id), {"translations": {"de": {"name": "Tee"}}}),
        (("products", tea.id), {"snoozed_until": "2099-01-01T00:00:00Z"}),
    ):
        assert patch(desk, at(*place), body).status_code == 200
        fresh = till.get(at("products"), headers={"If-None-Match": seen[-1]})
        assert fresh.status_code == 200
        seen.append(fresh.headers["ETag"])

    (row,) = fresh.json()
    assert (row["tax_rate"], row["category"], row["is_available"]) == ("5.00", "Hot drinks", False)
    assert [each["name"] for each in row["modifier_groups"][0]["modifiers"]] == ["Only"]
    assert len(set(seen)) == 6


def test_what_sleeps_wakes_up_by_itself(desk, till, at, tea):
    soon = (timezone.now() - timedelta(seconds=1)).isoformat()

    row = patch(desk, at("products", tea.id), {"snoozed_until": soon}).json()

    assert row["is_available"] is True
    assert patch(desk, at("products", tea.id), {"snoozed_until": None}).status_code == 200
    odd = {"snoozed_until": "0001-01-01T00:00:00+14:00"}
    assert patch(desk, at("products", tea.id), odd).status_code == 400


def test_what_a_product_costs_is_for_managers(desk, till, shop, at, tea):
    row = patch(desk, at("products", tea.id), {"cost": "0.40"}).json()

    assert row["cost"] == "0.40"
    assert desk.get(at("products")).json()[0]["cost"] == "0.40"
    assert desk.get(at("products?q=tea")).json()[0]["cost"] == "0.40"
    for path in (at("products"), at("products?q=tea")):
        assert "cost" not in till.get(path).json()[0]
    assert "cost" not in till.get(at("products", tea.id)).json()
    assert "cost" not in json.loads(shop.events.order_by("seq").last().data)
    assert desk.get(at("products")).headers["ETag"] != till.get(at("products")).headers["ETag"]


def test_five_hundred_products_with_choices_take_as_many_statements_as_one(till, shop, at, tea):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            rows = till.get(at("products")).json()
        return len(rows), len(seen), rows

    groups = ModifierGroup.objects.bulk_create(
        ModifierGroup(shop=shop, name=f"Choice {n}") for n in range(5)
    )
    Modifier.objects.bulk_create(Modifier(group=g, name=f"{n}") for g in groups for n in range(4))
    catalog.change(tea.id, shop=shop, actor=None, fields={"modifier_groups": [groups[0].id]})
    one, few, _ = statements()
    dishes = Product.objects.bulk_create(
        Product(shop=shop, name=f"Dish {n}", price=100) for n in range(499)
    )
    StockLevel.objects.bulk_create(StockLevel(shop=shop, product=each) for each in dishes)
    ProductModifierGroup.objects.bulk_create(
        ProductModifierGroup(product=each, group=group) for each in dishes for group in groups
    )
    catalog.change(tea.id, shop=shop, actor=None, fields={"name": "Green tea"})
    all_of_them, many, rows = statements()

    assert (one, all_of_them) == (1, 500)
    assert few == many
    assert sorted(len(row["modifier_groups"]) for row in rows)[:2] == [1, 5]
    assert all(len(g["modifiers"]) == 4 for row in rows for g in row["modifier_groups"])
