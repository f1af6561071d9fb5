"""Devices, PINs and approvals over the wire: pair, sign in by PIN, switch, revoke."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import devices, pins
from accounts.models import (
    Approval,
    AuditEvent,
    AuthSession,
    Device,
    Membership,
    PairingCode,
    RefreshToken,
)
from tests import factories

PIN = "4821"
OTHER_PIN = "73951"


@pytest.fixture
def till(shop, manager) -> Device:
    return devices.register(shop=shop, kind="till", name="Till 1", actor=manager)


@pytest.fixture
def token(shop, till, manager) -> str:
    return factories.paired(till)


@pytest.fixture
def terminal(api, token):
    """A client with the till's token."""
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.fixture
def pinned(shop, cashier, manager):
    """The cashier and the manager have PINs."""
    factories.pin(shop, cashier, PIN)
    factories.pin(shop, manager, OTHER_PIN)


@pytest.fixture
def one_moment():
    """No minute ends while tries are counted."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture
def slow(monkeypatch):
    """A wait that a busy machine does not sit out."""
    monkeypatch.setattr(pins, "PACE", pins.PACE._replace(first=60))


def trail(*actions):
    found = AuditEvent.objects.filter(action__in=actions).order_by("pk")
    return [(line.action, line.actor_id) for line in found]


# --- devices --------------------------------------------------------------------------


def test_a_manager_registers_a_device_and_makes_its_code(api, shop, manager):
    client = api(manager)

    made = client.post(f"/shops/{shop.pk}/devices", {"kind": "till", "name": " Till 1 "})
    row = made.json()
    code = client.post(f"/shops/{shop.pk}/devices/{row['id']}/pairing-code")

    assert (made.status_code, code.status_code) == (201, 201)
    assert row == row | {
        "shop_id": str(shop.pk), "kind": "till", "name": "Till 1", "status": "new",
        "paired_at": None, "last_seen_at": None, "revoked_at": None, "service_mode": False,
    }  # fmt: skip
    assert client.get(f"/shops/{shop.pk}/devices").json() == [row]
    assert client.get(f"/shops/{shop.pk}/devices/{row['id']}").json() == row
    assert code.json()["device_id"] == row["id"]
    assert code["Cache-Control"] == "no-store"
    kept = PairingCode.objects.get()
    assert code.json()["code"].replace("-", "").encode() not in bytes(kept.digest)
    assert timedelta(minutes=9) < kept.expires_at - timezone.now() <= timedelta(minutes=10)
    assert trail("device.registered", "device.offered") == [
        ("device.registered", manager.pk),
        ("device.offered", manager.pk),
    ]


@pytest.mark.parametrize("write", [str, str.lower, lambda code: f" {code[:2]} {code[2:]} "])
def test_a_code_is_exchanged_for_a_token(api, shop, till, manager, write):
    code = devices.offer(till.pk, shop=shop, actor=manager).code

    response = api.post("/devices/pair", {"code": write(code), "model": "unknown keys are fine"})

    answer = response.json()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert answer["device"] == answer["device"] | {"id": str(till.pk), "status": "paired"}
    assert answer["shop"] == {
        "id": str(shop.pk), "name": shop.name, "currency": "EUR", "timezone": "UTC",
    }  # fmt: skip
    assert devices.by_token(answer["device_token"]) == till
    till.refresh_from_db()
    assert answer["device_token"].encode() not in bytes(till.token_digest)
    assert trail("device.paired") == [("device.paired", None)]


def test_a_code_works_once(api, shop, till, manager):
    code = devices.offer(till.pk, shop=shop, actor=manager).code
    assert api.post("/devices/pair", {"code": code}).status_code == 200

    again = api.post("/devices/pair", {"code": code})

    assert (again.status_code, again.json()["code"]) == (400, "code_invalid")
    assert list(again.json()["errors"]) == ["code"]


def test_a_lost_answer_comes_again_under_its_key(api, shop, till, manager):
    code = devices.offer(till.pk, shop=shop, actor=manager).code
    key = {"HTTP_IDEMPOTENCY_KEY": "pair-1"}

    first, again = (api.post("/devices/pair", {"code": code}, **key) for _ in range(2))

    assert first.content == again.content
    assert again["Idempotent-Replay"] == "true"


def refused_code(api, code):
    response = api.post("/devices/pair", {"code": code})
    return response.status_code, response.json()["code"]


def test_wrong_old_replaced_and_revoked_codes_are_one_refusal(api, shop, till, manager):
    def offer():
        return devices.offer(till.pk, shop=shop, actor=manager).code

    replaced, old = offer(), offer()
    PairingCode.objects.update(expires_at=timezone.now())
    assert refused_code(api, "WRONG-ONE") == (400, "code_invalid")
    assert refused_code(api, replaced) == (400, "code_invalid")
    assert refused_code(api, old) == (400, "code_invalid")
    revoked = offer()
    devices.revoke(till.pk, shop=shop, actor=manager)
    assert refused_code(api, revoked) == (400, "code_invalid")
    till.refresh_from_db()
    assert till.token_digest is None


def test_ten_guesses_in_ten_minutes(one_moment, api, shop, till, manager):
    code = devices.offer(till.pk, shop=shop, actor=manager).code
    for _ in range(10):
        assert refused_code(api, "GUESSGUE") == (400, "code_invalid")

    response = api.post("/devices/pair", {"code": code})

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 600
    elsewhere = api.post("/devices/pair", {"code": code}, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200


def test_right_codes_are_no_guesses(api, shop, till, manager):
    for _ in range(12):
        code = devices.offer(till.pk, shop=shop, actor=manager).code
        assert api.post("/devices/pair", {"code": code}).status_code == 200


def test_pairing_anew_ends_the_token_and_the_session_before(terminal, api, shop, till, manager):
    factories.pin(shop, manager, PIN)
    terminal.post("/devices/me/sign-in", {"user_id": str(manager.pk), "pin": PIN})
    code = devices.offer(till.pk, shop=shop, actor=manager).code
    assert terminal.get("/devices/me/staff").status_code == 200  # until the code is used

    api.post("/devices/pair", {"code": code})

    refused = terminal.get("/devices/me/staff")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")
    assert AuthSession.objects.get().revoked_at is not None


def test_revoking_ends_token_session_and_code_at_once(terminal, api, shop, till, manager, pinned):
    signed_in = terminal.post(
        "/devices/me/sign-in", {"user_id": str(manager.pk), "pin": OTHER_PIN}
    ).json()
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {signed_in['access_token']}"
    path = f"/shops/{shop.pk}/devices/{till.pk}"

    first, again = (api(manager).post(f"{path}/revoke") for _ in range(2))

    assert (first.status_code, first.json()["status"]) == (200, "revoked")
    assert again.json() == first.json()
    assert terminal.get("/devices/me/staff").json()["code"] == "token_invalid"
    assert client.get("/auth/me").json()["code"] == "token_invalid"
    assert trail("device.revoked") == [("device.revoked", manager.pk)]
    code = api(manager).post(f"{path}/pairing-code")
    assert (code.status_code, code.json()["code"]) == (409, "device_revoked")


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": "x"}, "kind"),
        ({"kind": "toaster", "name": "x"}, "kind"),
        ({"kind": "till"}, "name"),
        ({"kind": "till", "name": " "}, "name"),
        ({"kind": "till", "name": "n" * 121}, "name"),
        ({"kind": "till", "name": "x", "token": "mine"}, "token"),
    ],
)
def test_refused_devices_leave_nothing(api, shop, manager, wish, field):
    response = api(manager).post(f"/shops/{shop.pk}/devices", wish)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert not Device.objects.exists()


def test_devices_are_for_managers_of_the_shop(api, shop, other_shop, till, cashier):
    path = f"/shops/{shop.pk}/devices"
    rival = other_shop.owner
    for client, status in [(api(cashier), 403), (api(rival), 404), (api(None), 401)]:
        assert client.get(path).status_code == status
        assert client.post(path, {"kind": "till", "name": "x"}).status_code == status
        assert client.post(f"{path}/{till.pk}/pairing-code").status_code == status
        assert client.post(f"{path}/{till.pk}/revoke").status_code == status
    foreign = f"/shops/{other_shop.pk}/devices/{till.pk}"
    for end in ("", "/pairing-code", "/revoke"):
        ask = api(rival).get if not end else api(rival).post
        assert ask(foreign + end).json()["code"] == "not_found"
    till.refresh_from_db()
    assert till.revoked_at is None
    assert not PairingCode.objects.exists()


def test_registering_and_offering_replay_their_keys(api, shop, manager):
    client, key = api(manager), {"HTTP_IDEMPOTENCY_KEY": "k"}
    path, wish = f"/shops/{shop.pk}/devices", {"kind": "board", "name": "Board"}

    first, again = (client.post(path, wish, **key) for _ in range(2))
    offer = f"{path}/{first.json()['id']}/pairing-code"
    code, same = (client.post(offer, **key) for _ in range(2))

    assert first.content == again.content
    assert code.content == same.content
    assert (Device.objects.count(), PairingCode.objects.count()) == (1, 1)


# --- what a device's token opens -------------------------------------------------------


def test_a_till_lists_its_staff_and_nobody_elses(terminal, shop, other_shop, owner, pinned):
    gone = factories.member(shop, "gone", "cashier")
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)

    found = terminal.get("/devices/me/staff").json()

    assert [(one["name"], one["role"], one["has_pin"]) for one in found] == [
        ("Carla", "cashier", True),
        ("Manu", "manager", True),
        ("Olga", "owner", False),
    ]
    assert found[2] == {
        "user_id": str(owner.pk), "name": "Olga", "initials": "O", "role": "owner",
        "has_pin": False,
    }  # fmt: skip


def api_routes():
    """Every API address, with an id in each place."""

    def walk(patterns, prefix):
        for each in patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, route)
            elif isinstance(each, URLPattern):
                yield route

    for route in walk(get_resolver().url_patterns, ""):
        if "admin/" not in route and "<path:" not in route and "^" not in route:
            yield route


OPEN_TO_TILLS = {
    ("GET", "/devices/me/staff"),
    ("POST", "/devices/me/sign-in"),
}


def test_a_device_token_opens_nothing_else(terminal, api, shop, till, cashier):
    nobody = api(None)
    tried = 0
    for route in sorted(set(api_routes())):
        path = "//" + route
        for name in ("shop_id", "user_id", "device_id", "product_id", "order_id", "session_id"):
            path = path.replace(f"<uuid:{name}>", str(shop.pk if name == "shop_id" else till.pk))
        if "<" in path:
            path = path.split("<")[0] + str(till.pk)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            known = ("/" + route.removeprefix("api/v1/").removeprefix("api/")).rstrip("/")
            if (method, known) in OPEN_TO_TILLS:
                continue
            own, none = (
                client.generic(method, path, "{}", "application/json")
                for client in (terminal, nobody)
            )
            tried += 1
            same = own.status_code == none.status_code
            assert same or own.status_code == 401, (method, route, own.status_code)
            if own.status_code == 200 and route.startswith("api/"):
                assert own.content == none.content, (method, route)
    assert tried > 200


@pytest.mark.parametrize("kind", ["kiosk", "kds", "board"])
def test_other_devices_sign_nobody_in(api, shop, manager, cashier, pinned, kind):
    row = devices.register(shop=shop, kind=kind, name="Other", actor=manager)
    client = api(None)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {factories.paired(row)}"

    staff = client.get("/devices/me/staff")
    signed_in = client.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": PIN})

    for response in (staff, signed_in):
        assert (response.status_code, response.json()["code"]) == (403, "device_not_allowed")
    assert not AuthSession.objects.exists()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer " + "x" * 43, "Basic eDp4"])
def test_without_a_token_there_is_no_device(api, till, header):
    client = api(None)
    if header:
        client.defaults["HTTP_AUTHORIZATION"] = header

    response = client.get("/devices/me/staff")

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


def test_a_persons_token_is_no_device(api, manager, till):
    assert api(manager).get("/devices/me/staff").status_code == 401


def test_being_heard_of_is_written_down_once_a_minute(terminal, till):
    Device.objects.update(last_seen_at=timezone.now() - timedelta(minutes=2))
    terminal.get("/devices/me/staff")
    till.refresh_from_db()
    seen = till.last_seen_at
    assert timezone.now() - seen < timedelta(minutes=1)

    terminal.get("/devices/me/staff")

    till.refresh_from_db()
    assert till.last_seen_at == seen


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


# --- setting a PIN ----------------------------------------------------------------------


def pin_path(shop, person):
    return f"/shops/{shop.pk}/staff/{person.pk}/pin"


def put(client, shop, person, **wish):
    return client.put(pin_path(shop, person), wish, "application/json")


def pin_of(shop, person):
    return Membership.objects.get(shop=shop, user=person).pin


def test_people_set_their_own_pin_and_managers_their_staffs(api, shop, manager, cashier):
    own = put(api(cashier), shop, cashier, pin=PIN)
    theirs = put(api(manager), shop, cashier, pin=OTHER_PIN)

    assert (own.status_code, theirs.status_code) == (200, 200)
    assert pin_of(shop, cashier).startswith("argon2$")
    assert trail("pin.changed") == [("pin.changed", cashier.pk), ("pin.changed", manager.pk)]
    assert PIN not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("who", "whose", "status", "code"),
    [
        ("cashier", "manager", 403, "role_too_low"),
        ("manager", "owner", 403, "role_above_yours"),
        ("rival", "cashier", 404, "not_found"),
        ("owner", "rival", 404, "not_found"),
    ],
)
def test_nobody_sets_the_pin_of_who_is_above(
    api, shop, other_shop, owner, manager, cashier, who, whose, status, code
):
    people = {
        "owner": owner, "manager": manager, "cashier": cashier, "rival": other_shop.owner,
    }  # fmt: skip

    response = put(api(people[who]), shop, people[whose], pin=PIN)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Membership.objects.exclude(pin="").exists()


@pytest.mark.parametrize(
    "pin",
    ["", "123", "1234567", "48a1", "٤٨٢١", "48 21", "1111", "1234", "4321", "8901", "1212",
     "123123", "121212", "1122", "112233", "2580", "1987", "2026", "000000"],
)  # fmt: skip
def test_trivial_pins_are_refused(api, shop, cashier, pin):
    response = put(api(cashier), shop, cashier, pin=pin)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == ["pin"]
    assert pin_of(shop, cashier) == ""


@pytest.mark.parametrize("pin", ["4821", "73951", "904618", "0073"])
def test_good_pins_are_taken(api, shop, cashier, pin):
    assert put(api(cashier), shop, cashier, pin=pin).status_code == 200


def test_who_uses_the_platforms_tools_has_no_pin(api, shop, sysadmin):
    Membership.objects.create(shop=shop, user=sysadmin, role="owner")

    response = put(api(sysadmin), shop, sysadmin, pin=PIN)

    assert (response.status_code, response.json()["code"]) == (403, "pin_not_allowed")


def test_at_a_terminal_ones_own_pin_takes_the_current_one(terminal, api, shop, cashier, pinned):
    def seated(pin):
        answer = terminal.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": pin})
        client = api(None)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {answer.json()['access_token']}"
        return client

    client = seated(PIN)
    missing = put(client, shop, cashier, pin="904618")
    wrong = put(client, shop, cashier, pin="904618", current_pin="9172")
    bad_password = put(client, shop, cashier, pin="904618", password="wrong password")
    for response, code in [
        (missing, "pin_invalid"), (wrong, "pin_invalid"), (bad_password, "wrong_password"),
    ]:  # fmt: skip
        assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(wrong.json()["errors"]) == ["current_pin"]

    assert put(client, shop, cashier, pin="904618", current_pin=PIN).status_code == 200
    assert client.get("/auth/me").status_code == 200  # the session that did it goes on
    client = seated("904618")
    again = put(client, shop, cashier, pin=PIN, password=factories.PASSWORD)
    assert again.status_code == 200


def test_a_new_pin_ends_what_the_old_one_began(terminal, api, shop, manager, cashier, pinned):
    terminal.post("/devices/me/sign-in", {"user_id": str(cashier.pk), "pin": PIN})

    put(api(manager), shop, cashier, pin="904618")

    assert AuthSession.objects.get(user=cashier).revoked_at is not None


# --- approvals --------------------------------------------------------------------------


def approve(client, shop, person, pin=OTHER_PIN, **more):
    wish = {"user_id": str(person.pk), "pin": pin, "action": "void", "target": "order-1"}
    header = {"HTTP_IDEMPOTENCY_KEY": more.pop("key")} if "key" in more else {}
    return client.post(f"/shops/{shop.pk}/approvals", wish | more, **header)


def test_a_managers_pin_approves_one_act(api, shop, cashier, manager, pinned):
    client = api(cashier)

    response = approve(client, shop, manager)

    answer = response.json()
    assert response.status_code == 201
    assert answer == answer | {
        "action": "void", "target": "order-1",
        "approved_by": {"id": str(manager.pk), "name": "Manu"},
    }  # fmt: skip
    row = Approval.objects.get(pk=answer["id"])
    assert (row.cashier, row.approver, row.shop) == (cashier, manager, shop)
    assert timedelta(seconds=55) < row.expires_at - timezone.now() <= timedelta(seconds=60)
    assert client.get("/auth/me").json()["username"] == "carla"
    assert not AuthSession.objects.filter(user=manager).exists()
    line = AuditEvent.objects.get(action="approval.given")
    assert (line.actor, line.after["cashier_id"]) == (manager, str(cashier.pk))


def test_an_approval_is_given_once_per_key(api, shop, cashier, manager, pinned):
    client = api(cashier)

    first, again = (approve(client, shop, manager, key="a-1") for _ in range(2))

    assert first.content == again.content
    assert Approval.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "more", "status", "code"),
    [
        ("manager", {"pin": "9172"}, 400, "pin_invalid"),
        ("owner", {}, 400, "pin_invalid"),
        ("rival", {}, 400, "pin_invalid"),
        ("cashier", {"pin": PIN}, 403, "role_too_low"),
        ("manager", {"action": "everything"}, 400, "invalid"),
        ("manager", {"target": ""}, 400, "invalid"),
        ("manager", {"minutes": 99}, 400, "unknown_field"),
    ],
)
def test_refused_approvals_leave_nothing(
    api, shop, other_shop, owner, cashier, manager, pinned, who, more, status, code
):
    people = {
        "owner": owner, "manager": manager, "cashier": cashier, "rival": other_shop.owner,
    }  # fmt: skip
    factories.pin(other_shop, other_shop.owner, OTHER_PIN)

    response = approve(api(cashier), shop, people[who], **more)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Approval.objects.exists()


def test_guessing_a_managers_pin_slows_down(slow, api, shop, cashier, manager, pinned):
    client = api(cashier)
    for _ in range(5):
        assert approve(client, shop, manager, "9172").status_code == 400

    assert approve(client, shop, manager).status_code == 429


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
