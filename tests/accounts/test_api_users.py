"""Staff over the wire: who sees whom, who may change what, who stays."""

import pytest

from accounts import shops
from accounts.models import AuditEvent, Membership, Shop, User
from core import ids
from core.models import IdempotencyKey
from tests import factories
from tests.accounts.test_api_auth import USER_KEYS, sign_in
from tests.factories import PASSWORD

UNKNOWN = "018f0000-0000-7000-8000-000000000000"
NEW = {"username": "nina", "password": "long enough 1", "role": "cashier"}
DETAILS = ["/users/{}", "/users/{}/", "/api/users/{}", "/api/users/{}/"]


def patch(client, user, body, path=DETAILS[0]):
    return client.patch(path.format(user.pk), body, "application/json")


def role_in(shop, user):
    found = Membership.objects.filter(shop=shop, user=user).first()
    return found.role if found else None


@pytest.fixture
def partner(shop):
    """Another owner of the shop."""
    return factories.member(shop, "petra", "owner")


@pytest.fixture
def second(owner):
    """Another shop of the owner's."""
    return factories.shop_of(owner, "Second")


@pytest.fixture
def shared(shop, other_shop):
    """A cashier here who is a manager at the rival's."""
    user = factories.member(shop, "shari", "cashier")
    shops.join(shop=other_shop, user=user, role="manager", actor=None)
    return user


@pytest.fixture
def stranger(other_shop):
    return factories.member(other_shop, "stan", "cashier")


# --- reading ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/users", "/users/", "/api/users", "/api/users/"])
@pytest.mark.parametrize("who", ["owner", "manager"])
def test_a_list_of_ones_staff_and_nobody_else(
    api, request, owner, manager, cashier, stranger, path, who
):
    response = api(request.getfixturevalue(who)).get(path)

    assert response.status_code == 200
    assert [row["username"] for row in response.json()] == ["carla", "manu", "olga"]
    assert response.json()[0].keys() == USER_KEYS
    assert response["X-Total-Count"] == "3"


def test_a_sysadmin_sees_everybody_with_all_their_shops(api, sysadmin, shared, stranger):
    rows = {row["username"]: row for row in api(sysadmin).get("/users").json()}

    assert set(rows) == {"sam", "shari", "stan", "olga", "rival"}
    assert [one["role"] for one in rows["shari"]["shops"]] == ["cashier", "manager"]


def test_what_somebody_is_elsewhere_is_not_shown(api, owner, shop, other_shop, shared):
    client = api(owner)

    row = client.get(f"/users/{shared.pk}").json()

    assert row["shops"] == [{"id": str(shop.pk), "name": "Corner Café", "role": "cashier"}]
    assert row["role"] == "cashier"
    for response in (client.get("/users"), client.get(f"/users/{shared.pk}")):
        assert b"Rival" not in response.content
        assert str(other_shop.pk).encode() not in response.content


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=CARL", ["carla"]),
        ("q=manu@example", ["manu"]),
        ("q=100%25", []),
        ("role=manager", ["manu"]),
        ("role=owner", ["olga"]),
        ("role=user", ["carla", "manu", "olga"]),
        ("role=root", []),
        ("is_active=false", ["carla"]),
        ("is_active=true", ["manu", "olga"]),
        ("limit=1", ["carla"]),
        ("skip=1", ["manu", "olga"]),
    ],
)
def test_filters(api, owner, manager, cashier, query, found):
    User.objects.filter(pk=cashier.pk).update(is_active=False)

    rows = api(owner).get(f"/users?{query}").json()

    assert [row["username"] for row in rows] == found


def test_a_filter_by_a_foreign_shop_is_one_by_an_unknown_shop(
    api, owner, shop, cashier, other_shop
):
    client = api(owner)

    mine = client.get(f"/users?shop_id={shop.pk}").json()
    camel = client.get(f"/users?shopId={shop.pk}").json()
    foreign, unknown = (client.get(f"/users?shop_id={x}") for x in (other_shop.pk, ids.new()))

    assert [row["username"] for row in mine] == ["carla", "olga"]
    assert camel == mine
    assert foreign.content == unknown.content == b"[]"


@pytest.mark.parametrize("query", ["shop_id=x", "is_active=maybe", "limit=0", "cursor=x", "page=0"])
def test_filters_that_make_no_sense(api, owner, shop, query):
    response = api(owner).get(f"/users?{query}")

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["errors"]) == [query.partition("=")[0]]


def test_a_list_costs_the_same_however_long(api, owner, shop, django_assert_max_num_queries):
    for number in range(20):
        factories.member(shop, f"n{number}", "cashier")
    client = api(owner)

    with django_assert_max_num_queries(8):
        assert len(client.get("/users").json()) == 21


@pytest.mark.parametrize("path", DETAILS)
def test_one_person(api, owner, cashier, path):
    row = api(owner).get(path.format(cashier.pk)).json()

    assert row.keys() == USER_KEYS
    assert (row["username"], row["role"]) == ("carla", "cashier")


@pytest.mark.parametrize("who", ["cashier", "stray"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/users"), ("post", "/users"), ("get", "one"), ("patch", "one"), ("delete", "one")],
)
def test_who_looks_after_nobody(api, request, shop, cashier, manager, who, method, path):
    caller = cashier if who == "cashier" else factories.person("stray")
    path = f"/users/{manager.pk}" if path == "one" else path
    body = NEW if method == "post" else {}
    before = User.objects.count()

    response = getattr(api(caller), method)(path, body, "application/json") if method in (
        "post", "patch",
    ) else getattr(api(caller), method)(path)  # fmt: skip

    assert (response.status_code, response.json()["code"]) == (403, "role_too_low")
    assert User.objects.count() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/users"), ("post", "/users"), ("get", f"/users/{UNKNOWN}"),
     ("patch", f"/users/{UNKNOWN}"), ("delete", f"/users/{UNKNOWN}")],
)  # fmt: skip
def test_nobody_has_staff(api, db, method, path):
    assert getattr(api, method)(path).json()["code"] == "not_signed_in"


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"role": "cashier"}, {"is_active": False}])
def test_a_stranger_is_an_unknown_person(api, owner, shop, stranger, method, body):
    client, bodies = api(owner), set()

    for pk in (stranger.pk, ids.new()):
        more = (body, "application/json") if method == "patch" else ()
        response = getattr(client, method)(f"/users/{pk}", *more)
        answer = response.json()
        answer.pop("request_id")
        bodies.add((response.status_code, str(answer)))

    assert len(bodies) == 1
    assert bodies.pop()[0] == 404
    stranger.refresh_from_db()
    assert (stranger.is_active, stranger.name) == (True, "Stan")


# --- adding -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/users", "/users/", "/api/users", "/api/users/"])
def test_adding_somebody_to_ones_only_shop(api, shop, manager, path):
    wish = NEW | {"email": "n@example.com", "name": "Nina", "phone": "12"}

    response = api(manager).post(path, wish)

    row = response.json()
    assert response.status_code == 201
    assert row.keys() == USER_KEYS
    assert (row["username"], row["email"], row["phone"]) == ("nina", "n@example.com", "12")
    assert (row["role"], row["shop_id"]) == ("cashier", str(shop.pk))
    assert sign_in(api, "nina", "long enough 1").status_code == 200
    line = AuditEvent.objects.get(action="membership.created", shop=shop, actor=manager)
    assert line.after == {"user_id": row["id"], "role": "cashier"}


def test_a_whole_row_may_come_with_a_password(api, owner, cashier):
    client = api(owner)
    row = client.get(f"/users/{cashier.pk}").json()
    row = {key: row[key] for key in row if key not in ("email", "username", "is_active")}

    assert client.post("/users", row | NEW | {"organization": "Us"}).status_code == 201
    assert User.objects.get(username="nina").organization == "Us"


@pytest.mark.parametrize(
    ("who", "role", "status", "code"),
    [
        ("manager", "cashier", 201, None),
        ("manager", "manager", 201, None),
        ("manager", "owner", 403, "role_above_yours"),
        ("owner", "owner", 201, None),
        ("owner", "sysadmin", 403, "role_above_yours"),
        ("owner", "dev", 403, "role_above_yours"),
        ("owner", "user", 400, "invalid"),
        ("owner", "root", 400, "invalid"),
        ("sysadmin", "owner", 201, None),
        ("sysadmin", "root", 400, "invalid"),
    ],
)
def test_nobody_grants_above_their_own_role(api, request, shop, manager, who, role, status, code):
    wish = NEW | {"role": role} | ({"shop_id": str(shop.pk)} if who == "sysadmin" else {})

    response = api(request.getfixturevalue(who)).post("/users", wish)

    assert (response.status_code, response.json().get("code")) == (status, code)
    assert User.objects.filter(username="nina").exists() == (status == 201)


@pytest.mark.parametrize("role", ["user", "dev", "sysadmin"])
def test_a_sysadmin_adds_people_of_the_platform(api, sysadmin, shop, role):
    client = api(sysadmin)

    with_shop = client.post("/users", NEW | {"role": role, "shop_id": str(shop.pk)})
    response = client.post("/users", NEW | {"role": role})

    assert (with_shop.status_code, list(with_shop.json()["errors"])) == (400, ["shop_id"])
    assert (response.status_code, response.json()["role"]) == (201, role)
    assert response.json()["shops"] == []


def test_who_has_two_shops_says_which(api, owner, shop, second):
    client = api(owner)

    unsaid = client.post("/users", NEW)
    said = client.post("/users", NEW | {"shopId": str(second.pk)})

    assert (unsaid.status_code, list(unsaid.json()["errors"])) == (400, ["shop_id"])
    assert said.json()["shop_name"] == "Second"


def test_a_sysadmin_says_which_shop(api, sysadmin, shop):
    response = api(sysadmin).post("/users", NEW)

    assert (response.status_code, list(response.json()["errors"])) == (400, ["shop_id"])


@pytest.mark.parametrize("who", ["owner", "sysadmin"])
def test_a_foreign_shop_is_an_unknown_one(api, request, shop, other_shop, who):
    client, bodies = api(request.getfixturevalue(who)), set()

    for pk in (ids.new(), *([other_shop.pk] if who == "owner" else [])):
        response = client.post("/users", NEW | {"shop_id": str(pk)})
        body = response.json()
        body.pop("request_id")
        bodies.add((response.status_code, str(body)))

    assert len(bodies) == 1
    assert bodies.pop()[0] == 404
    assert not User.objects.filter(username="nina").exists()


def test_a_shop_where_one_only_serves_is_no_place_to_add(api, owner, shop, other_shop):
    shops.join(shop=other_shop, user=owner, role="cashier", actor=None)

    response = api(owner).post("/users", NEW | {"shop_id": str(other_shop.pk)})

    assert (response.status_code, response.json()["code"]) == (403, "role_too_low")


@pytest.mark.parametrize(
    ("wish", "status", "code", "field"),
    [
        ({"password": "short"}, 400, "invalid", "password"),
        ({"password": ""}, 400, "invalid", "password"),
        ({"username": ""}, 400, "invalid", "username"),
        ({"username": "u" * 151}, 400, "invalid", "username"),
        ({"email": "nobody"}, 400, "invalid", "email"),
        ({"role": ""}, 400, "invalid", "role"),
        ({"role": None}, 400, "invalid", "role"),
        ({"shop_id": "x"}, 400, "invalid", "shop_id"),
        ({"is_staff": True}, 400, "unknown_field", "is_staff"),
        ({"is_active": True}, 400, "unknown_field", "is_active"),
        ({"username": "OLGA"}, 409, "already_registered", None),
        ({"email": "olga@example.com"}, 409, "already_registered", None),
    ],
)
def test_refused_people_leave_nothing(api, owner, shop, wish, status, code, field):
    response = api(owner).post("/users", NEW | wish)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert list(response.json().get("errors", {})) == ([field] if field else [])
    assert User.objects.count() == Membership.objects.count() == 1
    assert not AuditEvent.objects.filter(action="user.created").exists()


def test_adding_twice_with_one_key_adds_one(api, owner, shop):
    client, key = api(owner), {"HTTP_IDEMPOTENCY_KEY": "k-1"}

    first, again = (client.post("/users", NEW, **key) for _ in range(2))
    other = client.post("/users", NEW | {"password": "another one 2"}, **key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again["Idempotent-Replay"] == "true"
    assert other.json()["code"] == "idempotency_key_reused"
    assert User.objects.filter(username="nina").count() == 1
    assert b"nina" not in bytes(IdempotencyKey.objects.get().body)


# --- changing ---------------------------------------------------------------------------


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


# --- access -----------------------------------------------------------------------------


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


@pytest.mark.parametrize(("method", "path"), [("put", "/users"), ("put", f"/users/{UNKNOWN}")])
def test_other_methods(api, owner, method, path):
    assert getattr(api(owner), method)(path).json()["code"] == "method_not_allowed"


def test_an_id_that_is_none(api, owner, shop):
    response = api(owner).get("/users/17")

    assert response.status_code == 404
    assert Shop.objects.count() == 1
