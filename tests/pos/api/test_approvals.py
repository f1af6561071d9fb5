"""A cashier's limit over the wire: beyond it, a manager's word counts once, for one order."""

import pytest
from django.utils import timezone

from accounts import approvals
from accounts.models import Approval
from tests.pos.api.conftest import JSON, item, terms_of


@pytest.fixture
def approved(shop, cashier, manager):
    def approve(target: str, action: str = "discount") -> str:
        return str(
            Approval.objects.create(
                shop=shop,
                action=action,
                target=target,
                cashier=cashier,
                approver=manager,
                expires_at=timezone.now() + approvals.LIFETIME,
            ).pk
        )

    return approve


def test_a_large_discount_needs_a_manager(
    api, till, shop, owner, manager, approved, orders_url, tea
):
    terms_of(shop, owner, cashier_discount_percent=10)
    body = {"items": [item(tea)], "client_id": "c-1"}
    half = {"discount": {"type": "percent", "value": 50}}
    tenth = {"discount": {"type": "amount", "value": "0.25"}}

    refused = till.post(orders_url, body | half)
    wrong = till.post(orders_url, body | half | {"approval_id": approved("c-2")})
    right = till.post(orders_url, body | half | {"approval_id": approved("c-1")})

    codes = [refused.json()["code"], wrong.json()["code"]]
    assert (refused.status_code, codes) == (403, ["approval_required", "approval_invalid"])
    assert (right.status_code, right.json()["total"]) == (201, "1.25")
    assert till.post(orders_url, {"items": [item(tea)]} | tenth).status_code == 201
    assert api(manager).post(orders_url, {"items": [item(tea)]} | half).status_code == 201


def test_a_later_discount_needs_a_manager_too(till, shop, owner, approved, orders_url, tea):
    terms_of(shop, owner, cashier_discount_percent=0)
    order = till.post(orders_url, {"items": [item(tea)]}).json()
    url = f"{orders_url}/{order['id']}"
    change = {"discount": {"type": "amount", "value": "0.01"}}

    refused = till.patch(url, change, **JSON)
    changed = till.patch(url, change | {"approvalId": approved(order["id"])}, **JSON)

    assert (refused.status_code, refused.json()["code"]) == (403, "approval_required")
    assert (changed.status_code, changed.json()["total"]) == (200, "2.49")
    assert Approval.objects.get().used_at is not None


def test_a_small_discount_does_not_become_a_large_one_by_taking_lines_off(
    till, shop, owner, approved, orders_url, tea
):
    terms_of(shop, owner, cashier_discount_percent=10)
    off = {"discount": {"type": "amount", "value": "0.50"}}
    order = till.post(orders_url, {"items": [item(tea), item(tea)]} | off).json()
    url, line = f"{orders_url}/{order['id']}", order["items"][0]["id"]

    refused = till.patch(url, {"void": [line]}, **JSON)
    allowed = till.patch(url, {"void": [line], "approval_id": approved(order["id"])}, **JSON)

    assert order["total"] == "4.50"
    assert (refused.status_code, refused.json()["code"]) == (403, "approval_required")
    assert (allowed.status_code, allowed.json()["total"]) == (200, "2.00")
    # Beyond the limit already, by a manager's word: nothing more is asked.
    assert till.patch(url, {"add": [item(tea)]}, **JSON).status_code == 200


def test_one_word_of_a_manager_is_enough_to_take_a_line_off(
    till, shop, owner, approved, orders_url, tea
):
    terms_of(shop, owner, cashier_discount_percent=10, void_needs_manager=True)
    off = {"discount": {"type": "amount", "value": "0.50"}}
    order = till.post(orders_url, {"items": [item(tea), item(tea)]} | off).json()
    word = {"void": [order["items"][0]["id"]], "approval_id": approved(order["id"], "void")}

    reply = till.patch(f"{orders_url}/{order['id']}", word, **JSON)

    assert (reply.status_code, reply.json()["total"]) == (200, "2.00")


def test_a_shop_may_want_a_managers_word_for_voids(
    api, till, shop, owner, manager, approved, orders_url, tea
):
    terms_of(shop, owner, void_needs_manager=True)
    order = till.post(orders_url, {"items": [item(tea), item(tea)]}).json()
    url, line = f"{orders_url}/{order['id']}", order["items"][0]["id"]

    refused = [
        till.post(f"{url}/void", {"reason": "left"}),
        till.patch(url, {"state": "void"}, **JSON),
        till.patch(url, {"void": [line]}, **JSON),
        till.delete(url),
        till.post(f"{url}/void", {"approval_id": approved(order["id"])}),  # for a discount
    ]
    codes = ["approval_required"] * 4 + ["approval_invalid"]
    assert [one.json()["code"] for one in refused] == codes
    assert {one.status_code for one in refused} == {403}
    assert shop.orders.get().state == "open"

    word = {"approval_id": approved(order["id"], "void")}
    less = till.patch(url, {"void": [line]} | word, **JSON)
    spent = till.post(f"{url}/void", word)
    gone = till.post(f"{url}/void", {"approval_id": approved(order["id"], "void")})

    assert (less.status_code, less.json()["total"]) == (200, "2.50")
    assert (spent.status_code, spent.json()["code"]) == (403, "approval_invalid")
    assert (gone.status_code, gone.json()["state"]) == (200, "void")
    other = api(manager).post(orders_url, {"items": [item(tea)]}).json()
    assert api(manager).delete(f"{orders_url}/{other['id']}").status_code == 200


def test_where_the_shop_wants_none_a_cashier_voids_alone(till, orders_url, approved, tea):
    order = till.post(orders_url, {"items": [item(tea)]}).json()
    url = f"{orders_url}/{order['id']}/void"

    wrong = till.post(url, {"approval_id": approved("another", "void")})

    assert (wrong.status_code, wrong.json()["code"]) == (403, "approval_invalid")
    assert till.post(url, {"reason": "left"}).status_code == 200
