"""Where people are signed in, and the end of it, over the wire."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import AuditEvent, AuthSession
from core import ids
from tests.accounts.test_api_auth import sign_in
from tests.factories import PASSWORD

UNKNOWN = "018f0000-0000-7000-8000-000000000000"
KEYS = {
    "id", "device_id", "device_name", "user_agent", "ip", "scope", "is_current", "created_at",
    "last_used_at", "expires_at",
}  # fmt: skip
MOUNTS = ["/auth", "/api/auth", "//auth"]


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_list_of_ones_living_sessions(api, cashier, manager, mount, slash):
    api(manager)
    ended, expired = api(cashier), api(cashier)
    sessions.end(session_id=ended.session_id, actor=cashier)
    AuthSession.objects.filter(pk=expired.session_id).update(expires_at=timezone.now())
    sign_in(api, device_name="Counter 1")
    client = api(cashier)

    response = client.get(f"{mount}/sessions{slash}")

    rows = response.json()
    assert response.status_code == 200
    assert response["X-Total-Count"] == "2"
    assert [row["is_current"] for row in rows] == [True, False]
    assert rows[0].keys() == KEYS
    assert rows[0]["id"] == str(client.session_id)
    assert (rows[1]["device_name"], rows[1]["ip"]) == ("Counter 1", "127.0.0.1")
    assert client.get(f"{mount}/sessions/{rows[1]['id']}{slash}").json() == rows[1]


def test_the_list_goes_on_at_its_link(api, cashier):
    other, client = api(cashier), api(cashier)

    first = client.get("/auth/sessions?limit=1")
    link = first["Link"].partition("<")[2].partition(">")[0].removeprefix("http://testserver")

    assert [row["id"] for row in client.get(link).json()] == [str(other.session_id)]


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_ending_one_stops_it_at_once_and_no_other(api, cashier, mount, slash):
    other, client = api(cashier), api(cashier)

    response = client.delete(f"{mount}/sessions/{other.session_id}{slash}")

    assert response.status_code == 200
    assert response.json().keys() == {"message"}
    assert other.get("/auth/me").json()["code"] == "token_invalid"
    assert client.get("/auth/me").status_code == 200
    line = AuditEvent.objects.get(action="session.ended")
    assert (line.actor, line.target_id) == (cashier, str(other.session_id))


def test_ending_this_one_signs_out(api, cashier):
    client = api(cashier)

    response = client.delete(f"/auth/sessions/{client.session_id}")

    assert response.status_code == 200
    assert response.cookies["refresh_token"]["max-age"] == 0
    assert client.get("/auth/me").status_code == 401


@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_session_of_somebody_else_is_an_unknown_one(api, cashier, manager, method):
    other, gone, client = api(manager), api(cashier), api(cashier)
    sessions.end(session_id=gone.session_id, actor=cashier)
    bodies = set()

    for wanted in (other.session_id, gone.session_id, ids.new()):
        response = getattr(client, method)(f"/auth/sessions/{wanted}")
        body = response.json()
        body.pop("request_id")
        bodies.add((response.status_code, str(body)))

    assert len(bodies) == 1
    assert bodies.pop()[0] == 404
    assert other.get("/auth/me").status_code == 200


@pytest.mark.parametrize("mount", MOUNTS)
def test_ending_all_others_leaves_this_one(api, cashier, manager, mount):
    others, stranger, client = [api(cashier), api(cashier)], api(manager), api(cashier)

    response = client.delete(f"{mount}/sessions")

    assert response.json() == {"message": "Signed out of 2 other sessions."}
    assert [other.get("/auth/me").status_code for other in others] == [401, 401]
    assert client.get("/auth/me").status_code == stranger.get("/auth/me").status_code == 200
    assert AuditEvent.objects.get(action="sessions.ended").after == {"ended": 2}
    assert client.delete(f"{mount}/sessions").json() == {
        "message": "Signed out of 0 other sessions."
    }


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_signing_out_everywhere_stops_every_token(api, cashier, manager, mount, slash):
    refresh_token = sign_in(api).json()["refresh_token"]
    other, stranger, client = api(cashier), api(manager), api(cashier)

    response = client.post(f"{mount}/logout-all{slash}")

    assert response.status_code == 200
    assert response.json().keys() == {"message"}
    for old in (other, client):
        assert old.get("/auth/me").json()["code"] == "token_invalid"
    assert api.post("/auth/refresh", {"refresh_token": refresh_token}).status_code == 401
    assert stranger.get("/auth/me").status_code == 200
    line = AuditEvent.objects.get(action="sessions.ended")
    assert (line.actor, line.after) == (cashier, {"because": "signed out", "ended": 3})
    assert sign_in(api).status_code == 200


def test_signing_out_everywhere_takes_our_own_cookie_too(cashier, settings):
    settings.ROOT_URLCONF = "config.urls"
    browser = Client()
    browser.post("/sign-in/", {"name": "carla", "password": PASSWORD})

    assert browser.post("/api/v1/auth/logout-all").status_code == 200

    assert browser.get("/api/v1/auth/me").json()["code"] == "not_signed_in"
    assert browser.get("/shops/").status_code == 302


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/auth/logout-all"), ("get", "/auth/sessions"), ("delete", "/auth/sessions"),
        ("get", f"/auth/sessions/{UNKNOWN}"), ("delete", f"/auth/sessions/{UNKNOWN}"),
    ],
)  # fmt: skip
def test_nobody_has_sessions(api, db, method, path):
    response = getattr(api, method)(path)

    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/auth/logout-all"),
        ("post", "/auth/sessions"),
        ("put", f"/auth/sessions/{UNKNOWN}"),
    ],
)
def test_other_methods(api, cashier, method, path):
    response = getattr(api(cashier), method)(path)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
