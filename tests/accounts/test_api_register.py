"""Registering over the wire."""

from urllib.parse import urlencode

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import AuditEvent, AuthSession, Membership, RefreshToken, Shop, User
from core.models import IdempotencyKey
from tests.accounts.test_api_auth import USER_KEYS

WISH = {"email": "Nina@Example.com", "password": "long enough 1"}
KEYS = {
    "access_token", "token", "refresh_token", "token_type", "expires_in", "role", "message",
    "user", "id", "user_id", "username", "email", "name",
}  # fmt: skip
FORM = "application/x-www-form-urlencoded"
PATHS = ["/auth/register", "/auth/register/", "/api/auth/register", "//auth/register"]


def nobody_came():
    return not (User.objects.exists() or Shop.objects.exists() or AuthSession.objects.exists())


@pytest.mark.parametrize("path", PATHS)
def test_registering_signs_in_on_every_mount(api, path):
    response = api.post(path, WISH | {"name": "Nina", "organization": "Nina's", "phone": "12"})

    answer = response.json()
    assert response.status_code == 201
    assert answer.keys() == KEYS
    assert answer["user"].keys() == USER_KEYS
    assert answer["id"] == answer["user_id"] == answer["user"]["id"]
    assert answer["username"] == answer["email"] == "Nina@Example.com"
    assert (answer["name"], answer["role"], answer["token_type"]) == ("Nina", "user", "bearer")
    assert answer["user"]["organization"] == "Nina's"
    assert response["Cache-Control"] == "no-store"
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {answer['access_token']}"}
    assert api.get("/auth/me", **bearer).json()["id"] == answer["id"]
    refreshed = api.post("/auth/refresh", {"refresh_token": answer["refresh_token"]})
    assert refreshed.status_code == 200
    signed_in = api.post("/auth/login", {"email": "nina@example.com", "password": "long enough 1"})
    assert signed_in.status_code == 200


@pytest.mark.parametrize(
    ("path", "seconds"), [("/auth/register", 600), ("//auth/register", 24 * 60 * 60)]
)
def test_the_token_lives_as_long_as_one_of_signing_in(api, path, seconds):
    assert api.post(path, WISH).json()["expires_in"] == seconds


@pytest.mark.parametrize(
    "wish",
    [
        {"username": "nina", "password": "long enough 1"},
        {"username": "nina", "email": "", "password": "long enough 1", "name": "", "shopName": ""},
        {"username": "nina", "email": "n@example.com", "password": "long enough 1", "extra": 1},
        {"username": "nina", "password": "long enough 1", "shopName": None},
    ],
)
def test_a_username_an_email_or_both(api, wish):
    response = api.post("/auth/register", wish)

    assert response.status_code == 201
    assert response.json()["username"] == "nina"
    assert not Shop.objects.exists()


@pytest.mark.parametrize("role", ["sysadmin", "dev", "owner", "manager", "root", "", None, 7])
def test_a_role_in_the_body_has_no_effect(api, role):
    more = {"role": role, "is_staff": True, "is_active": False, "token_version": 9}

    response = api.post("/auth/register", WISH | more)

    assert (response.status_code, response.json()["role"]) == (201, "user")
    user = User.objects.get()
    assert (user.role, user.is_active, user.is_staff) == ("user", True, False)
    assert user.token_version == 1


@pytest.mark.parametrize("key", ["shop_name", "shopName"])
def test_a_shop_name_opens_a_shop_of_ones_own(api, key):
    answer = api.post("/auth/register", WISH | {key: " Nina's Bar "}).json()

    shop = Shop.objects.get()
    assert (shop.name, str(shop.owner_id)) == ("Nina's Bar", answer["id"])
    assert Membership.objects.get(shop=shop).role == answer["role"] == "owner"
    user = answer["user"]
    assert user["shop_id"] == user["shopId"] == str(shop.pk)
    assert user["shops"] == [{"id": str(shop.pk), "name": "Nina's Bar", "role": "owner"}]
    trail = AuditEvent.objects.order_by("pk").values_list("action", "shop_id")
    assert list(trail) == [
        ("user.created", None),
        ("shop.created", shop.pk),
        ("membership.created", shop.pk),
        ("session.began", None),
    ]


@pytest.mark.parametrize("kind", [FORM, f"{MULTIPART_CONTENT}; charset=utf-8"])
def test_registering_with_a_form_leaves_no_cookie(api, kind):
    form = {"username": "nina", "password": "long enough 1"}
    body = encode_multipart(BOUNDARY, form) if "multipart" in kind else urlencode(form)

    response = api.post("/auth/register", body, kind)

    assert response.status_code == 201
    assert not response.cookies


def test_registering_with_json_leaves_the_refresh_token_as_a_cookie(api):
    response = api.post("/auth/register", WISH)

    cookie = response.cookies["refresh_token"]
    assert cookie.value == response.json()["refresh_token"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        True, "Strict", "/api/v1/auth",
    )  # fmt: skip
    assert api.post("/auth/refresh").status_code == 200


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"email": "n@example.com"}, "password"),
        ({"email": "n@example.com", "password": ""}, "password"),
        ({"email": "n@example.com", "password": "short"}, "password"),
        ({"email": "n@example.com", "password": "password"}, "password"),
        ({"email": "n@example.com", "password": 12345678}, "password"),
        ({"email": "n@example.com", "password": "x" * 1025}, "password"),
        ({"password": "long enough 1"}, "username"),
        ({"username": " ", "password": "long enough 1"}, "username"),
        ({"username": "u" * 151, "password": "long enough 1"}, "username"),
        ({"username": "two\nlines", "password": "long enough 1"}, "username"),
        ({"email": "nobody", "password": "long enough 1"}, "email"),
        (WISH | {"name": "n" * 256}, "name"),
        (WISH | {"name": ["n"]}, "name"),
        (WISH | {"phone": "1" * 41}, "phone"),
        (WISH | {"organization": "o" * 256}, "organization"),
        (WISH | {"shop_name": "s" * 256}, "shop_name"),
        (WISH | {"shop_name": 5}, "shop_name"),
    ],
)
def test_wrong_facts_add_nobody(api, wish, field):
    response = api.post("/auth/register", wish)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["errors"]) == [field]
    assert nobody_came()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "wish",
    [
        {"email": "OLGA@example.com"},
        {"username": "Olga"},
        {"username": "olga@example.com"},
        {"username": "new", "email": "olga@example.com", "shop_name": "Mine"},
    ],
)
def test_a_taken_name_is_a_conflict_and_opens_no_shop(api, owner, path, wish):
    response = api.post(path, wish | {"password": "long enough 1"})

    assert (response.status_code, response.json()["code"]) == (409, "already_registered")
    assert User.objects.count() == 1
    assert not Shop.objects.exists()
    assert not AuthSession.objects.exists()


def test_a_repeat_with_one_key_gets_the_same_bytes_and_adds_nobody(api):
    key = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
    wish = WISH | {"shop_name": "Bar"}

    first, again = (api.post("/auth/register", wish, **key) for _ in range(2))
    other = api.post("/auth/register", wish | {"password": "another one 2"}, **key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Idempotent-Replay"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (User.objects.count(), Shop.objects.count(), RefreshToken.objects.count()) == (1, 1, 1)


def test_neither_the_password_nor_a_token_lies_about_readable(api):
    answer = api.post("/auth/register", WISH, HTTP_IDEMPOTENCY_KEY="k-1").json()

    kept = bytes(IdempotencyKey.objects.get().body)
    for secret in (answer["access_token"], answer["refresh_token"], WISH["password"]):
        assert secret.encode() not in kept
        for line in AuditEvent.objects.all():
            assert secret not in str((line.before, line.after))


def test_the_client_id_is_a_key_too(api):
    first, again = (api.post("/auth/register", WISH | {"client_id": "c"}) for _ in range(2))

    assert again.content == first.content


def test_twenty_taken_names_close_the_address_and_others_go_on(api, owner):
    taken = {"username": "olga", "password": "long enough 1"}
    for _ in range(20):
        assert api.post("/auth/register", taken).status_code == 409

    refused = api.post("/auth/register", WISH)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused["Retry-After"]) <= 900
    assert api.post("/auth/register", WISH, REMOTE_ADDR="192.0.2.9").status_code == 201


def test_good_and_wrong_registrations_do_not_count_as_taken(api, db):
    for number in range(21):
        wish = {"username": f"n{number}", "password": "long enough 1"}
        assert api.post("/auth/register", wish).status_code == 201
        assert api.post("/auth/register", {"username": "x", "password": "short"}).status_code == 400


def test_a_token_that_ran_out_keeps_nobody_out(api):
    response = api.post("/auth/register", WISH, HTTP_AUTHORIZATION="Bearer nonsense")

    assert response.status_code == 201


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods(api, db, method):
    response = getattr(api, method)("/auth/register")

    assert (response.status_code, response["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ("{", "application/json", 400, "bad_json"),
        ("[]", "application/json", 400, "invalid"),
        ('{"email":"a","email":"b"}', "application/json", 400, "duplicate_key"),
        ("<x/>", "application/xml", 415, "unsupported_media_type"),
    ],
)
def test_bodies_that_cannot_be_read(api, db, body, kind, status, code):
    response = api.post("/auth/register", body, kind)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert nobody_came()
