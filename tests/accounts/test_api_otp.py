"""One-time codes over the wire: set up, confirmed, asked for at the developers' door."""

import logging
from datetime import UTC, datetime

import pytest
import time_machine

from accounts import authenticators, otp, sessions
from accounts.models import AuditEvent, Authenticator, AuthSession, RecoveryCode
from core.models import IdempotencyKey
from tests import factories
from tests.factories import PASSWORD, code_of

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def dora(db):
    return factories.person("dora", role="dev")


@pytest.fixture
def secret(dora):
    return factories.enrolled(dora)


def sign_in(api, name="dora", **more):
    return api.post("/auth/login", {"username": name, "password": PASSWORD} | more)


def as_signed_in(api, answer):
    return {"HTTP_AUTHORIZATION": f"Bearer {answer.json()['access_token']}"}


@pytest.mark.parametrize("mount", ["/api/v1", "/api"])
@pytest.mark.parametrize("end", ["", "/"])
def test_setting_up_codes_and_making_recovery_codes(api, cashier, mount, end):
    client = api(cashier)

    offered = client.post(f"{mount}/otp/enrol{end}")
    secret = offered.json()["secret"]
    confirmed = client.post(f"{mount}/otp/confirm{end}", {"otp": code_of(secret)})
    made = client.post(f"{mount}/otp/recovery-codes{end}")

    assert [one.status_code for one in (offered, confirmed, made)] == [200, 200, 200]
    assert offered.json().keys() == {"secret", "otpauth_uri"}
    assert offered.json()["otpauth_uri"].startswith("otpauth://totp/Countertop:carla?secret=")
    assert confirmed.json().keys() == {"message"}
    assert made.json().keys() == {"codes"}
    assert len(made.json()["codes"]) == 10
    assert {one["Cache-Control"] for one in (offered, made)} == {"no-store"}
    assert authenticators.is_enrolled(cashier.pk)


@pytest.mark.parametrize("path", ["/otp/enrol", "/otp/confirm", "/otp/recovery-codes"])
def test_strangers_and_other_methods_are_refused(api, owner, path):
    stranger = api.post(path, {"otp": "123456"})
    got = api(owner).get(path)

    assert (stranger.status_code, stranger.json()["code"]) == (401, "not_signed_in")
    assert (got.status_code, got.json()["code"]) == (405, "method_not_allowed")
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"otp": None}, 400, "invalid"),
        ({"otp": 123456}, 400, "invalid"),
        ({"otp": ["123456"]}, 400, "invalid"),
        ({"otp": "1" * 65}, 400, "invalid"),
        ({"otp": ""}, 400, "otp_invalid"),
        ({"otp": "000000"}, 400, "otp_invalid"),
        ({"otp": "00000\u0660"}, 400, "otp_invalid"),
    ],
)
def test_what_confirms_nothing(api, owner, body, status, code):
    client = api(owner)
    client.post("/otp/enrol")

    response = client.post("/otp/confirm", body)

    answer = response.json()
    assert (response.status_code, answer["code"]) == (status, code)
    assert answer["errors"].keys() == {"otp"}
    assert not authenticators.is_enrolled(owner.pk)
    assert not AuditEvent.objects.filter(action="authenticator.confirmed").exists()


def test_there_must_be_something_to_confirm(api, owner):
    response = api(owner).post("/otp/confirm", {"otp": "123456"})

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_pending")


def test_recovery_codes_need_codes_first(api, owner):
    response = api(owner).post("/otp/recovery-codes")

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_enrolled")
    assert not RecoveryCode.objects.exists()


@pytest.mark.parametrize("path", ["/otp/enrol", "/otp/recovery-codes"])
def test_a_stolen_session_replaces_nothing(api, dora, secret, path):
    client = api(dora)

    without, wrong = client.post(path), client.post(path, {"otp": "000000"})

    assert (without.status_code, without.json()["code"]) == (403, "otp_required")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "otp_invalid")
    assert not RecoveryCode.objects.exists()
    assert Authenticator.objects.get().pending == ""
    assert client.post(path, {"otp": code_of(secret)}).status_code == 200


@pytest.mark.parametrize("path", ["/otp/enrol", "/otp/recovery-codes"])
def test_a_lost_answer_is_given_again_and_lies_about_sealed(api, dora, secret, path):
    client = api(dora)
    wish = {"otp": code_of(secret)}
    key = {"HTTP_IDEMPOTENCY_KEY": "k-1"}

    first, again = client.post(path, wish, **key), client.post(path, wish, **key)
    other = client.post(path, {"otp": "000000"}, **key)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again["Idempotent-Replay"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    kept = bytes(IdempotencyKey.objects.get().body)
    assert kept != b""
    for shown in (first.json().get("secret"), *first.json().get("codes", [])):
        assert shown is None or shown.encode() not in kept
    client.post(path, {}, HTTP_IDEMPOTENCY_KEY="k-2")
    assert AuditEvent.objects.filter(actor=dora).exclude(action="session.began").count() == 2


def test_wrong_codes_have_to_wait(api, dora, secret):
    client = api(dora)
    for _ in range(6):
        assert client.post("/otp/enrol", {"otp": "000000"}).status_code == 400

    refused = client.post("/otp/enrol", {"otp": code_of(secret)})

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused["Retry-After"]) > 0
    door = sign_in(api, scope="dev", otp=code_of(secret))
    assert door.status_code == 429  # one count for a person, whatever the door


# --- the developers' door ---------------------------------------------------------------


@pytest.mark.parametrize("role", ["dev", "sysadmin"])
@pytest.mark.parametrize("path", ["/auth/login", "/api/auth/login", "//auth/login"])
def test_developers_sign_in_with_a_code(api, role, path):
    user = factories.person("pia", role=role)
    secret = factories.enrolled(user)

    wish = {"username": "pia", "password": PASSWORD, "scope": "dev", "otp": code_of(secret)}
    response = api.post(path, wish)

    assert response.status_code == 200
    assert response.json()["role"] == role
    session = AuthSession.objects.get()
    assert (session.scope, session.proven_at) == ("dev", NOW)
    assert sessions.principal(session.pk).scope == "dev"
    me = api.get("/auth/me", **as_signed_in(api, response))
    assert me.status_code == 200


def test_a_form_may_carry_the_code(api, dora, secret):
    form = f"username=dora&password={PASSWORD}&scope=dev&otp={code_of(secret)}"

    response = api.post("/auth/login", form, "application/x-www-form-urlencoded")

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({}, 401, "otp_invalid"),
        ({"otp": ""}, 401, "otp_invalid"),
        ({"otp": None}, 401, "otp_invalid"),
        ({"otp": "000000"}, 401, "otp_invalid"),
        ({"otp": "AAAA-AAAA-AAAA-AAAA"}, 401, "otp_invalid"),
        ({"otp": "right", "password": "wrong"}, 401, "bad_credentials"),
        ({"otp": "right", "username": "carla"}, 403, "role_too_low"),
    ],
)
def test_who_is_not_let_in_begins_no_session(api, cashier, dora, secret, wish, status, code):
    if wish.get("otp") == "right":
        wish = wish | {"otp": code_of(secret)}

    response = sign_in(api, **{"scope": "dev"} | wish)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not AuthSession.objects.exists()
    assert Authenticator.objects.get().last_step == 0


def test_a_code_opens_the_door_once(api, dora, secret, clock):
    code = code_of(secret)
    assert sign_in(api, scope="dev", otp=code).status_code == 200

    again = sign_in(api, scope="dev", otp=code)

    assert (again.status_code, again.json()["code"]) == (401, "otp_invalid")
    clock.shift(30)
    assert sign_in(api, scope="dev", otp=code_of(secret)).status_code == 200


def test_a_recovery_code_opens_the_door_once(api, dora, secret):
    proven = sign_in(api, scope="dev", otp=code_of(secret))
    codes = api.post("/otp/recovery-codes", **as_signed_in(api, proven)).json()["codes"]

    assert sign_in(api, scope="dev", otp=codes[3]).status_code == 200
    assert sign_in(api, scope="dev", otp=codes[3]).status_code == 401


def test_a_developer_without_an_app_is_refused(api, dora):
    assert sign_in(api, scope="dev", otp="123456").json()["code"] == "otp_invalid"


def test_the_master_code_opens_the_door_of_a_development_machine(api, dora, cashier, settings):
    settings.DEV_MASTER_OTP = "246810"

    assert sign_in(api, scope="dev", otp="246810").status_code == 200
    assert sign_in(api, "carla", scope="dev", otp="246810").status_code == 403
    settings.PRODUCTION = True
    assert sign_in(api, scope="dev", otp="246810").status_code == 401


def test_other_doors_take_a_code_from_who_has_one(api, dora, secret, cashier):
    assert sign_in(api).status_code == 200
    assert sign_in(api, "carla", otp="000000").status_code == 200  # it says nothing of her
    assert not AuthSession.objects.filter(proven_at__isnull=False).exists()

    assert sign_in(api, otp="000000").json()["code"] == "otp_invalid"
    assert sign_in(api, otp=code_of(secret)).status_code == 200

    proven = AuthSession.objects.get(proven_at__isnull=False)
    assert (proven.user, proven.scope) == (dora, "")


def test_a_refreshed_session_stays_proven(api, dora, secret):
    token = sign_in(api, scope="dev", otp=code_of(secret)).json()["refresh_token"]

    refreshed = api.post("/auth/refresh", {"refresh_token": token})

    principal = refreshed.json()["user"]
    assert principal["role"] == "dev"
    assert otp.is_proven(AuthSession.objects.get().pk)


def test_codes_and_secrets_reach_no_log(api, owner, caplog):
    client = api(owner)
    with caplog.at_level(logging.DEBUG):
        secret = client.post("/otp/enrol").json()["secret"]
        code = code_of(secret)
        client.post("/otp/confirm", {"otp": "987650"})
        client.post("/otp/confirm", {"otp": code})
        codes = client.post("/otp/recovery-codes").json()["codes"]

    told = caplog.text + str([vars(record) for record in caplog.records])
    audited = str(list(AuditEvent.objects.values()))
    for hidden in (secret, *codes):
        assert hidden not in told
        assert hidden not in audited
    assert f'"{code}"' not in told
