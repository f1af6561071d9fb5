"""Checking in: what is signed for this site counts, and nothing else changes anything."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEvent
from core import ids
from licensing import client, licences, policy, witnesses
from licensing.errors import Disbelieved, SiteLocked, SiteRestricted
from licensing.models import License
from licensing.policy import Action, Cause, State
from licensing.verdicts import Envelope, SigningKey
from live.models import Event
from tests.licensing.vendor import OTHER_SEED, sent

OTHER = SigningKey.of(OTHER_SEED)
NEW_ORDER = Action.NEW_ORDER

pytestmark = pytest.mark.django_db(transaction=True)


def stands(shop):
    found = policy.of(shop.pk)
    return found.state, found.cause


def test_a_verdict_counts(home, vendor, shop):
    expires = timezone.now() + timedelta(days=365)
    vendor.says = {"expires_at": expires, "next_heartbeat_seconds": 900}

    outcome = client.check_in()

    assert outcome.verdict.next_heartbeat_seconds == 900
    assert stands(shop) == (State.ACTIVE, None)
    kept = License.objects.get()
    assert (kept.seq, kept.license_expires_at, kept.grace_seconds) == (1, expires, 604800)
    assert (kept.failures, kept.problem, kept.must_check_in) == (0, "", False)
    assert witnesses.read(vendor.site_id).seq == 1
    [(path, headers, body)] = vendor.asked
    assert path == "/api/v1/heartbeat"
    assert (headers["X-Site-ID"], headers["X-Site-Key"]) == (str(vendor.site_id), "k" * 43)
    assert body.keys() == {"version", "uptime_seconds", "nonce", "applied_seq", "site_time"}
    assert (body["version"], body["applied_seq"]) == (home.VERSION, 0)
    assert datetime.fromisoformat(body["site_time"]).tzinfo == UTC
    client.check_in()
    assert vendor.asked[1][2]["applied_seq"] == 1
    assert vendor.asked[1][2]["nonce"] != body["nonce"]


def test_a_lock_holds_until_a_newer_verdict_lifts_it(home, vendor, shop, other_shop):
    client.check_in()
    assert not Event.objects.exists()

    vendor.says = {"locked": True, "lock_reason": "Unpaid."}
    client.check_in()
    for one in (shop, other_shop):  # all shops of this server are of the site
        with pytest.raises(SiteLocked) as refused:
            policy.require(one.pk, NEW_ORDER)
    assert refused.value.details == {
        "lock_reason": "Unpaid.", "contact_email": "desk@example.com",
    }  # fmt: skip
    policy.require(shop.pk, Action.SETTLE)
    policy.require(shop.pk, Action.CLOSE_BOOKS)
    client.check_in()  # says it again

    vendor.says = {}
    client.check_in()
    policy.require(shop.pk, NEW_ORDER)

    told = Event.objects.filter(shop=shop).order_by("seq")
    assert [one.kind for one in told] == ["site_locked", "site_unlocked"]
    assert json.loads(told[0].data) == {
        "site_id": str(vendor.site_id),
        "is_locked": True,
        "lock_reason": "Unpaid.",
        "contact_email": "desk@example.com",
    }
    trail = AuditEvent.objects.filter(shop=shop, action="licence.changed")
    assert sorted(one.after["stands"] for one in trail) == ["active:", "locked:locked"]


@pytest.mark.parametrize(
    ("says", "cause"),
    [
        ({"licensed": False}, Cause.INACTIVE),
        ({"licensed": False, "expires_at": datetime(2026, 1, 1, tzinfo=UTC)}, Cause.EXPIRED),
    ],
)
def test_a_verdict_without_a_licence_restricts(home, vendor, shop, says, cause):
    vendor.says = says
    client.check_in()
    assert stands(shop) == (State.RESTRICTED, cause)
    with pytest.raises(SiteRestricted):
        policy.require(shop.pk, Action.CATALOGUE)


def test_without_any_grace_a_site_sells_while_it_is_in_contact(home, vendor, shop):
    now = timezone.now()
    vendor.says = {"issued_at": now, "valid_until": now}
    with time_machine.travel(now, tick=False) as clock:
        client.check_in()
        assert stands(shop) == (State.ACTIVE, None)
        clock.shift(policy.SILENCE)
        assert stands(shop) == (State.RESTRICTED, Cause.GRACE_OVER)


# --- what is no verdict ---------------------------------------------------------------


def answers(status, body=b"", **headers):
    return lambda vendor, asked: (
        status, {name.replace("_", "-"): value for name, value in headers.items()}, body,
    )  # fmt: skip


def signed(key=None, sign=True, **fields):
    def answer(vendor, asked):
        vendor.seq += 1
        said = vendor.said(**{"nonce": asked["nonce"], "seq": vendor.seq + 100} | fields)
        return sent(vendor.sign(said, key))

    return answer


def broken(change):
    def answer(vendor, asked):
        said = json.loads(signed()(vendor, asked)[2])
        return 200, {}, json.dumps(change(said)).encode()

    return answer


def a_file(vendor, asked):
    vendor.seq += 100
    return sent(vendor.file())


def flipped(text):
    return ("B" if text[0] == "A" else "A") + text[1:]


PAGE = b"<!doctype html><title>Sign in to the Wi-Fi</title>"
LIES = {
    "a 401": answers(401, b'{"code": "bad_site_key"}'),
    "a 403 page": answers(403, PAGE),
    "a 500": answers(500, b"{}"),
    "a 503": answers(503, b"{}", Retry_After="120"),
    "a redirect": answers(302, b"", Location="http://127.0.0.1:9/api/v1/heartbeat"),
    "a captive portal": answers(200, PAGE, Content_Type="text/html"),
    "nothing": answers(200),
    "another object": answers(200, b'{"licensed": false, "locked": true}'),
    "too much": answers(200, b" " * 40_000),
    "unsigned": broken(lambda said: said | {"signature": ""}),
    "signed by another": signed(key=OTHER),
    "signed by another under our name": broken(
        lambda said: said | {"signature": OTHER.private.sign(b"x").hex()}
    ),
    "a changed byte": broken(lambda said: said | {"verdict": flipped(said["verdict"])}),
    "a changed signature": broken(lambda said: said | {"signature": flipped(said["signature"])}),
    "for another site": signed(site_id=ids.new()),
    "to another question": signed(nonce="another"),
    "to no question": signed(nonce=None),
    "an older one": signed(seq=4),
    "the last one again": signed(seq=5),
    "a file": a_file,
}


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_what_is_no_verdict_changes_nothing(home, vendor, shop, lie, locked):
    vendor.seq = 4
    vendor.says = {"locked": locked}
    client.check_in()
    before = License.objects.values().get()
    standing, told = stands(shop), Event.objects.count()
    vendor.says = {"locked": not locked}  # whatever it says, it is not believed
    vendor.answer = lambda asked: lie(vendor, asked)

    outcome = client.check_in()

    after = License.objects.values().get()
    assert outcome.verdict is None
    assert after.pop("problem") == outcome.problem != ""
    assert (after.pop("failures"), after.pop("refused")) == (1, 1)
    assert after.pop("tried_at") > before["tried_at"]
    assert after == {name: before[name] for name in after}
    assert stands(shop) == standing
    assert Event.objects.count() == told


def test_an_outage_changes_nothing_and_is_not_a_lie(home, vendor, shop):
    client.check_in()
    home.CLOUD_URL = "http://127.0.0.1:9"

    first, second = client.check_in(), client.check_in()

    assert (first.failures, second.failures) == (1, 2)
    assert License.objects.get().refused == 0
    assert stands(shop) == (State.ACTIVE, None)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [(answers(401), "SITE_KEY"), (answers(404), "CLOUD_URL"), (answers(500), "answered with 500.")],
)
def test_a_refusal_says_what_to_look_at(home, vendor, answer, hint):
    vendor.answer = lambda asked: answer(vendor, asked)
    assert hint in client.check_in().problem


@pytest.mark.parametrize("address", ["countertop.example.com", "ftp://x", "https://", "http://[x"])
def test_an_address_that_is_none_is_named(home, vendor, address):
    home.CLOUD_URL = address
    assert "CLOUD_URL" in client.check_in().problem


@pytest.mark.parametrize("text", ["90", "Sun, 01 Mar 2026 12:01:30 GMT"])
def test_the_server_says_when_to_ask_again(text):
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert client.retry_after({"Retry-After": text}, now) == 90


@pytest.mark.parametrize("text", ["", "soon", "-5", "１２", "Sun, 01 Mar 2020 12:00:00 GMT"])
def test_what_says_no_time_is_no_time(text):
    assert client.retry_after({"Retry-After": text}, timezone.now()) == 0


def test_a_busy_server_is_heeded(home, vendor):
    vendor.answer = lambda asked: (429, {"Retry-After": "77"}, b"{}")
    assert client.check_in().retry_after == 77


# --- whom it believes -----------------------------------------------------------------


def test_without_configured_keys_those_of_the_first_check_in_are_believed_for_ever(home, vendor):
    home.LICENSE_PUBLIC_KEYS = []
    assert client.check_in().verdict is not None
    assert License.objects.get().trusted_keys == [vendor.key.public_key]

    vendor.key = OTHER
    assert client.check_in().problem == (
        "This changes nothing. It is signed by a key we do not know: see LICENSE_PUBLIC_KEYS."
    )
    assert [path for path, _, _ in vendor.asked].count("/api/v1/licensing/keys") == 1


def test_keys_of_a_first_check_in_that_failed_are_not_kept(home, vendor):
    home.LICENSE_PUBLIC_KEYS = []
    vendor.answer = lambda asked: vendor.verdict(asked) if asked is None else (200, {}, b"{}")
    client.check_in()
    assert License.objects.get().trusted_keys == []


def test_a_key_announced_by_a_believed_one_is_believed(home, vendor):
    vendor.says = {"next_key": OTHER.announced}
    client.check_in()
    client.check_in()
    assert len(License.objects.get().announcements) == 1

    vendor.key, vendor.says = OTHER, {}
    assert client.check_in().verdict is not None

    home.LICENSE_PUBLIC_KEYS = [SigningKey.of("C" * 42 + "A").public_key]
    assert client.check_in().verdict is None  # what it rested on was taken away


def test_a_key_announced_by_a_stranger_is_not(home, vendor):
    client.check_in()
    vendor.key = OTHER
    vendor.says = {"next_key": OTHER.announced}
    client.check_in()
    assert License.objects.get().announcements == []
    assert client.check_in().verdict is None


# --- files ----------------------------------------------------------------------------


def test_a_file_lifts_a_lock_once_and_until_its_end(home, vendor, shop):
    vendor.says = {"locked": True}
    client.check_in()
    file = vendor.file(days=30)

    licences.install(file)

    assert stands(shop) == (State.ACTIVE, None)
    assert License.objects.get().grace_seconds == pytest.approx(30 * 86400, abs=5)
    client.check_in()
    assert stands(shop)[0] == State.LOCKED
    with pytest.raises(Disbelieved, match="used before"):
        licences.install(file)
    assert stands(shop)[0] == State.LOCKED


def a_verdict(vendor):
    vendor.seq += 1
    return vendor.sign(vendor.said())


@pytest.mark.parametrize(
    "lie",
    [
        lambda vendor: vendor.file(key=OTHER),
        lambda vendor: vendor.file(site_id=ids.new()),
        lambda vendor: vendor.file(seq=1),
        lambda vendor: vendor.file(valid_until=timezone.now() - timedelta(seconds=1)),
        a_verdict,
        lambda vendor: Envelope("bm9uc2Vuc2U", "bm9uc2Vuc2U", vendor.key.key_id),
    ],
    ids=["other key", "other site", "older", "past its end", "a verdict", "nonsense"],
)
def test_any_other_file_changes_nothing(home, vendor, shop, lie):
    vendor.says = {"locked": True}
    client.check_in()
    before = License.objects.values().get()
    vendor.says = {}

    with pytest.raises(Disbelieved):
        licences.install(lie(vendor))

    assert License.objects.values().get() == before
