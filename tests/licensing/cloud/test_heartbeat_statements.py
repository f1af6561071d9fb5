"""What a heartbeat costs, and what comes between its reading and its writing."""

import base64
import json
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licensing import heartbeats, keys, sites
from licensing.errors import BadSiteKey
from licensing.models import Command, SiteContact, SiteKey

DAY = timedelta(days=1)

# --- what it costs --------------------------------------------------------------------------


def test_an_ordinary_heartbeat_is_one_statement_and_on_sqlite_two(caller):
    caller.beat()

    with CaptureQueriesContext(connection) as asked:
        caller.beat()

    *reads, write = [one["sql"].split()[0] for one in asked.captured_queries]
    assert write == "UPDATE"
    assert reads == ([] if connection.vendor == "postgresql" else ["SELECT"])


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_rewrites_its_row_in_place(caller):
    """Heap-only updates: no index is touched."""
    caller.beat()
    before = updates()
    for _ in range(20):
        caller.beat()

    rows, hot = (after - had for after, had in zip(updates(), before, strict=True))
    assert (rows, hot) == (20, 20)


def updates() -> tuple[int, int]:
    """Rows rewritten in the contacts' table, and those in place."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables"
            " WHERE relname = 'licensing_sitecontact'"
        )
        return cursor.fetchone()


# --- between reading and writing --------------------------------------------------------------


def read(caller):
    return keys.holder(keys.Claim.of(str(caller.site.site_id), caller.key))


ONE = heartbeats.Beat(version="1.0", uptime_seconds=60)


def test_a_lock_that_comes_in_between_is_in_the_verdict(caller):
    known = read(caller)
    sites.lock(caller.site.site_id, reason="Unpaid", actor=None)

    assert heartbeats.judge(ONE, known=known).locked
    assert Command.objects.get().seq == caller.contact.seq == 1 + SiteContact.LEAP


def test_a_key_that_was_replaced_in_between_opens_nothing(caller):
    caller.beat()
    caller.key = sites.rotate_key(caller.site.site_id, actor=None)
    known = read(caller)
    sites.rotate_key(caller.site.site_id, actor=None)

    with pytest.raises(BadSiteKey):
        heartbeats.judge(ONE, known=known)
    assert (caller.contact.seq, SiteKey.objects.count()) == (1, 2)


def test_a_site_that_was_deleted_in_between_gets_no_verdict(caller):
    known = read(caller)
    sites.delete(caller.site.site_id, actor=None)

    with pytest.raises(BadSiteKey):
        heartbeats.judge(ONE, known=known)
    assert caller.contact.last_seen_at is None


def test_a_site_that_is_changed_at_every_try_is_held_and_answered(caller, monkeypatch):
    known, write = read(caller), heartbeats._write
    meddling = iter(range(1, heartbeats.TRIES + 1))

    def meddled(*args):
        if days := next(meddling, 0):
            sites.change(caller.site.site_id, actor=None, fields={"grace_days": days})
        return write(*args)

    monkeypatch.setattr(heartbeats, "_write", meddled)
    answer = heartbeats.judge(ONE, known=known)

    said = json.loads(base64.urlsafe_b64decode(answer.verdict + "=="))
    issued, until = (datetime.fromisoformat(said[name]) for name in ("issued_at", "valid_until"))
    assert until - issued == heartbeats.TRIES * DAY
    assert caller.contact.seq == 1 + heartbeats.TRIES * SiteContact.LEAP
