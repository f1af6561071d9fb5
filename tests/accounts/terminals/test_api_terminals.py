"""Terminals over the wire: signing in by PIN, switching, and a till that was left alone."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import devices
from accounts.models import AuditEvent, AuthSession, Membership, RefreshToken
from tests import factories
from tests.accounts.terminals.conftest import OTHER_PIN, PIN

# --- signing in by PIN ----------------------------------------------------------------


def test_a_pin_begins_a_session_at_this_device(terminal, api, shop, till, cashier, pinned):
    response = terminal.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": PIN})

    answer = response.json()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert answer["user"]["username"] == "carla"
    session = AuthSession.objects.get()
    assert (session.user, session.device, session.scope) == (cashier, till, "pin")
    assert session.device_name == "Till 1"
    assert RefreshToken.objects.get().session == session
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {answer['access_token']}"
    assert client.get(f"/shops/{shop.pk}").json()["role"] == "cashier"
    line = AuditEvent.objects.get(action="session.began")
    assert (line.shop, line.device, line.actor) == (shop, str(till.pk), cashier)


def test_switching_ends_the_session_of_the_one_before(
    terminal, api, till, cashier, manager, pinned
):
    first = terminal.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": PIN}).json()
    wish = {"user_id": str(manager.pk), "pin": OTHER_PIN}

    second = terminal.post("/devices/me/sign-in", wish).json()

    for answer, status in [(first, 401), (second, 200)]:
        client = api(None)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {answer['access_token']}"
        assert client.get("/auth/me").status_code == status
    refresh = api.post("/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert refresh.status_code == 401
    living = AuthSession.objects.get(device=till, revoked_at=None)
    assert living.user == manager
    ended = AuditEvent.objects.get(action="session.ended")
    assert (ended.actor, ended.after) == (manager, {"because": "switched"})


@pytest.mark.parametrize("who", ["wrong", "without", "unknown", "foreign", "inactive", "sysadmin"])
def test_whoever_it_is_a_refused_pin_says_the_same(
    terminal, shop, other_shop, cashier, owner, sysadmin, pinned, who, monkeypatch
):
    hashed = []
    pin = "9172"
    person = {"without": owner, "foreign": other_shop.owner, "sysadmin": sysadmin}.get(who, cashier)
    if who == "inactive":
        type(cashier).objects.filter(pk=cashier.pk).update(is_active=False)
    if who == "foreign":
        factories.pin(other_shop, person, pin)
    if who == "sysadmin":
        Membership.objects.create(shop=shop, user=sysadmin, role="manager")
        factories.pin(shop, person, pin)
    if who == "inactive":
        pin = PIN
    user_id = "01890000-0000-7000-8000-000000000000" if who == "unknown" else str(person.pk)
    monkeypatch.setattr(
        "django.contrib.auth.hashers.Argon2PasswordHasher.encode",
        counted("encode", hashed),
    )
    monkeypatch.setattr(
        "django.contrib.auth.hashers.Argon2PasswordHasher.verify",
        counted("verify", hashed),
    )

    response = terminal.post("/devices/me/sign-in", {"user_id": user_id, "pin": pin})

    body = response.json()
    assert (response.status_code, body["code"]) == (401, "pin_invalid")
    assert body["detail"] == "The PIN is wrong. Type it again, or sign in with your password."
    assert len(hashed) == 1
    assert not AuthSession.objects.exists()


def counted(name, calls):
    from django.contrib.auth.hashers import Argon2PasswordHasher

    real = getattr(Argon2PasswordHasher, name)

    def call(self, *args, **more):
        calls.append(name)
        return real(self, *args, **more)

    return call


def test_wrong_pins_wait_longer_and_longer_for_this_person_here(
    slow, terminal, api, shop, manager, cashier, pinned
):
    def guess(client, person, pin="9172"):
        return client.post("/devices/me/sign-in", {"user_id": str(person.pk), "pin": pin})

    assert [guess(terminal, cashier).status_code for _ in range(5)] == [401] * 5

    refused = guess(terminal, cashier, PIN)

    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert guess(terminal, manager, OTHER_PIN).status_code == 200  # another person
    other = devices.register(shop=shop, kind="till", name="Till 2", actor=manager)
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {factories.paired(other)}"
    assert guess(client, cashier, PIN).status_code == 200  # another device


def test_thirty_wrong_pins_close_a_device_for_a_while(one_moment, terminal, shop, pinned, cashier):
    for n in range(30):
        user_id = f"01890000-0000-7000-8000-0000000000{n:02}"
        wish = {"user_id": user_id, "pin": "9172"}
        assert terminal.post("/devices/me/sign-in", wish).status_code == 401

    response = terminal.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": PIN})

    assert response.status_code == 429
    assert int(response["Retry-After"]) <= 900


@pytest.mark.parametrize(
    "wish",
    [{}, {"pin": PIN}, {"user_id": "x", "pin": PIN}, {"user_id": None, "pin": PIN},
     {"user_id": "01890000-0000-7000-8000-000000000000"},
     {"user_id": "01890000-0000-7000-8000-000000000000", "pin": 4821}],
)  # fmt: skip
def test_a_sign_in_that_makes_no_sense(terminal, wish):
    assert terminal.post("/devices/me/sign-in", wish).status_code == 400


# --- a till left alone ------------------------------------------------------------------


def alone(minutes):
    AuthSession.objects.update(last_used_at=timezone.now() - timedelta(minutes=minutes))


@pytest.fixture
def signed_in(terminal, cashier, pinned):
    """What the cashier's sign-in by PIN answered."""
    wish = {"user_id": str(cashier.pk), "pin": PIN}
    return terminal.post("/devices/me/sign-in", wish).json()


def by_token(signed_in):
    return {"HTTP_AUTHORIZATION": f"Bearer {signed_in['access_token']}"}


def test_a_till_left_alone_is_locked_for_its_tokens_too(api, shop, signed_in):
    client, bearer = api(None), by_token(signed_in)
    alone(5)
    assert client.get(f"/shops/{shop.pk}/products", **bearer).status_code == 200

    alone(7)

    for _ in range(2):
        refused = client.get(f"/shops/{shop.pk}/products", **bearer)
        assert (refused.status_code, refused.json()["code"]) == (401, "session_locked")
    assert AuthSession.objects.get().last_used_at < timezone.now() - timedelta(minutes=6)


def test_a_till_left_alone_is_locked_for_its_cookie_too(client, shop, till, token, cashier, pinned):
    client.cookies[settings.DEVICE_COOKIE_NAME] = token
    client.post("/sign-in/", {"user_id": str(cashier.pk), "pin": PIN})
    path = f"/api/v1/shops/{shop.pk}/products"
    assert client.get(path).status_code == 200

    alone(7)

    assert client.get(path).json()["code"] == "session_locked"
    locked = client.post("/lock/?next=/shops/", {"idle": "1"})
    assert locked["Location"].endswith(f"&who={cashier.pk}")
    assert AuthSession.objects.get().revoked_at is not None


def test_a_request_is_a_sign_of_life_written_once_a_minute(api, shop, signed_in):
    client, bearer = api(None), by_token(signed_in)
    path = f"/shops/{shop.pk}/products"
    alone(5)

    with CaptureQueriesContext(connection) as told:
        client.get(path, **bearer)
    with CaptureQueriesContext(connection) as again:
        client.get(path, **bearer)

    written = [each["sql"] for each in told if each["sql"].startswith("UPDATE")]
    assert len(written) == 1
    assert "last_used_at" in written[0]
    assert not [each["sql"] for each in again if each["sql"].startswith("UPDATE")]
    assert timezone.now() - AuthSession.objects.get().last_used_at < timedelta(minutes=1)


def test_a_refresh_is_no_sign_of_life(api, signed_in):
    client = api(None)
    alone(5)
    renewed = client.post("/auth/refresh", {"refresh_token": signed_in["refresh_token"]})
    assert renewed.status_code == 200
    assert AuthSession.objects.get().last_used_at < timezone.now() - timedelta(minutes=4)

    alone(7)

    refused = client.post("/auth/refresh", {"refresh_token": renewed.json()["refresh_token"]})
    assert (refused.status_code, refused.json()["code"]) == (401, "session_locked")
    assert RefreshToken.objects.filter(used_at=None).count() == 1


def test_the_next_pin_opens_what_was_locked(api, shop, terminal, cashier, signed_in):
    alone(7)

    wish = {"user_id": str(cashier.pk), "pin": PIN}
    again = terminal.post("/devices/me/sign-in", wish).json()

    products = api(None).get(f"/shops/{shop.pk}/products", **by_token(again))
    assert products.status_code == 200
    assert AuthSession.objects.filter(revoked_at=None).count() == 1
