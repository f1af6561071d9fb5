"""Approvals over the wire: a manager's PIN for one act of a cashier's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Approval, AuditEvent, AuthSession
from tests import factories
from tests.accounts.terminals.conftest import OTHER_PIN, PIN


def approve(client, shop, person, pin=OTHER_PIN, **more):
    wish = {"user_id": str(person.pk), "pin": pin, "action": "void", "target": "order-1"}
    header = {"HTTP_IDEMPOTENCY_KEY": more.pop("key")} if "key" in more else {}
    return client.post(f"/shops/{shop.pk}/approvals", wish | more, **header)


def test_a_managers_pin_approves_one_act(api, shop, cashier, manager, pinned):
    client = api(cashier)

    response = approve(client, shop, manager)

    answer = response.json()
    assert response.status_code == 201
    assert answer == answer | {
        "action": "void", "target": "order-1",
        "approved_by": {"id": str(manager.pk), "name": "Manu"},
    }  # fmt: skip
    row = Approval.objects.get(pk=answer["id"])
    assert (row.cashier, row.approver, row.shop) == (cashier, manager, shop)
    assert timedelta(seconds=55) < row.expires_at - timezone.now() <= timedelta(seconds=60)
    assert client.get("/auth/me").json()["username"] == "carla"
    assert not AuthSession.objects.filter(user=manager).exists()
    line = AuditEvent.objects.get(action="approval.given")
    assert (line.actor, line.after["cashier_id"]) == (manager, str(cashier.pk))


def test_an_approval_is_given_once_per_key(api, shop, cashier, manager, pinned):
    client = api(cashier)

    first, again = (approve(client, shop, manager, key="a-1") for _ in range(2))

    assert first.content == again.content
    assert Approval.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "more", "status", "code"),
    [
        ("manager", {"pin": "9172"}, 400, "pin_invalid"),
        ("owner", {}, 400, "pin_invalid"),
        ("rival", {}, 400, "pin_invalid"),
        ("cashier", {"pin": PIN}, 403, "role_too_low"),
        ("manager", {"action": "everything"}, 400, "invalid"),
        ("manager", {"target": ""}, 400, "invalid"),
        ("manager", {"minutes": 99}, 400, "unknown_field"),
    ],
)
def test_refused_approvals_leave_nothing(
    api, shop, other_shop, owner, cashier, manager, pinned, who, more, status, code
):
    people = {
        "owner": owner, "manager": manager, "cashier": cashier, "rival": other_shop.owner,
    }  # fmt: skip
    factories.pin(other_shop, other_shop.owner, OTHER_PIN)

    response = approve(api(cashier), shop, people[who], **more)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Approval.objects.exists()


def test_guessing_a_managers_pin_slows_down(slow, api, shop, cashier, manager, pinned):
    client = api(cashier)
    for _ in range(5):
        assert approve(client, shop, manager, "9172").status_code == 400

    assert approve(client, shop, manager).status_code == 429
