"""A heartbeat that brings nothing new: one statement reads, judges and writes.

It must write what the careful way writes, say what that says, and leave everything else to it.
"""

import base64
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core import statements
from licensing import heartbeats, keys, sites, unlock_files
from licensing.errors import BadSiteKey
from licensing.heartbeats import Beat
from licensing.models import Command, Heartbeat, Site, SiteContact, SiteKey

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ON_POSTGRESQL = pytest.mark.postgresql_only
PATIENCE = 20  # seconds


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def known_site(clock, caller):
    """A site that has called an hour ago: its key is in use, the day's sample is kept."""
    caller.beat()
    clock.shift(HOUR)
    return caller


def claim(caller) -> keys.Claim:
    return keys.Claim.of(str(caller.site.site_id), caller.key)


def statements_of(caller, **body) -> tuple[int, dict]:
    """How many statements a heartbeat took, and its answer."""
    with CaptureQueriesContext(connection) as asked:
        answer = caller.beat(**body)
    return len(asked.captured_queries), answer


def row(site: Site) -> dict:
    """All that is remembered of a site's heartbeats."""
    return SiteContact.objects.values().get(site=site) | {"site_id": None}


def verdict(answer: heartbeats.Answer) -> dict:
    return json.loads(base64.urlsafe_b64decode(answer.verdict + "==")) | {"site_id": None}


def test_the_verdict_is_of_this_heartbeat(known_site):
    _, answer = statements_of(known_site, nonce="n-2", applied_seq=1)

    said = answer["said"]
    assert (said.seq, said.nonce, said.issued_at) == (2, "n-2", NOW + HOUR)
    assert (said.licensed, said.locked, said.lock_reason) == (True, False, "")
    assert Heartbeat.objects.count() == 1


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_it_alone_does_not_wait_for_the_disk(known_site):
    asked = heartbeats._ordinary(
        Beat(version="1.0", uptime_seconds=60), claim(known_site), NOW + HOUR
    )
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the tests' server does not wait
        try:
            found = statements.one(asked)
            cursor.execute("SHOW synchronous_commit")
            after = cursor.fetchone()[0]
        finally:
            cursor.execute("RESET synchronous_commit")

    assert (found.waits_for_disk, after) == ("off", "on")


FACTS = [
    {},
    {"grace_days": 14},
    {"license_expires_at": NOW + HOUR + SECOND},
    {"license_expires_at": NOW + 400 * DAY},
    {"watched_until": NOW + DAY},
]
SAID = [
    {"nonce": "n"},
    {"applied_seq": 0},
    {"applied_seq": 500},
    {"applied_seq": 2**40},
    {"site_time": NOW + 2 * HOUR, "uptime_seconds": 0},
]


@pytest.mark.parametrize("facts", FACTS, ids=str)
@pytest.mark.parametrize("said", SAID, ids=str)
def test_it_writes_and_says_what_the_careful_way_does(clock, caller, facts, said):
    beat = Beat(**{"version": "1.0", "uptime_seconds": 60} | said)
    other = sites.register(actor=None, fields={"name": "Other"} | facts)
    sites.change(caller.site.site_id, actor=None, fields=facts)
    claims = [claim(caller), keys.Claim.of(str(other.site.site_id), other.secret_key)]
    for one in claims:
        heartbeats.judge(Beat(version="1.0", uptime_seconds=1), known=keys.holder(one))
    SiteContact.objects.update(revision=1, seq=1)
    clock.shift(HOUR)

    with CaptureQueriesContext(connection) as asked:
        quick = heartbeats.take(beat, claim=claims[0])
    careful = heartbeats.judge(beat, known=keys.holder(claims[1]))

    assert verdict(quick) == verdict(careful)
    assert row(caller.site) == row(other.site)
    assert len(asked.captured_queries) == (1 if connection.vendor == "postgresql" else 2)


def expire(caller) -> None:
    Site.objects.update(license_expires_at=NOW + HOUR)


def lock(caller) -> None:
    sites.lock(caller.site.site_id, reason="Unpaid", actor=None)


def put_out_of_use(caller) -> None:
    sites.change(caller.site.site_id, actor=None, fields={"is_active": False})


def renew_key(caller) -> None:
    caller.key = sites.rotate_key(caller.site.site_id, actor=None)


def sample_a_day_ago(caller) -> None:
    SiteContact.objects.update(sampled_at=NOW + HOUR - DAY)


def never_sample(caller) -> None:
    SiteContact.objects.update(sampled_at=None)


def change_version(caller) -> None:
    SiteContact.objects.update(version="0.9")


@pytest.mark.parametrize(
    ("change", "licensed", "locked", "kept"),
    [
        (expire, False, False, 2),
        (lock, True, True, 2),
        (put_out_of_use, False, False, 2),
        (renew_key, True, False, 1),
        (sample_a_day_ago, True, False, 2),
        (never_sample, True, False, 2),
        (change_version, True, False, 2),
    ],
)
def test_news_goes_the_careful_way(known_site, change, licensed, locked, kept):
    change(known_site)

    asked, answer = statements_of(known_site)

    assert asked > 2
    assert (answer["said"].licensed, answer["said"].locked) == (licensed, locked)
    leap = SiteContact.LEAP if change in (lock, put_out_of_use) else 0
    assert answer["said"].seq == known_site.contact.seq == 2 + leap
    assert Heartbeat.objects.count() == kept
    assert SiteKey.objects.get().first_used_at is not None


def test_a_command_that_waits_is_delivered_once_more_news_is_over(known_site):
    lock(known_site)
    sites.unlock(known_site.site.site_id, actor=None)

    assert known_site.beat()["next_heartbeat_seconds"] == 900
    command = Command.objects.pending().get()
    assert command.seq == 2 + 2 * SiteContact.LEAP
    assert known_site.beat(applied_seq=command.seq)["next_heartbeat_seconds"] == 21600
    command.refresh_from_db()
    assert command.acknowledged_at == NOW + HOUR


def wrong_key(caller) -> keys.Claim:
    return keys.Claim.of(str(caller.site.site_id), "A" * 43)


def other_key(caller) -> keys.Claim:
    other = sites.register(actor=None, fields={"name": "Other"})
    return keys.Claim.of(str(caller.site.site_id), other.secret_key)


def retired_key(caller) -> keys.Claim:
    SiteKey.objects.update(retires_at=NOW + HOUR)
    return claim(caller)


def key_of_deleted(caller) -> keys.Claim:
    Site.objects.update(deleted_at=NOW)
    return claim(caller)


@pytest.mark.parametrize("claimed", [wrong_key, other_key, retired_key, key_of_deleted])
def test_a_stranger_writes_nothing_where_all_else_is_ordinary(known_site, claimed):
    stranger = claimed(known_site)
    before = row(known_site.site)

    with pytest.raises(BadSiteKey):
        heartbeats.take(Beat(version="1.0", uptime_seconds=60), claim=stranger)
    assert row(known_site.site) == before


def test_the_sixty_first_call_of_an_hour_is_refused(known_site):
    SiteContact.objects.update(hour_at=NOW + SECOND, calls=59)

    assert known_site.post().status_code == 200
    before = row(known_site.site)
    refused = known_site.post()

    assert (refused.status_code, refused["Retry-After"]) == (429, "2")
    assert row(known_site.site) == before


def test_calls_are_counted_anew_an_hour_later(known_site):
    SiteContact.objects.update(hour_at=NOW, calls=60)

    asked, _ = statements_of(known_site)

    assert asked == (1 if connection.vendor == "postgresql" else 2)
    assert (known_site.contact.calls, known_site.contact.hour_at) == (1, NOW + HOUR)


# --- at the same moment ---------------------------------------------------------------------


def extend(caller) -> None:
    sites.change(caller.site.site_id, actor=None, fields={"grace_days": 30})


def delete(caller) -> None:
    sites.delete(caller.site.site_id, actor=None)


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "said"), [(extend, (30, False)), (lock, (7, True)), (delete, "refused")]
)
def test_whoever_waits_for_a_change_says_what_it_changed(caller, change, said):
    """The heartbeat has read the site and waits for its row; what it read is of yesterday."""
    caller.beat()
    found = []

    def call() -> None:
        try:
            found.append(heartbeats.take(Beat("1.0", 60), claim=claim(caller)))
        except BadSiteKey:
            found.append("refused")
        finally:
            connection.close()

    caller_thread = threading.Thread(target=call)
    with transaction.atomic():
        change(caller)
        caller_thread.start()
        wait_for_a_waiter()
    caller_thread.join(PATIENCE)

    (answer,) = found
    assert (answer if answer == "refused" else told(answer)) == said
    assert caller.contact.seq == SiteContact.LEAP + (1 if said == "refused" else 2)


def told(answer: heartbeats.Answer) -> tuple[int, bool]:
    """For how many days it may sell without us, and whether it is locked."""
    said = verdict(answer)
    issued, until = (datetime.fromisoformat(said[name]) for name in ("issued_at", "valid_until"))
    return (until - issued).days, said["locked"]


def wait_for_a_waiter() -> None:
    """Until somebody waits for a row that this transaction holds."""
    ends = datetime.now(UTC) + PATIENCE * SECOND
    while datetime.now(UTC) < ends:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
    raise AssertionError("Nobody waits.")


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_heartbeats_that_wait_for_each_other_are_ordinary_still(caller):
    """Only a change of the site sends one the careful way, and each is counted."""
    caller.beat()
    texts: list[str] = []

    def call() -> None:
        try:
            with CaptureQueriesContext(connection) as asked:
                heartbeats.take(Beat("1.0", 60), claim=claim(caller))
            texts.extend(one["sql"] for one in asked.captured_queries)
        finally:
            connection.close()

    second = threading.Thread(target=call)
    with transaction.atomic():
        heartbeats.take(Beat("1.0", 60), claim=claim(caller))
        second.start()
        wait_for_a_waiter()
    second.join(PATIENCE)

    assert len(texts) == 1
    assert (caller.contact.seq, caller.contact.calls) == (3, 3)


@ON_POSTGRESQL
@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_was_dropped_costs_nobody_a_heartbeat(caller):
    caller.beat()
    kept = connection.connection.info.backend_pid
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [kept])
    other.close()

    assert caller.beat()["said"].seq == 2


# --- what a crash may have taken --------------------------------------------------------------


@pytest.mark.parametrize("change", [lock, put_out_of_use, extend])
def test_what_is_new_after_a_crash_is_beyond_all_that_was_lost(known_site, change):
    """The site has heard more verdicts than the database remembers, and says nothing of it."""
    before = row(known_site.site)
    heard = [known_site.beat()["said"].seq for _ in range(50)]
    SiteContact.objects.filter(site=known_site.site).update(
        **{name: before[name] for name in ("seq", "last_seen_at", "calls", "hour_at")}
    )

    change(known_site)

    assert known_site.beat()["said"].seq > max(heard)


def test_an_unlock_file_after_a_crash_is_beyond_all_that_was_lost(known_site):
    before = known_site.contact.seq
    heard = [known_site.beat()["said"].seq for _ in range(50)]
    SiteContact.objects.filter(site=known_site.site).update(seq=before)

    signed = unlock_files.issue(known_site.site.site_id, days=7, actor=None)

    assert json.loads(base64.urlsafe_b64decode(signed.verdict + "=="))["seq"] > max(heard)
