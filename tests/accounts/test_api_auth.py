"""Signing in over the wire, and who one is then."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone

from accounts.models import AuditEvent, AuthSession
from tests import factories
from tests.factories import PASSWORD

USER_KEYS = {
    "id", "user_id", "username", "email", "phone", "name", "organization", "role", "role_name",
    "shop_id", "shopId", "shop_name", "shopName", "shops", "is_active", "is_verified",
    "created_at", "updated_at", "last_login_at",
}  # fmt: skip


def sign_in(api, name="carla", password=PASSWORD, path="/auth/login", **more):
    return api.post(path, {"username": name, "password": password} | more)


@pytest.mark.parametrize("name", ["carla", "CARLA", "carla@example.com", "Carla@Example.COM"])
@pytest.mark.parametrize("key", ["username", "email"])
def test_signing_in_by_username_or_email(api, shop, cashier, name, key):
    response = api.post("/auth/login", {key: name, "password": PASSWORD, "otp": "", "extra": 1})

    answer = response.json()
    assert response.status_code == 200
    assert answer.keys() == {
        "access_token", "token", "refresh_token", "token_type", "expires_in", "role", "message",
        "user",
    }  # fmt: skip
    assert answer["token"] == answer["access_token"]
    assert (answer["token_type"], answer["expires_in"], answer["role"]) == (
        "bearer",
        600,
        "cashier",
    )
    user = answer["user"]
    assert user.keys() == USER_KEYS
    assert (user["id"], user["user_id"]) == (str(cashier.pk), str(cashier.pk))
    assert (user["shop_id"], user["shopId"]) == (str(shop.pk), str(shop.pk))
    assert (user["shop_name"], user["shopName"]) == ("Corner Café", "Corner Café")
    assert user["shops"] == [{"id": str(shop.pk), "name": "Corner Café", "role": "cashier"}]
    assert user["last_login_at"].endswith("Z")


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=BoUnDaRyStRiNg"]
)
@pytest.mark.parametrize("path", ["/auth/login", "/auth/login/", "/api/auth/login", "//auth/login"])
def test_signing_in_with_a_form_on_every_mount(api, cashier, kind, path):
    from urllib.parse import urlencode

    from django.test.client import BOUNDARY, encode_multipart

    form = {"username": "carla", "password": PASSWORD, "grant_type": "password"}
    body = encode_multipart(BOUNDARY, form) if "multipart" in kind else urlencode(form)

    response = api.post(path, body, kind)

    assert response.status_code == 200
    assert response.json()["user"]["username"] == "carla"
    assert "refresh_token" not in response.cookies


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"password": PASSWORD}, 400, "invalid"),
        ({"username": "carla"}, 400, "invalid"),
        ({"username": "carla", "password": ""}, 400, "invalid"),
        ({"username": "carla", "password": None}, 400, "invalid"),
        ({"username": "carla", "password": 12345678}, 400, "invalid"),
        ({"username": ["carla"], "password": PASSWORD}, 400, "invalid"),
        ({"username": "carla\n", "password": PASSWORD}, 400, "invalid"),
        ({"username": "c" * 255, "password": PASSWORD}, 400, "invalid"),
        ({"username": "carla", "password": "x" * 1025}, 400, "invalid"),
        ({"username": "carla", "password": "wrong"}, 401, "bad_credentials"),
        ({"username": "nobody", "password": PASSWORD}, 401, "bad_credentials"),
        ({"username": "ida", "password": PASSWORD}, 401, "bad_credentials"),
        ({"username": "carla", "password": PASSWORD, "scope": "dev"}, 403, "role_too_low"),
        ({"username": "dora", "password": PASSWORD, "scope": "dev"}, 401, "otp_invalid"),
        (
            {"username": "dora", "password": PASSWORD, "scope": "dev", "otp": "123456"},
            401,
            "otp_invalid",
        ),
    ],
)
def test_refused_sign_ins_begin_no_session(api, cashier, wish, status, code):
    factories.person("ida", is_active=False)
    factories.person("dora", role="dev")

    response = api.post("/auth/login", wish)

    answer = response.json()
    assert (response.status_code, answer["code"]) == (status, code)
    assert answer["detail"] == answer["error"] != ""
    assert not AuthSession.objects.exists()
    assert not AuditEvent.objects.filter(action="session.began").exists()


def test_wrong_unknown_and_inactive_answer_alike_after_the_same_work(api, cashier, monkeypatch):
    factories.person("ida", is_active=False)
    work = []
    for name in ("verify", "encode"):
        real = getattr(Argon2PasswordHasher, name)

        def counted(self, *args, real=real, name=name):
            work.append(name)
            return real(self, *args)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    bodies = set()

    for name, password in (("carla", "wrong"), ("nobody", "wrong"), ("ida", PASSWORD)):
        work.clear()
        response = sign_in(api, name, password)
        body = response.json()
        body.pop("request_id")
        bodies.add((response.status_code, str(body)))
        assert len(work) == 1, name

    assert len(bodies) == 1


def test_the_sixth_wrong_password_has_to_wait_and_right_ones_never_count(api, cashier, owner):
    for _ in range(7):
        assert sign_in(api).status_code == 200
    for _ in range(5):
        assert sign_in(api, password="wrong").status_code == 401

    refused = sign_in(api, "carla@example.com")  # the same account by its other name

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused["Retry-After"]) <= 900
    assert sign_in(api, "olga").status_code == 200


def test_twenty_wrong_passwords_of_one_address_close_it_for_all(api, cashier):
    for number in range(20):
        assert sign_in(api, f"guess{number}", "wrong").status_code == 401

    assert sign_in(api).status_code == 429
    elsewhere = api.post(
        "/auth/login", {"username": "carla", "password": PASSWORD}, REMOTE_ADDR="192.0.2.9"
    )
    assert elsewhere.status_code == 200


@pytest.mark.parametrize("path", ["/auth/me", "/auth/me/", "/users/me", "/auth/profile"])
def test_who_am_i(api, shop, cashier, path):
    answer = api(cashier).get(path)

    assert answer.status_code == 200
    assert answer.json().keys() == USER_KEYS
    assert answer.json()["role"] == answer.json()["role_name"] == "cashier"


def test_the_strongest_role_and_the_first_shop_count(api, shop, other_shop, cashier):
    from accounts import shops

    shops.join(shop=other_shop, user=cashier, role="manager", actor=None)

    answer = api(cashier).get("/auth/me").json()

    assert (answer["role"], answer["shop_id"]) == ("manager", str(shop.pk))
    assert [one["role"] for one in answer["shops"]] == ["cashier", "manager"]


def test_a_request_costs_one_statement_for_who_asks(api, shop, cashier, django_assert_num_queries):
    client = api(cashier)

    with django_assert_num_queries(1):
        assert client.get(f"/shops/{shop.pk}/nothing-here").status_code == 404
        assert client.put(f"/shops/{shop.pk}/orders").status_code == 405
        assert client.post(f"/shops/{shop.pk}/orders", {"items": "none"}).status_code == 400


def test_use_is_remembered(api, cashier):
    client = api(cashier)
    past = timezone.now() - timedelta(minutes=5)
    AuthSession.objects.update(last_used_at=past)

    client.get("/auth/me")

    assert AuthSession.objects.get().last_used_at > past


@pytest.mark.parametrize(
    ("path", "method"), [("/auth/login", "get"), ("/auth/me", "post"), ("/auth/refresh", "put")]
)
def test_other_methods(api, db, path, method):
    response = getattr(api, method)(path)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
