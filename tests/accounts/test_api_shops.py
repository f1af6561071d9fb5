"""Shops over the wire."""

import pytest

from accounts import shops
from accounts.models import AuditEvent, Membership, Shop

KEYS = {
    "id", "name", "role", "currency", "timezone", "day_starts_at", "owner_id", "created_at",
    "updated_at",
}  # fmt: skip


def test_a_list_of_mine_and_nobody_elses(api, shop, other_shop, manager):
    response = api(manager).get("/shops")

    assert response.status_code == 200
    assert [(one["id"], one["role"]) for one in response.json()] == [(str(shop.pk), "manager")]
    assert response.json()[0].keys() == KEYS
    assert response["X-Total-Count"] == "1"


def test_a_list_goes_on_at_its_link(api, shop, owner):
    later = shops.create(owner=owner, name="Later", actor=owner)

    first = api(owner).get("/shops?limit=1")

    assert [one["name"] for one in first.json()] == [later.name]
    link = first["Link"].partition("<")[2].partition(">")[0].removeprefix("http://testserver")
    assert [one["id"] for one in api(owner).get(link).json()] == [str(shop.pk)]


def test_opening_a_shop_makes_the_caller_its_owner(api, cashier):
    wish = {"name": " Second ", "currency": "KWD", "timezone": "Asia/Kuwait", "dayStartsAt": 4}

    response = api(cashier).post("/shops", wish)

    answer = response.json()
    assert response.status_code == 201
    assert answer.keys() == KEYS
    shop = Shop.objects.get(pk=answer["id"])
    assert (shop.name, shop.currency, shop.timezone, shop.day_starts_at, shop.owner) == (
        "Second", "KWD", "Asia/Kuwait", 4, cashier,
    )  # fmt: skip
    assert Membership.objects.get(shop=shop).role == answer["role"] == "owner"
    assert api(cashier).get(f"/shops/{shop.pk}").json() == answer
    trail = AuditEvent.objects.filter(shop=shop).order_by("pk")
    assert [line.action for line in trail] == ["shop.created", "membership.created"]


@pytest.mark.parametrize("how", ["header", "body"])
def test_opening_a_shop_twice_with_one_key_opens_one(api, owner, how):
    client = api(owner)
    wish = {"name": "Second"} | ({"client_id": "k-1"} if how == "body" else {})
    header = {"HTTP_IDEMPOTENCY_KEY": "k-1"} if how == "header" else {}

    first, again = (client.post("/shops", wish, **header) for _ in range(2))
    other = client.post("/shops", wish | {"name": "Third"}, **header)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotent-Replay"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Shop.objects.count() == 1


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({}, "invalid", "name"),
        ({"name": ""}, "invalid", "name"),
        ({"name": "  "}, "invalid", "name"),
        ({"name": None}, "invalid", "name"),
        ({"name": 7}, "invalid", "name"),
        ({"name": "n" * 256}, "invalid", "name"),
        ({"name": "two\nlines"}, "invalid", "name"),
        ({"name": "x", "currency": "EURO"}, "invalid", "currency"),
        ({"name": "x", "currency": "eur"}, "invalid", "currency"),
        ({"name": "x", "timezone": "Mars/Olympus"}, "invalid", "timezone"),
        ({"name": "x", "timezone": "../etc/passwd"}, "invalid", "timezone"),
        ({"name": "x", "day_starts_at": 13}, "invalid", "day_starts_at"),
        ({"name": "x", "day_starts_at": -1}, "invalid", "day_starts_at"),
        ({"name": "x", "day_starts_at": True}, "invalid", "day_starts_at"),
        ({"name": "x", "owner": "me"}, "unknown_field", "owner"),
    ],
)
def test_refused_shops_leave_nothing(api, owner, wish, code, field):
    response = api(owner).post("/shops", wish)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["errors"]) == [field]
    assert not Shop.objects.exists()
    assert not Membership.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_has_shops(api, method):
    assert getattr(api, method)("/shops").json()["code"] == "not_signed_in"


def test_both_slash_forms_and_both_mounts(api, shop, cashier):
    client = api(cashier)
    paths = [f"{mount}/shops/{shop.pk}{end}" for mount in ("/api/v1", "/api") for end in ("", "/")]

    assert [client.get(path).json()["id"] for path in paths] == [str(shop.pk)] * 4
