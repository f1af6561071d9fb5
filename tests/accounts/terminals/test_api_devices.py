"""Devices over the wire: registered, paired by a code, revoked, and what their token opens."""

from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts import devices
from accounts.models import AuthSession, Device, PairingCode
from tests import factories
from tests.accounts.terminals.conftest import OTHER_PIN, PIN, trail

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
