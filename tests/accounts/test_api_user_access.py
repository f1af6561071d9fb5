"""Access of staff over the wire: taken away, given back, passed on; and who stays."""

import pytest

from accounts.models import AuditEvent, User
from tests import factories
from tests.accounts.conftest import DETAILS, patch, role_in
from tests.accounts.test_api_auth import sign_in


@pytest.mark.parametrize("how", ["patch", "delete"])
def test_deactivation_stops_everything_at_once_and_can_be_undone(api, shop, owner, cashier, how):
    theirs, client = api(cashier), api(owner)
    refresh_token = sign_in(api).json()["refresh_token"]
    api.cookies.clear()

    if how == "patch":
        response = patch(client, cashier, {"is_active": False})
    else:
        response = client.delete(f"/users/{cashier.pk}")

    assert response.status_code == 200
    assert theirs.get("/auth/me").status_code == 401
    assert api.post("/auth/refresh", {"refresh_token": refresh_token}).status_code == 401
    assert sign_in(api).status_code == 401
    assert client.get(f"/users/{cashier.pk}").json()["is_active"] is False
    line = AuditEvent.objects.get(action="user.deactivated")
    assert (line.shop, line.actor, line.target_id) == (shop, owner, str(cashier.pk))
    assert patch(client, cashier, {"is_active": True}).json()["is_active"] is True
    assert theirs.get("/auth/me").status_code == 401
    assert sign_in(api).status_code == 200


@pytest.mark.parametrize("path", DETAILS)
def test_taking_access_away_on_every_mount_and_twice(api, owner, cashier, path):
    client = api(owner)

    answers = [client.delete(path.format(cashier.pk)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json().keys() == {"message"}
    assert AuditEvent.objects.filter(action="user.deactivated").count() == 1


def test_who_belongs_elsewhere_too_only_leaves_this_shop(api, shop, other_shop, owner, shared):
    theirs = api(shared)

    assert api(owner).delete(f"/users/{shared.pk}").status_code == 200

    shared.refresh_from_db()
    assert shared.is_active
    assert (role_in(shop, shared), role_in(other_shop, shared)) == (None, "manager")
    assert theirs.get("/auth/me").status_code == 401
    assert sign_in(api, "shari").json()["user"]["shops"] == [
        {"id": str(other_shop.pk), "name": "Rival's Bar", "role": "manager"}
    ]
    line = AuditEvent.objects.get(action="membership.ended")
    assert (line.shop, line.actor) == (shop, owner)
    assert api(owner).get(f"/users/{shared.pk}").status_code == 404


@pytest.mark.parametrize("who", ["owner", "manager", "sysadmin"])
@pytest.mark.parametrize("how", ["patch", "delete"])
def test_nobody_shuts_themselves_out(api, request, shop, partner, manager, who, how):
    factories.person("sue", role="sysadmin")
    user = request.getfixturevalue(who)
    client = api(user)

    if how == "patch":
        response = patch(client, user, {"is_active": False})
    else:
        response = client.delete(f"/users/{user.pk}")

    assert (response.status_code, response.json()["code"]) == (409, "yourself")
    assert client.get("/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("who", "wish"),
    [
        ("owner", {"role": "manager"}),
        ("sysadmin", {"role": "cashier"}),
        ("sysadmin", {"is_active": False}),
        ("sysadmin", None),
    ],
)
@pytest.mark.parametrize("partner_is", ["absent", "inactive", "manager"])
def test_the_last_owner_of_a_shop_stays(api, request, shop, owner, who, wish, partner_is):
    if partner_is != "absent":
        role = "owner" if partner_is == "inactive" else "manager"
        petra = factories.member(shop, "petra", role)
        User.objects.filter(pk=petra.pk).update(is_active=partner_is != "inactive")
    client = api(request.getfixturevalue(who))

    response = client.delete(f"/users/{owner.pk}") if wish is None else patch(client, owner, wish)

    assert (response.status_code, response.json()["code"]) == (409, "last_owner")
    owner.refresh_from_db()
    assert (owner.is_active, role_in(shop, owner)) == (True, "owner")
    assert not AuditEvent.objects.filter(action="sessions.ended").exists()


@pytest.mark.parametrize(
    "wish", [{"role": "manager"}, {"is_active": False}, None], ids=["demoted", "out", "deleted"]
)
def test_an_owner_passes_the_shop_on(api, shop, owner, partner, wish):
    client = api(partner)

    response = client.delete(f"/users/{owner.pk}") if wish is None else patch(client, owner, wish)

    assert response.status_code == 200
    shop.refresh_from_db()
    assert shop.owner == partner
    line = AuditEvent.objects.get(action="shop.passed_on")
    assert (line.before, line.after) == (
        {"owner_id": str(owner.pk)},
        {"owner_id": str(partner.pk)},
    )


def test_an_owner_may_step_down_while_another_stays(api, shop, owner, partner):
    client = api(owner)

    assert patch(client, owner, {"role": "cashier"}).json()["role"] == "cashier"
    assert client.get("/auth/me").status_code == 401


def test_who_owns_another_shop_leaves_only_ours(api, shop, owner, partner):
    mine = factories.shop_of(partner, "Petra's own")

    assert api(owner).delete(f"/users/{partner.pk}").status_code == 200

    partner.refresh_from_db()
    assert (partner.is_active, role_in(mine, partner)) == (True, "owner")
    assert role_in(shop, partner) is None


@pytest.mark.parametrize("role", ["user", "dev"])
def test_the_last_sysadmin_stays_one(api, sysadmin, role):
    factories.person("sue", role="sysadmin", is_active=False)
    client = api(sysadmin)

    response = patch(client, sysadmin, {"role": role})

    assert (response.status_code, response.json()["code"]) == (409, "last_sysadmin")
    assert User.objects.get(pk=sysadmin.pk).role == "sysadmin"
    assert client.get("/auth/me").status_code == 200


def test_a_sysadmin_of_two_may_go(api, sysadmin):
    other = factories.person("sue", role="sysadmin")
    theirs = api(other)

    response = patch(api(sysadmin), other, {"role": "dev"})

    assert (response.status_code, response.json()["role"]) == (200, "dev")
    assert theirs.get("/auth/me").status_code == 401
    line = AuditEvent.objects.get(action="user.role_changed")
    assert (line.before, line.after) == ({"role": "sysadmin"}, {"role": "dev"})


def test_a_sysadmin_makes_people_of_any_role(api, sysadmin, shop, cashier):
    client = api(sysadmin)

    assert patch(client, cashier, {"role": "dev"}).json()["role"] == "dev"
    assert patch(client, cashier, {"role": "user"}).json()["role"] == "cashier"
    assert patch(client, cashier, {"role": "owner"}).json()["role"] == "owner"
    assert patch(client, cashier, {"role": "dev", "shop_id": str(shop.pk)}).status_code == 400
