"""Tickets over the wire: what is chosen and given away, how it is paid, when it was sold."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import devices
from pos.models import Modifier, ModifierGroup, ProductModifierGroup
from tests import factories
from tests.pos.api.conftest import item, terms_of


@pytest.fixture
def paired(api, shop, cashier):
    """The cashier, signed in at a paired till."""
    device = devices.register(shop=shop, kind="till", name="Till 1", actor=None)
    factories.pin(shop, cashier, "4821")
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {factories.paired(device)}"
    pair = client.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": "4821"}).json()
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {pair['access_token']}"
    return client


@pytest.fixture
def milk(shop, tea):
    """Oat milk for 0.50 with every tea; it, or none."""
    group = ModifierGroup.objects.create(shop=shop, name="Milk")
    ProductModifierGroup.objects.create(product=tea, group=group)
    return Modifier.objects.create(group=group, name="Oat", price=50)


@pytest.mark.parametrize("shape", [str, lambda key: {"id": str(key), "price": "0.00"}])
def test_what_is_chosen_comes_back_as_it_was_sold(till, orders_url, tea, milk, shape):
    body = {"items": [item(tea, 2, modifiers=[shape(milk.id)])], "total": "6.00"}

    order = till.post(orders_url, body).json()

    assert order["items"][0]["unit_price"] == "3.00"
    assert order["items"][0]["modifiers"] == [
        {"id": str(milk.id), "group": "Milk", "name": "Oat", "price": "0.50"}
    ]
    assert till.get(f"{orders_url}/{order['id']}").json() == order


def test_a_discount_comes_off_before_the_tax(till, shop, owner, orders_url, tea, cake):
    terms_of(shop, owner, tax_rate=18, prices_include_tax=False)
    body = {
        "items": [item(tea, 2), item(cake, discount={"type": "amount", "value": "1.00"})],
        "discount": {"type": "percent", "value": "10", "reason": "Regular"},
        "orderType": "delivery",
    }
    terms_of(shop, owner, delivery_charge=300)

    order = till.post(orders_url, body).json()

    found = [order[name] for name in ("subtotal", "discount", "tax", "charges", "total")]
    assert found == ["9.99", "1.90", "1.06", "3.00", "12.15"]
    assert [line["discount"] for line in order["items"]] == ["0.50", "1.40"]
    assert [line["total"] for line in order["items"]] == ["5.31", "3.84"]
    assert order["items"][0]["taxes"] == [
        {"name": "", "rate": "18.00", "net": "4.50", "tax": "0.81"}
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"discount": {"type": "percent", "value": "100.001"}}, 400, "invalid"),
        ({"discount": {"type": "percent", "value": "-1"}}, 400, "invalid"),
        ({"discount": {"type": "percent", "value": "1.0001"}}, 400, "invalid"),
        ({"discount": {"type": "amount", "value": "0.001"}}, 400, "invalid"),
        ({"discount": {"type": "amount", "value": "-1"}}, 400, "invalid"),
        ({"discount": {"type": "gift", "value": "1"}}, 400, "invalid"),
        ({"discount": {"type": "percent"}}, 400, "invalid"),
        ({"discount": "10"}, 400, "invalid"),
        ({"items": [{"quantity": 1}]}, 400, "invalid"),
        ({"items": [{"quantity": 1, "name": "Thing"}]}, 400, "invalid"),
        (
            {"items": [{"quantity": 1, "name": "Thing", "price": "1"}]},
            400,
            "open_items_not_allowed",
        ),
        ({"items": [{"quantity": 1, "name": "Thing", "price": "-1"}]}, 400, "invalid"),
        ({"modifiers": [str(uuid4())]}, 400, "bad_choice"),
        ({"modifiers": ["oat"]}, 400, "invalid"),
        ({"modifiers": [{}]}, 400, "invalid"),
        ({"hold": "yes"}, 400, "invalid"),
        ({"total": "2.49"}, 409, "total_mismatch"),
        ({"occurred_at": "2026-01-01T12:00:00Z", "offline": True}, 403, "only_at_till"),
    ],
)
def test_a_bad_order_is_refused_and_changes_nothing(
    till, shop, orders_url, tea, milk, body, status, code
):
    if "modifiers" in body:
        body = {"items": [item(tea, **body)]}

    reply = till.post(orders_url, {"items": [item(tea)]} | body)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert (shop.orders.count(), shop.movements.filter(reason="sale").count()) == (0, 0)
    tea.level.refresh_from_db()
    assert tea.level.quantity == 3


def test_an_open_item_is_sold_where_the_shop_allows_it(till, shop, owner, orders_url, tea):
    terms_of(shop, owner, allow_open_items=True, tax_rate=19)
    body = {"items": [{"name": "Repair", "price": "12.50", "quantity": 2}, item(tea)]}

    order = till.post(orders_url, body | {"payment_method": "cash"}).json()

    assert (order["total"], order["state"]) == ("27.50", "paid")
    assert (order["items"][0]["product_id"], order["items"][0]["tax"]) == (None, "3.99")


def test_two_tenders_pay_one_order(till, orders_url, tea):
    body = {
        "items": [item(tea, 2)],
        "payments": [
            {"method": "card", "amount": "3.00", "reference": "4711"},
            {"method": "cash", "amount": "2.00", "tendered": "5.00"},
        ],
    }

    order = till.post(orders_url, body).json()

    assert [order[name] for name in ("state", "change", "payment_method", "due")] == [
        "paid", "3.00", "split", "0.00",
    ]  # fmt: skip


# --- what was sold already ----------------------------------------------------------------


def test_a_paired_till_sends_what_it_sold_while_it_was_cut_off(paired, shop, orders_url, tea):
    at = timezone.now() - timedelta(seconds=90)
    body = {
        "items": [item(tea, 4)],
        "total": "9.00",
        "payment_method": "cash",
        "occurredAt": at.isoformat(),
        "offline": True,
        "client_id": "till-1-77",
    }

    first, again = (paired.post(orders_url, body) for _ in "12")

    order = first.json()
    assert (first.status_code, order["total"], order["state"]) == (201, "9.00", "paid")
    assert {"price_differs", "oversold"} <= {*order["flags"]}
    assert again.content == first.content
    assert shop.orders.get().created_at == at


@pytest.mark.parametrize(
    "more",
    [
        {"offline": True},
        {"occurred_at": "2026-01-01T12:00:00Z"},
        {"offline": True, "occurred_at": "2099-01-01T12:00:00Z"},
        {"offline": True, "occurred_at": "2026-01-01T12:00:00"},
    ],
)
def test_half_a_story_of_a_past_sale_is_refused(paired, shop, orders_url, tea, more):
    reply = paired.post(orders_url, {"items": [item(tea)]} | more)

    assert (reply.status_code, [*reply.json()["errors"]]) == (400, ["occurred_at"])
    assert shop.orders.count() == 0
