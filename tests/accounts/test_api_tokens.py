"""Access and refresh tokens over the wire: refused, renewed, ended."""

import time
from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEvent, AuthSession, RefreshToken, User
from tests import factories
from tests.accounts.test_api_auth import sign_in


def claims(answer):
    return jwt.decode(answer["access_token"], options={"verify_signature": False})


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
