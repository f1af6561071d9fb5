"""Nobody makes more of themselves, or of others, than their role allows."""

import pytest

from accounts.models import Membership, Shop, User
from tests import factories
from tests.doors import houses
from tests.doors.asking import ask, client_of
from tests.factories import PASSWORD

ROLES = ("cashier", "manager", "owner", "user", "dev", "sysadmin")

#: What somebody may send along and nobody may set about themselves.
SMUGGLED = {
    "role": "sysadmin", "role_name": "sysadmin", "roleName": "sysadmin", "is_staff": True,
    "is_superuser": True, "is_active": True, "isVerified": True, "is_verified": True,
    "token_version": 99, "tokenVersion": 99, "id": "018f0000-0000-7000-8000-000000000000",
    "user_id": "018f0000-0000-7000-8000-000000000000", "password_hash": "x", "last_login": None,
    "created_at": "2000-01-01T00:00:00Z", "groups": [1], "user_permissions": [1],
    "memberships": [{"role": "owner"}], "shops": [{"role": "owner"}], "scope": "dev",
    "proven_at": "2099-01-01T00:00:00Z", "owner": True, "pin": "4821",
}  # fmt: skip


def standing(user: User) -> tuple:
    row = User.objects.get(pk=user.pk)
    places = sorted(Membership.objects.filter(user=row).values_list("shop_id", "role", "pin"))
    kept = ("role", "is_active", "is_verified", "token_version", "password", "created_at")
    return (*(getattr(row, name) for name in kept), places)


@pytest.mark.parametrize("key", SMUGGLED)
@pytest.mark.parametrize("url", ["/api/v1/auth/register", "/api/auth/register/", "/auth/register"])
@pytest.mark.django_db
def test_a_newcomer_is_a_user_whatever_they_say(url, key):
    body = {"username": "nora", "password": PASSWORD, key: SMUGGLED[key]}
    shops = Shop.objects.count()
    answer = ask(client_of(None, "nobody"), "POST", url, body)

    assert answer.status == 201, answer
    nora = User.objects.get(username="nora")
    assert (nora.username, nora.role, nora.is_active) == ("nora", "user", True)
    assert (nora.is_verified, nora.token_version, nora.is_staff) == (False, 1, False)
    assert str(nora.pk) != SMUGGLED["id"]
    assert nora.created_at.year > 2000
    assert not Membership.objects.filter(user=nora).exists()
    assert Shop.objects.count() == shops
    assert nora.auth_sessions.get().scope == ""
    assert nora.auth_sessions.get().proven_at is None


@pytest.mark.parametrize("key", SMUGGLED)
@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("PUT", "/api/v1/auth/profile"),
        ("PATCH", "/api/v1/account/profile"),
        ("PATCH", "/api/v1/account/organization"),
        ("PATCH", "/api/v1/settings/automation"),
    ],
)
@pytest.mark.django_db
def test_nobody_changes_more_of_themselves_than_their_name(method, url, key):
    user = factories.person("nora")
    shop = factories.shop_of(factories.person("olga"))
    Membership.objects.create(shop=shop, user=user, role="cashier")
    house = houses.House(shop, {"cashier": user})
    before = standing(user)

    answer = ask(client_of(house, "cashier"), method, url, {key: SMUGGLED[key]})

    assert answer.status in (200, 400), answer
    assert standing(user) == before


MAY_GRANT = {
    "owner": {"cashier", "manager", "owner"},
    "manager": {"cashier", "manager"},
    "cashier": set(),
}


@pytest.mark.parametrize("granted", ROLES)
@pytest.mark.parametrize("actor", MAY_GRANT)
def test_nobody_adds_anybody_above_themselves(street, actor, granted):
    ours = street.ours
    before = houses.everything()
    wish = {"username": "hired", "password": PASSWORD, "role": granted}
    answers = {}
    for shop in (ours.shop.pk, street.theirs.shop.pk, None):
        body = wish | ({"shop_id": str(shop)} if shop else {}) | {"username": f"hired-{shop}"}
        answers[shop] = ask(client_of(ours, actor), "POST", "/api/v1/users", body).status
    made = User.objects.filter(username__startswith="hired-")

    if granted in MAY_GRANT[actor]:
        assert answers == {ours.shop.pk: 201, street.theirs.shop.pk: 404, None: 201}
        assert {place.shop_id for one in made for place in one.memberships.all()} == {ours.shop.pk}
        assert {one.role for one in made} == {"user"}
    else:
        assert {*answers.values()} <= {400, 403, 404}, answers
        assert not made.exists()
        sessions = {"accounts_authsession", "accounts_auditevent", "accounts_user"}
        assert houses.difference(before, houses.everything()).keys() <= sessions


@pytest.mark.parametrize("granted", ROLES)
@pytest.mark.parametrize("target", ["owner", "manager", "cashier"])
@pytest.mark.parametrize("actor", MAY_GRANT)
def test_nobody_raises_anybody_above_themselves(street, actor, target, granted):
    ours = street.ours
    row = ours.people[target]
    before = standing(row)
    body = {"role": granted, "shop_id": str(ours.shop.pk)}
    answer = ask(client_of(ours, actor), "PATCH", f"/api/v1/users/{row.pk}", body)

    rank = ["cashier", "manager", "owner"]
    reaches = actor != "cashier" and rank.index(target) <= rank.index(actor)
    if answer.status == 200:
        assert granted in MAY_GRANT[actor]
        assert reaches
        assert standing(row)[0] == "user"
    else:
        assert answer.status in (400, 403, 404, 409), answer
        assert standing(row) == before
    if target == "owner":
        owners = ours.shop.memberships.filter(role="owner")
        assert [one.user_id for one in owners] == [ours.people["owner"].pk]


@pytest.mark.parametrize("field", ["password", "is_active", "email", "username", "pin", "role"])
@pytest.mark.parametrize("actor", ["manager", "cashier"])
def test_who_is_above_stays_as_they_are(street, actor, field):
    ours = street.ours
    owner = ours.people["owner"]
    before = houses.everything()["accounts_user"], standing(owner)
    value = {"is_active": False, "role": "cashier"}.get(field, "quite another battery")
    client = client_of(ours, actor)
    held = houses.everything()["accounts_user"]

    answer = ask(client, "PATCH", f"/api/v1/users/{owner.pk}", {field: value})
    gone = ask(client, "DELETE", f"/api/v1/users/{owner.pk}")
    url = f"/api/v1/shops/{ours.shop.pk}/staff/{owner.pk}/pin"
    pinned = ask(client, "PUT", url, {"pin": "5937"})

    assert answer.status in (400, 403)
    assert gone.status == 403
    assert pinned.status == 403
    assert standing(owner) == before[1]
    assert houses.everything()["accounts_user"] == held


@pytest.mark.parametrize("role", ["owner", "manager", "cashier"])
def test_nobody_becomes_a_member_by_naming_the_shop(street, role):
    theirs, client = street.theirs.shop, client_of(street.ours, role)
    me = street.ours.people[role]
    before = standing(me)
    for body in ({"role": "owner", "shop_id": str(theirs.pk)}, {"shop_id": str(theirs.pk)}):
        answer = ask(client, "PATCH", f"/api/v1/users/{me.pk}", body)
        assert answer.status in (403, 404), answer
    assert standing(me) == before
