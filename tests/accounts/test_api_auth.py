"""Signing in, refreshing and out over the wire."""

import time
from datetime import timedelta

import jwt
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEvent, AuthSession, RefreshToken, User
from tests import factories
from tests.factories import PASSWORD

USER_KEYS = {
    "id", "user_id", "username", "email", "phone", "name", "organization", "role", "role_name",
    "shop_id", "shopId", "shop_name", "shopName", "shops", "is_active", "is_verified",
    "created_at", "updated_at", "last_login_at",
}  # fmt: skip


def sign_in(api, name="carla", password=PASSWORD, path="/auth/login", **more):
    return api.post(path, {"username": name, "password": password} | more)


def claims(answer):
    return jwt.decode(answer["access_token"], options={"verify_signature": False})


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
    ("path", "role", "seconds"),
    [
        ("/auth/login", "user", 600),
        ("/api/auth/login", "user", 86400),
        ("//auth/login", "user", 86400),
        ("/auth/login", "sysadmin", 600),
        ("//auth/login", "sysadmin", 3600),
        ("/api/auth/login", "dev", 3600),
    ],
)
def test_how_long_an_access_token_lives(api, path, role, seconds):
    user = factories.person("pia", role=role)

    answer = sign_in(api, "pia", path=path).json()

    said = claims(answer)
    assert answer["expires_in"] == said["exp"] - said["iat"] == seconds
    assert said.keys() == {"exp", "iat", "sub", "sid", "tv", "role", "aud", "iss"}
    assert (said["sub"], said["tv"], said["role"]) == (str(user.pk), 1, role)
    assert jwt.get_unverified_header(answer["access_token"])["alg"] == "HS256"


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


def no_header(token):
    return {}


def nonsense(token):
    return {"HTTP_AUTHORIZATION": "Bearer nonsense"}


def cut_short(token):
    return {"HTTP_AUTHORIZATION": f"Bearer {token[:-2]}"}


NOW = int(time.time())


def unsigned(token):
    said = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    return {"HTTP_AUTHORIZATION": f"Bearer {jwt.encode(said, None, 'none', headers={'kid': kid})}"}


def by_other_key(token):
    said = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    forged = jwt.encode(said, "x" * 40, "HS256", headers={"kid": kid})
    return {"HTTP_AUTHORIZATION": f"Bearer {forged}"}


def with_claims(**changes):
    def change(token):
        from django.conf import settings

        said = jwt.decode(token, options={"verify_signature": False})
        kid = jwt.get_unverified_header(token)["kid"]
        said = {key: value for key, value in (said | changes).items() if value is not None}
        forged = jwt.encode(said, settings.JWT_SECRET_KEY, "HS256", headers={"kid": kid})
        return {"HTTP_AUTHORIZATION": f"Bearer {forged}"}

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (no_header, "not_signed_in"),
        (nonsense, "token_invalid"),
        (cut_short, "token_invalid"),
        (unsigned, "token_invalid"),
        (by_other_key, "token_invalid"),
        (with_claims(aud="other"), "token_invalid"),
        (with_claims(iss="other"), "token_invalid"),
        (with_claims(aud=None), "token_invalid"),
        (with_claims(exp=None), "token_invalid"),
        (with_claims(exp=1), "token_invalid"),
        (with_claims(exp=4_000_000_000), "token_invalid"),  # lives longer than any of ours
        (with_claims(role="dev", iat=NOW, exp=NOW + 3601), "token_invalid"),
        (with_claims(sid="x"), "token_invalid"),
        (with_claims(sid="018f0000-0000-7000-8000-000000000000"), "token_invalid"),
        (with_claims(sub="018f0000-0000-7000-8000-000000000000"), "token_invalid"),
        (with_claims(tv=2), "token_invalid"),
    ],
)
def test_refused_access_tokens(api, cashier, change, code):
    token = sign_in(api).json()["access_token"]

    response = api.get("/auth/me", **change(token))

    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_an_earlier_key_still_verifies_and_no_longer_signs(api, cashier, settings):
    old = sign_in(api).json()["access_token"]
    settings.JWT_PREVIOUS_KEYS = [settings.JWT_SECRET_KEY]
    settings.JWT_SECRET_KEY = "new" * 16

    new = sign_in(api).json()["access_token"]

    for token in (old, new):
        assert api.get("/auth/me", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200
    kids = {jwt.get_unverified_header(token)["kid"] for token in (old, new)}
    assert len(kids) == 2
    settings.JWT_PREVIOUS_KEYS = []
    assert api.get("/auth/me", HTTP_AUTHORIZATION=f"Bearer {old}").status_code == 401


def test_refreshing_gives_a_new_pair_and_a_retry_the_same(api, cashier):
    first = sign_in(api).json()["refresh_token"]
    api.cookies.clear()

    answers = [api.post("/auth/refresh", {"refreshToken": first}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    pairs = {(a.json()["access_token"], a.json()["refresh_token"]) for a in answers}
    assert len(pairs) == 1
    assert pairs.pop()[1] != first
    assert RefreshToken.objects.filter(used_at=None).count() == 1


def test_a_refresh_token_reused_later_ends_the_session(api, cashier):
    signed_in = sign_in(api).json()
    first = signed_in["refresh_token"]
    second = api.post("/auth/refresh", {"refresh_token": first}).json()
    RefreshToken.objects.exclude(used_at=None).update(
        used_at=timezone.now() - timedelta(seconds=11)
    )

    reused = api.post("/auth/refresh", {"refresh_token": first})

    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_invalid")
    after = api.post("/auth/refresh", {"refresh_token": second["refresh_token"]})
    assert after.status_code == 401
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {second['access_token']}"}
    assert api.get("/auth/me", **bearer).status_code == 401
    assert AuditEvent.objects.get(action="session.ended").after == {"because": "refresh reused"}


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 300, "\u00e9"])
def test_unknown_refresh_tokens(api, cashier, token):
    response = api.post("/auth/refresh", {"refresh_token": token})

    assert (response.status_code, response.json()["code"]) == (401, "refresh_invalid")


def test_an_expired_refresh_token_ends_nothing(api, cashier):
    token = sign_in(api).json()["refresh_token"]
    RefreshToken.objects.update(expires_at=timezone.now())

    assert api.post("/auth/refresh", {"refresh_token": token}).status_code == 401
    assert AuthSession.objects.get().revoked_at is None


def test_refreshing_by_the_cookie(api, cashier):
    signed_in = sign_in(api)
    cookie = signed_in.cookies["refresh_token"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        True,
        "Strict",
        "/api/v1/auth",
    )

    refreshed = api.post("/auth/refresh")

    assert refreshed.status_code == 200
    assert refreshed.cookies["refresh_token"].value == refreshed.json()["refresh_token"]
    assert refreshed.json()["refresh_token"] != cookie.value


@pytest.mark.parametrize(
    "path", ["/auth/logout", "/auth/logout/", "/api/auth/logout", "//auth/logout"]
)
@pytest.mark.parametrize("by", ["access", "refresh", "both"])
def test_signing_out_ends_both_tokens_at_once(api, cashier, path, by):
    answer = sign_in(api).json()
    api.cookies.clear()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {answer['access_token']}"}
    body = {} if by == "access" else {"refresh_token": answer["refresh_token"]}

    signed_out = api.post(path, body, **({} if by == "refresh" else bearer))

    assert signed_out.status_code == 200
    assert signed_out.json().keys() == {"message"}
    assert api.get("/auth/me", **bearer).json()["code"] == "token_invalid"
    refresh = {"refresh_token": answer["refresh_token"]}
    assert api.post("/auth/refresh", refresh).status_code == 401
    assert api.post("/auth/logout", {}, **bearer).status_code == 401


def test_nobody_cannot_sign_out(api, db):
    assert api.post("/auth/logout").json()["code"] == "not_signed_in"


def test_deactivation_and_a_raised_version_stop_the_token_at_once(api, cashier, manager):
    first, second = api(cashier), api(manager)
    User.objects.filter(pk=cashier.pk).update(is_active=False)
    User.objects.filter(pk=manager.pk).update(token_version=2)

    assert first.get("/auth/me").status_code == 401
    assert second.get("/auth/me").status_code == 401


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


@pytest.mark.django_db(transaction=True)
def test_eight_parallel_refreshes_leave_one_living_successor(owner):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    from accounts import refresh_tokens

    token = refresh_tokens.issue(session=sessions.begin(user=owner))

    def refresh(_):
        try:
            return refresh_tokens.exchange(token).token
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        successors = set(pool.map(refresh, range(8)))

    assert len(successors) == 1
    assert RefreshToken.objects.filter(used_at=None).count() == 1
    assert RefreshToken.objects.count() == 2
