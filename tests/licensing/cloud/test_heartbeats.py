"""A site checks in: what it is told, what is remembered, what it may ask of us."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from licensing import heartbeats, sites
from licensing.models import Command, Heartbeat, Site, SiteContact, SiteKey
from tests.licensing.cloud.conftest import OURS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def test_a_site_in_order_is_told_so_and_it_is_signed(clock, caller):
    answer = caller.beat(nonce="n-1", applied_seq=0)

    said = answer["said"]
    assert (answer["licensed"], answer["locked"], answer["lock_reason"]) == (True, False, "")
    assert answer["expires_at"] is None
    assert answer["next_heartbeat_seconds"] == said.next_heartbeat_seconds == 21600
    assert answer["key_id"] == OURS.key_id
    assert (said.seq, said.nonce, said.licensed, said.locked) == (1, "n-1", True, False)
    assert (said.issued_at, said.valid_until) == (NOW, NOW + 7 * DAY)


def test_the_signed_members_stand_in_the_contracts_order(caller):
    answer = caller.beat()

    raw = base64.urlsafe_b64decode(answer["verdict"] + "==")
    assert list(json.loads(raw)) == [
        "site_id", "seq", "issued_at", "valid_until", "licensed", "locked", "lock_reason",
        "expires_at", "nonce", "next_heartbeat_seconds",
    ]  # fmt: skip


def test_what_the_site_says_is_remembered(clock, caller):
    ahead = NOW + timedelta(seconds=90)
    caller.beat(version="2.1", uptime_seconds=7200, site_time=ahead.isoformat(), applied_seq=0)

    kept = caller.contact
    assert (kept.last_seen_at, kept.version, kept.uptime_seconds) == (NOW, "2.1", 7200)
    assert (kept.site_time, kept.clock_skew_seconds) == (ahead, 90)
    assert (kept.seq, kept.applied_seq, kept.calls, kept.address) == (1, 0, 1, "127.0.0.1")


def test_seq_rises_with_every_verdict(caller):
    assert [caller.beat()["said"].seq for _ in range(4)] == [1, 2, 3, 4]


def test_a_site_that_has_applied_more_than_we_remember_is_answered_beyond_it(caller):
    """Our database was restored from an older copy: the site would refuse smaller numbers."""
    assert caller.beat(applied_seq=500)["said"].seq == 501
    assert caller.beat(applied_seq=2**40)["said"].seq == 502


@pytest.mark.parametrize(
    "facts",
    [
        {"is_active": False},
        {"license_expires_at": NOW},
        {"license_expires_at": NOW - 400 * DAY},
    ],
)
def test_expired_and_inactive_sites_get_200_and_no_licence(clock, caller, facts):
    sites.change(caller.site.site_id, actor=None, fields=facts)

    answer = caller.beat()

    assert (answer["licensed"], answer["said"].licensed, answer["locked"]) == (False, False, False)


@pytest.mark.parametrize(
    ("facts", "seconds"),
    [
        ({}, 21600),
        ({"license_expires_at": NOW + 8 * DAY}, 21600),
        ({"license_expires_at": NOW + 7 * DAY}, 900),
        ({"license_expires_at": NOW - DAY}, 900),
        ({"license_expires_at": NOW - 8 * DAY}, 21600),
        ({"watched_until": NOW + HOUR}, 900),
        ({"watched_until": NOW}, 21600),
    ],
)
def test_it_is_asked_to_call_more_often_while_something_is_about_to_change(
    clock, caller, facts, seconds
):
    sites.change(caller.site.site_id, actor=None, fields=facts)

    assert caller.beat()["next_heartbeat_seconds"] == seconds


def test_grace_is_the_sites_own(clock, caller):
    sites.change(caller.site.site_id, actor=None, fields={"grace_days": 14})

    assert caller.beat()["said"].valid_until == NOW + 14 * DAY


def test_the_next_key_is_announced_by_the_present_one(caller, settings):
    settings.LICENSE_NEXT_SIGNING_KEY = base64.urlsafe_b64encode(b"n" * 32).decode()

    answer = caller.beat()

    assert answer["key_id"] == OURS.key_id
    assert answer["said"].next_key.key_id != OURS.key_id
    published = caller.api.get("/licensing/keys").json()["keys"]
    assert published == [
        {"key_id": OURS.key_id, "public_key": OURS.public_key},
        {
            "key_id": answer["said"].next_key.key_id,
            "public_key": answer["said"].next_key.public_key,
        },
    ]


def test_without_a_key_nothing_is_signed_and_nothing_written(caller, settings):
    settings.LICENSE_SIGNING_KEY = ""

    answer = caller.post()

    assert (answer.status_code, answer.json()["code"]) == (503, "no_signing_key")
    assert answer["Retry-After"] == "900"
    assert caller.contact.seq == 0
    assert caller.api.get("/licensing/keys").json() == {"keys": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"version": 1}, "version"),
        ({"version": "x" * 61}, "version"),
        ({"version": "a\nb"}, "version"),
        ({"uptime_seconds": -1}, "uptime_seconds"),
        ({"uptime_seconds": "60"}, "uptime_seconds"),
        ({"uptime_seconds": 2**63}, None),
        ({"applied_seq": -1}, "applied_seq"),
        ({"nonce": "x" * 256}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"site_time": "2026-03-01T12:00:00"}, "site_time"),
        ({"site_time": "9999-12-31T23:59:59Z"}, "site_time"),
        ({"site_time": "0001-01-01T00:00:00Z"}, "site_time"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_and_nothing_written(caller, body, field):
    answer = caller.post(body)

    assert answer.status_code == 400
    assert field is None or field in answer.json()["errors"]
    assert (caller.contact.seq, caller.contact.last_seen_at) == (0, None)


def test_extras_of_other_peoples_backends_are_ignored(caller):
    assert caller.post({"os": "linux", "uptimeSeconds": 60}).status_code == 200


def test_version_and_uptime_are_needed(api, registered):
    headers = {"X-Site-ID": str(registered.site.site_id), "X-Site-Key": registered.secret_key}

    assert "version" in api.post("/heartbeat", {}, headers=headers).json()["errors"]


# --- history ------------------------------------------------------------------------------


def test_history_keeps_one_a_day_and_every_change(clock, caller):
    caller.beat()
    for _ in range(3):
        clock.shift(6 * HOUR)
        caller.beat()
    assert Heartbeat.objects.count() == 1
    clock.shift(6 * HOUR)
    caller.beat()
    assert Heartbeat.objects.count() == 2
    clock.shift(HOUR)
    caller.beat(version="1.1")
    sites.lock(caller.site.site_id, reason="Unpaid", actor=None)
    caller.beat(version="1.1")

    kept = list(Heartbeat.objects.order_by("pk").values_list("version", "is_locked", "seq"))
    assert kept == [
        ("1.0", False, 1),
        ("1.0", False, 5),
        ("1.1", False, 6),
        ("1.1", True, 7 + SiteContact.LEAP),
    ]


# --- limits -------------------------------------------------------------------------------


def test_a_site_calls_sixty_times_an_hour(clock, caller):
    for _ in range(60):
        assert caller.post().status_code == 200
    refused = caller.post()

    assert (refused.status_code, refused["Retry-After"]) == (429, "3601")
    assert caller.contact.seq == 60
    clock.shift(HOUR)
    assert caller.beat()["said"].seq == 61


def test_one_sites_calls_are_not_anothers(caller, api):
    SiteContact.objects.filter(site=caller.site).update(calls=60, hour_at=datetime.now(UTC))
    other = sites.register(actor=None, fields={"name": "Other"})

    assert caller.post().status_code == 429
    caller.site, caller.key = other
    assert caller.post().status_code == 200


def test_an_address_calls_five_hundred_times_an_hour(caller, monkeypatch):
    monkeypatch.setattr("licensing.authentication.MOST", "6/h")
    for _ in range(6):
        assert caller.post(**{"X-Site-Key": "wrong"}).status_code == 401
    refused = caller.post()

    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0


def test_the_published_limits_are_these():
    from licensing import authentication

    assert (authentication.MOST, heartbeats.MOST_CALLS) == ("500/h", 60)
    assert 500 + 25 * authentication.UNSHARED <= 600


# --- commands on their way ------------------------------------------------------------------


def test_a_lock_is_requested_delivered_and_acknowledged(clock, caller):
    caller.beat(applied_seq=0)
    sites.lock(caller.site.site_id, reason="Unpaid", actor=None)
    clock.shift(HOUR)

    carrying = caller.beat(applied_seq=1)

    command = Command.objects.get()
    assert (carrying["locked"], carrying["lock_reason"]) == (True, "Unpaid")
    assert carrying["said"].locked
    assert carrying["next_heartbeat_seconds"] == 900
    assert (command.requested_at, command.delivered_at) == (NOW, NOW + HOUR)
    carried = 2 + SiteContact.LEAP
    assert (command.seq, command.acknowledged_at) == (carried, None)

    clock.shift(HOUR)
    again = caller.beat(applied_seq=1)  # the answer was lost
    command.refresh_from_db()
    assert (command.seq, command.delivered_at) == (carried, NOW + HOUR)
    assert (command.acknowledged_at, again["next_heartbeat_seconds"]) == (None, 900)

    clock.shift(HOUR)
    done = caller.beat(applied_seq=carried)
    command.refresh_from_db()
    assert command.acknowledged_at == NOW + 3 * HOUR
    assert (done["locked"], done["next_heartbeat_seconds"]) == (True, 21600)
    assert not caller.contact.has_command


def test_an_unlock_before_the_lock_arrived_supersedes_it(caller):
    sites.lock(caller.site.site_id, reason="Unpaid", actor=None)
    sites.unlock(caller.site.site_id, actor=None)

    answer = caller.beat()

    assert not answer["locked"]
    locking, unlocking = Command.objects.order_by("pk")
    assert (locking.delivered_at, locking.superseded_at is None) == (None, False)
    assert (unlocking.seq, unlocking.superseded_at) == (1 + 2 * SiteContact.LEAP, None)


# --- keys -----------------------------------------------------------------------------------


def test_the_old_key_opens_until_the_new_one_is_used(caller):
    caller.beat()
    old, new = caller.key, sites.rotate_key(caller.site.site_id, actor=None)

    assert caller.post().status_code == 200
    caller.key = new
    assert caller.post().status_code == 200
    caller.key = old
    assert caller.post().status_code == 401
    assert SiteKey.objects.get().first_used_at is not None


def test_the_old_key_opens_for_seven_days_at_most(clock, caller):
    caller.beat()
    sites.rotate_key(caller.site.site_id, actor=None)

    clock.shift(7 * DAY - timedelta(seconds=1))
    assert caller.post().status_code == 200
    clock.shift(timedelta(seconds=1))
    assert caller.post().status_code == 401


def test_a_key_replaced_before_it_was_used_opens_no_more(clock, caller):
    caller.beat()
    lost = sites.rotate_key(caller.site.site_id, actor=None)
    clock.shift(DAY)
    sites.rotate_key(caller.site.site_id, actor=None)

    assert caller.post().status_code == 200
    caller.key = lost
    assert caller.post().status_code == 401
    retires = SiteKey.objects.exclude(first_used_at=None).get().retires_at
    assert retires == NOW + 7 * DAY  # not begun anew


def test_a_deleted_site_is_unknown(caller):
    sites.delete(caller.site.site_id, actor=None)

    assert caller.post().json()["code"] == "bad_site_key"
    assert Site.objects.get().deleted_at is not None
