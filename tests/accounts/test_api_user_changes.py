"""Staff changed over the wire: who may change what, and whose sessions it ends."""

import pytest

from accounts import shops
from accounts.models import AuditEvent, User
from core import ids
from tests import factories
from tests.accounts.conftest import DETAILS, patch, role_in
from tests.accounts.test_api_auth import sign_in
from tests.factories import PASSWORD


@pytest.mark.parametrize("path", DETAILS)
def test_what_somebody_is_called_and_where_they_are_reached(api, owner, cashier, path):
    wish = {"username": "carlotta", "email": "c@example.com", "name": "Carlotta", "phone": "12",
            "organization": "Us"}  # fmt: skip
    theirs = api(cashier)

    response = patch(api(owner), cashier, wish, path)

    assert response.status_code == 200
    assert response.json().items() >= wish.items()
    assert theirs.get("/auth/me").status_code == 200
    line = AuditEvent.objects.get(action="user.changed")
    assert (line.actor, line.before["username"], line.after) == (owner, "carla", wish)


def test_a_whole_row_comes_back_without_effect(api, owner, second, cashier):
    shops.join(shop=second, user=cashier, role="manager", actor=None)
    client, theirs = api(owner), api(cashier)
    row = client.get(f"/users/{cashier.pk}").json()

    response = patch(client, cashier, row | {"name": "Carlotta"})

    assert response.json() == row | {
        "name": "Carlotta",
        "updated_at": response.json()["updated_at"],
    }
    assert role_in(second, cashier) == "manager"
    assert theirs.get("/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("was", "role"), [("cashier", "manager"), ("manager", "cashier"), ("cashier", "owner")]
)
def test_a_new_role_ends_the_persons_sessions_at_once(api, shop, owner, was, role):
    user = factories.member(shop, "nina", was)
    theirs = api(user)

    response = patch(api(owner), user, {"role": role})

    assert (response.status_code, response.json()["role"]) == (200, role)
    assert theirs.get("/auth/me").json()["code"] == "token_invalid"
    line = AuditEvent.objects.get(action="membership.changed")
    assert (line.shop, line.actor, line.before) == (shop, owner, {"role": was})
    assert line.after == {"user_id": str(user.pk), "role": role}
    assert AuditEvent.objects.get(action="sessions.ended").after["because"] == "role changed"


def test_the_same_role_ends_nothing(api, shop, owner, cashier):
    theirs = api(cashier)

    assert (
        patch(api(owner), cashier, {"role": "cashier", "shop_id": str(shop.pk)}).status_code == 200
    )

    assert theirs.get("/auth/me").status_code == 200
    assert not AuditEvent.objects.filter(action="membership.changed").exists()


@pytest.mark.parametrize(
    ("who", "target", "role"),
    [
        ("manager", "cashier", "owner"),
        ("manager", "owner", "cashier"),
        ("manager", "manager", "owner"),
        ("owner", "cashier", "sysadmin"),
        ("owner", "owner", "dev"),
    ],
)
def test_nobody_gives_or_takes_a_role_above_their_own(
    api, request, shop, manager, cashier, partner, who, target, role
):
    user = request.getfixturevalue(target)
    before = role_in(shop, user)

    response = patch(api(request.getfixturevalue(who)), user, {"role": role})

    assert (response.status_code, response.json()["code"]) == (403, "role_above_yours")
    assert role_in(shop, user) == before
    assert User.objects.get(pk=user.pk).role == "user"


@pytest.mark.parametrize(
    "wish", [{"name": "x"}, {"password": "long enough 1"}, {"is_active": False}, {"role": "owner"}]
)
def test_a_manager_changes_nothing_of_an_owner(api, owner, manager, partner, wish):
    response = patch(api(manager), partner, wish)

    assert (response.status_code, response.json()["code"]) == (403, "role_above_yours")
    partner.refresh_from_db()
    assert (partner.name, partner.is_active) == ("Petra", True)


@pytest.mark.parametrize(
    "wish",
    [
        {"name": "x"}, {"email": "x@example.com"}, {"password": "long enough 1"},
        {"is_active": False}, {"role": "manager", "name": "x"},
    ],
)  # fmt: skip
def test_who_belongs_elsewhere_too_has_an_account_of_their_own(api, shop, owner, shared, wish):
    response = patch(api(owner), shared, wish)

    assert (response.status_code, response.json()["code"]) == (403, "own_account")
    shared.refresh_from_db()
    assert (shared.name, shared.is_active, role_in(shop, shared)) == ("Shari", True, "cashier")
    assert shared.check_password(PASSWORD)


def test_the_role_here_of_who_belongs_elsewhere_too(api, shop, other_shop, owner, shared):
    response = patch(api(owner), shared, {"role": "manager"})

    assert response.json()["role"] == "manager"
    assert (role_in(shop, shared), role_in(other_shop, shared)) == ("manager", "manager")


def test_a_sysadmin_at_the_counter_is_no_owners_to_change(api, shop, owner, sysadmin):
    shops.join(shop=shop, user=sysadmin, role="cashier", actor=owner)

    assert patch(api(owner), sysadmin, {"name": "x"}).json()["code"] == "own_account"
    assert patch(api(owner), sysadmin, {"is_active": False}).json()["code"] == "own_account"
    assert patch(api(owner), sysadmin, {"role": "manager"}).status_code == 200


def test_coming_to_another_shop_of_the_owners(api, owner, shop, second, cashier):
    client = api(owner)

    response = patch(client, cashier, {"role": "manager", "shopId": str(second.pk)})

    assert [one["role"] for one in response.json()["shops"]] == ["cashier", "manager"]
    unsaid = patch(client, cashier, {"role": "owner"})
    assert (unsaid.status_code, list(unsaid.json()["errors"])) == (400, ["shop_id"])


def test_a_foreign_shop_in_a_change_is_an_unknown_one(api, owner, cashier, other_shop):
    client, bodies = api(owner), set()

    for pk in (other_shop.pk, ids.new()):
        response = patch(client, cashier, {"role": "cashier", "shop_id": str(pk)})
        body = response.json()
        body.pop("request_id")
        bodies.add((response.status_code, str(body)))

    assert len(bodies) == 1
    assert bodies.pop()[0] == 404
    assert cashier.memberships.count() == 1


def test_a_shop_without_a_role_says_nothing(api, owner, cashier, second):
    client = api(owner)

    assert (
        patch(client, cashier, {"shop_id": str(cashier.memberships.get().shop_id)}).status_code
        == 200
    )
    refused = patch(client, cashier, {"shop_id": str(second.pk)})

    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["role"])


@pytest.mark.parametrize(
    ("wish", "status", "code", "field"),
    [
        ({"role": "root"}, 400, "invalid", "role"),
        ({"role": "user"}, 400, "invalid", "role"),
        ({"role": 5}, 400, "invalid", "role"),
        ({"is_active": "no"}, 400, "invalid", "is_active"),
        ({"email": "nobody"}, 400, "invalid", "email"),
        ({"name": "n" * 256}, 400, "invalid", "name"),
        ({"password": "short"}, 400, "invalid", "password"),
        ({"shop_id": "x"}, 400, "invalid", "shop_id"),
        ({"token_version": 1}, 400, "unknown_field", "token_version"),
        ({"email": "olga@example.com"}, 409, "already_registered", None),
        ({"username": "OLGA", "role": "manager"}, 409, "already_registered", None),
    ],
)
def test_refused_changes_change_nothing(api, shop, owner, cashier, wish, status, code, field):
    theirs = api(cashier)

    response = patch(api(owner), cashier, wish)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert list(response.json().get("errors", {})) == ([field] if field else [])
    assert theirs.get("/auth/me").status_code == 200
    assert role_in(shop, cashier) == "cashier"
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert actions.isdisjoint({"user.changed", "membership.changed", "sessions.ended"})


def test_a_new_password_by_the_owner_ends_the_persons_sessions(api, owner, cashier):
    theirs = api(cashier)

    assert patch(api(owner), cashier, {"password": "long enough 1"}).status_code == 200

    assert theirs.get("/auth/me").status_code == 401
    assert sign_in(api).status_code == 401
    assert sign_in(api, password="long enough 1").status_code == 200
    assert AuditEvent.objects.get(action="password.changed").actor == owner


def test_ones_own_password_takes_the_one_there_is(api, owner, shop):
    response = patch(api(owner), owner, {"password": "long enough 1"})

    assert (response.status_code, response.json()["code"]) == (409, "yourself")
    assert sign_in(api, "olga").status_code == 200
