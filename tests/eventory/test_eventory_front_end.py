"""Requests as the Eventory front end sends them: at the root, by forms, with extras of its own."""

import json
from urllib.parse import urlencode

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from eventory.models import Login
from tests import factories
from tests.eventory.conftest import ask
from tests.factories import PASSWORD

FORM = "application/x-www-form-urlencoded"
#: What an OAuth form of a front end carries beside the two that count, blank ones among them.
SIGN_IN = {
    "username": "edda", "password": PASSWORD, "grant_type": "password", "scope": "", "otp": "",
    "client_id": "", "client_secret": "", "rememberMe": "true",
}  # fmt: skip


def bearer(token: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.mark.parametrize("slash", ["", "/"])
def test_somebody_registers_and_is_who_they_are(client, db, slash):
    wish = {"username": "edda", "password": PASSWORD, "role": "admin", "acceptTerms": "true"}
    made = client.post(f"/auth/register{slash}", wish, "application/json")
    me = client.get(f"/auth/me{slash}", **bearer(made.json()["access_token"]))

    assert (made.status_code, me.status_code) == (201, 200)
    assert made.json()["username"] == me.json()["username"] == "edda"
    assert me.json()["role"] == "user"
    assert made.json()["expires_in"] == 24 * 60 * 60  # this front end never refreshes


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (urlencode(SIGN_IN), FORM),
        (urlencode(SIGN_IN), f"{FORM};charset=UTF-8"),
        (encode_multipart(BOUNDARY, SIGN_IN), MULTIPART_CONTENT),
        (json.dumps(SIGN_IN | {"rememberMe": True}), "application/json"),
    ],
    ids=["urlencoded", "with a charset", "multipart", "json"],
)
def test_signing_in_by_a_form(client, user, body, kind, slash):
    answer = client.generic("POST", f"/auth/login{slash}", body, content_type=kind)

    assert answer.status_code == 200
    said = answer.json()
    assert said["access_token"] == said["token"]
    assert (said["token_type"], said["role"]) == ("bearer", "user")
    assert client.get(f"/auth/me{slash}", **bearer(said["access_token"])).status_code == 200


def test_a_wrong_password_is_a_401_with_a_detail_to_show(client, user):
    answer = client.post("/auth/login", urlencode(SIGN_IN | {"password": "x"}), FORM)

    assert answer.status_code == 401
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("slash", ["", "/"])
def test_logins_are_kept_as_its_own_objects_come_and_go(api, user, slash):
    client = api(user)
    wish = {
        "id": "", "label": "Main site", "userName": "edda@site", "username": "edda@site",
        "password": "at-eventory", "color": "#3b82f6", "isDefault": "true", "lastUsedAt": None,
    }  # fmt: skip
    made = client.post(f"//logins{slash}", wish)
    row = made.json()
    assert made.status_code == 201
    assert row == {
        "id": row["id"], "label": "Main site", "username": "edda@site", "color": "#3b82f6",
    }  # fmt: skip

    # The form of a login that is there has an empty password.
    again = row | {"label": "Side", "password": "", "isDefault": "false"}
    changed = client.put(f"//logins/{row['id']}{slash}", again, "application/json")
    assert (changed.status_code, changed.json()) == (200, row | {"label": "Side"})
    assert client.get(f"//logins{slash}").json() == [row | {"label": "Side"}]
    assert client.delete(f"//logins/{row['id']}{slash}").status_code == 204
    assert not Login.objects.exists()


def test_the_whole_way_from_signing_in_to_eventorys_answer(serve, eventory):
    """Stored and passed through, in front of the server that people run."""
    eventory.passwords["edda@site"] = "at-eventory"
    server = serve(EVENTORY_API_URL=eventory.url)
    factories.person("edda")
    kind = ("Content-Type", FORM)
    signed_in = ask(server, "POST", "/auth/login/", kind, body=urlencode(SIGN_IN).encode()).json()
    ours = ("Authorization", f"Bearer {signed_in['access_token']}")
    wish = {"label": "Main", "username": "edda@site", "password": "at-eventory", "color": ""}
    json_kind = ("Content-Type", "application/json")
    kept = ask(server, "POST", "/logins/", ours, json_kind, body=json.dumps(wish).encode()).json()

    query = "/eventory/guarded?siteIds=1&siteIds=2&isActive=true&search=&startDate=2026-01-01"
    stored = ask(server, "GET", query, ours, ("X-Eventory-Login", kept["id"]))

    assert stored.status == 200
    assert stored.json()["target"] == query.removeprefix("/eventory")
    form = urlencode({"username": "edda@site", "password": "at-eventory"}).encode()
    backend = ("X-Backend-Authorization", ours[1])
    theirs = ask(server, "POST", "/eventory/login-json", backend, kind, body=form).json()
    passed = ask(
        server,
        "PATCH",
        "/eventory/guarded/",
        backend,
        ("Authorization", f"Bearer {theirs['access_token']}"),
        json_kind,
        body=b'{"isActive":"true","otp":""}',
    )
    refused = ask(server, "GET", "/eventory/guarded", backend, ("Authorization", "Bearer old"))

    # The slash is Eventory's to read: what it answers there is its own.
    assert (passed.status, passed.json()["target"]) == (200, "/guarded/")
    assert (refused.status, refused.json()) == (401, {"detail": "Not authenticated"})
    assert eventory.heard[-2].body == b'{"isActive":"true","otp":""}'
    assert signed_in["access_token"].encode() not in eventory.raw
    assert User.objects.get().username == "edda"
