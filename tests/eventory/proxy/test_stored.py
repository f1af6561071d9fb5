"""Stored logins: signed in upstream by this server, once, and again after a 401."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from eventory import logins
from eventory.models import Login
from tests import factories
from tests.eventory.conftest import CANARY, ask, token_of

pytestmark = pytest.mark.sqlite_only  # the sign-in upstream; the rows are tested on both


@pytest.fixture
def login(guest, eventory) -> Login:
    eventory.passwords["edda@site"] = CANARY
    kept = logins.add(owner=guest, label="Main", username="edda@site", password=CANARY)
    return Login.objects.get(pk=kept.id)


@pytest.fixture
def stored(server, token, login):
    """Ask through the proxy by the stored login."""
    shown = (("Authorization", f"Bearer {token}"), ("X-Eventory-Login", str(login.pk)))

    def asked(method, path, *headers, **more):
        return ask(server, method, path, *shown, *headers, **more)

    return asked


def test_it_signs_in_by_the_form_and_asks_with_that_token(stored, eventory, token):
    answer = stored("GET", "/eventory/guarded?site=1")

    assert answer.status == 200
    signed_in, asked = eventory.heard
    assert (signed_in.method, signed_in.target) == ("POST", b"/v2/login-json")
    assert signed_in.header("content-type") == "application/x-www-form-urlencoded"
    assert signed_in.body == f"username=edda%40site&password={CANARY}".encode()
    assert asked.header("authorization") == "Bearer upstream-token-1-edda@site"
    assert token.encode() not in eventory.raw
    assert asked.header("x-eventory-login") is None


def test_the_token_is_kept_sealed_and_used_until_it_ends(stored, eventory, login):
    for _ in range(3):
        assert stored("GET", "/eventory/guarded").status == 200
    assert eventory.sign_ins == 1
    login.refresh_from_db()
    assert "upstream-token" not in login.token
    assert logins.token_of(login) == "upstream-token-1-edda@site"
    assert timedelta(minutes=58) < login.token_expires_at - timezone.now() < timedelta(hours=1)

    Login.objects.filter(pk=login.pk).update(token_expires_at=timezone.now())
    assert stored("GET", "/eventory/guarded").status == 200
    assert eventory.sign_ins == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_after_a_401_it_signs_in_once_more_and_sends_the_body_again(stored, eventory, method):
    assert stored("GET", "/eventory/guarded").status == 200
    eventory.tokens.clear()  # Eventory has forgotten it
    body = b"x" * 400_000 if method == "POST" else b""

    answer = stored(method, "/eventory/guarded", body=body)

    assert answer.status == 200
    assert eventory.sign_ins == 2
    assert eventory.heard[-1].body == body
    assert [one.target for one in eventory.heard[-3:]] == [
        b"/v2/guarded", b"/v2/login-json", b"/v2/guarded",
    ]  # fmt: skip


def test_a_401_for_a_fresh_token_too_is_a_502(stored, eventory):
    answer = stored("GET", "/eventory/status?code=401")

    assert (answer.status, answer.json()["code"]) == (502, "upstream_sign_in_failed")
    assert eventory.sign_ins == 2


def test_a_login_that_eventory_refuses_is_a_502_and_never_a_401(stored, eventory, login, guest):
    eventory.passwords["edda@site"] = "another by now"

    answer = stored("GET", "/eventory/guarded")
    assert (answer.status, answer.json()["code"]) == (502, "upstream_sign_in_failed")
    assert CANARY not in answer.body.decode()
    assert eventory.sign_ins == 1

    logins.change(login.pk, owner=guest, password="another by now")
    assert stored("GET", "/eventory/guarded").status == 200


def test_many_requests_at_once_sign_in_once(stored, eventory):
    with ThreadPoolExecutor(12) as crowd:
        answers = [*crowd.map(lambda _: stored("GET", "/eventory/guarded").status, range(12))]

    assert answers == [200] * 12
    assert eventory.sign_ins == 1


def test_a_login_is_not_tried_for_ever(stored, eventory):
    """The server's minute may end among the tries, but then one of both has too many of them."""
    eventory.passwords.clear()
    statuses = [stored("GET", "/eventory/guarded").status for _ in range(41)]

    assert {*statuses} == {502, 429}
    assert eventory.sign_ins == statuses.count(502)
    assert eventory.sign_ins <= 40


@pytest.mark.parametrize("which", ["another's", "unknown", "no id", "removed"])
def test_a_login_that_is_not_ones_own_is_404(server, eventory, guest, login, which):
    rival = factories.person(f"rival-{login.pk}")
    named = {"another's": login.pk, "unknown": rival.pk, "no id": "main", "removed": login.pk}
    asker = guest if which == "removed" else rival
    if which == "removed":
        logins.remove(login.pk, owner=guest)
    answer = ask(
        server,
        "GET",
        "/eventory/guarded",
        ("Authorization", f"Bearer {token_of(asker)}"),
        ("X-Eventory-Login", str(named[which])),
    )

    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    assert eventory.heard == []


def test_a_login_that_no_key_opens_says_what_to_do(stored, eventory, login, guest):
    Login.objects.filter(pk=login.pk).update(secret=login.secret[:-8] + "AAAAAAA=")

    answer = stored("GET", "/eventory/guarded")

    assert (answer.status, answer.json()["code"]) == (409, "login_unreadable")
    assert eventory.heard == []


def test_with_a_login_named_the_callers_own_authorization_stays_here(
    server, eventory, token, login
):
    answer = ask(
        server,
        "GET",
        "/eventory/guarded",
        ("X-Backend-Authorization", f"Bearer {token}"),
        ("Authorization", "Bearer theirs"),
        ("X-Eventory-Login", str(login.pk)),
    )

    assert answer.status == 200
    assert eventory.heard[-1].header("authorization") == "Bearer upstream-token-1-edda@site"


def test_the_trail_names_the_login_and_holds_no_secret(stored, login, guest, wait_for, server):
    stored("GET", "/eventory/guarded")

    lines = AuditEvent.objects.filter(target_id=str(login.pk)).order_by("id")
    wait_for(lambda: lines.filter(action="eventory.asked").exists())
    assert [line.action for line in lines] == ["login.added", "login.signed_in", "eventory.asked"]
    shown = str([*lines.values()]) + server.output()
    assert CANARY not in shown
    assert "upstream-token" not in shown
