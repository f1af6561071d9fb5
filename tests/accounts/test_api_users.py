"""Staff over the wire: who sees whom, and who adds whom."""

import pytest

from accounts import shops
from accounts.models import AuditEvent, Membership, Shop, User
from core import ids
from core.models import IdempotencyKey
from tests import factories
from tests.accounts.conftest import DETAILS
from tests.accounts.test_api_auth import USER_KEYS, sign_in

UNKNOWN = "018f0000-0000-7000-8000-000000000000"
NEW = {"username": "nina", "password": "long enough 1", "role": "cashier"}


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


# --- what there is not ------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), [("put", "/users"), ("put", f"/users/{UNKNOWN}")])
def test_other_methods(api, owner, method, path):
    assert getattr(api(owner), method)(path).json()["code"] == "method_not_allowed"


def test_an_id_that_is_none(api, owner, shop):
    response = api(owner).get("/users/17")

    assert response.status_code == 404
    assert Shop.objects.count() == 1
