"""An older state of a site comes back, by accident or not: it neither locks nor unlocks."""

import os
import re
from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from licensing import client, licences, witnesses
from licensing.errors import Disbelieved
from licensing.policy import Cause, State
from licensing.verdicts import SigningKey
from tests.licensing.at_home import kept, put_back, restore, run, start
from tests.licensing.vendor import OTHER_SEED

DAY = timedelta(days=1)
ACTIVE = (State.ACTIVE, None)
SILENT = (State.WARNING, Cause.SILENT)
OVER = (State.RESTRICTED, Cause.GRACE_OVER)
LOCKED = (State.LOCKED, Cause.LOCKED)
RESTORED = (State.RESTRICTED, Cause.RESTORED)
OTHER = SigningKey.of(OTHER_SEED)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_restored_backup_of_a_paying_site_does_not_lock_it(site, clock):
    backup = kept()
    clock.shift(6 * DAY)
    client.check_in()
    clock.shift(6 * DAY)
    restore(backup)
    assert site() == SILENT
    client.check_in()
    assert site() == ACTIVE


def test_a_restored_backup_does_not_lift_a_lock(site, vendor):
    backup = kept()
    vendor.says = {"locked": True, "lock_reason": "Unpaid"}
    client.check_in()
    restore(backup)
    assert site() == LOCKED
    restore(backup)
    assert site() == LOCKED


def test_a_restored_backup_gives_no_grace_again(site, clock):
    backup = kept()
    clock.shift(7 * DAY)
    run(7 * DAY)
    assert site() == OVER
    clock.shift(-7 * DAY)
    restore(backup)
    assert site() == OVER


def test_a_file_that_unlocked_does_so_again_after_a_restore_but_for_no_longer(site, clock, vendor):
    vendor.says = {"locked": True}
    client.check_in()
    backup = kept()
    licences.install(vendor.file(days=30))
    clock.shift(20 * DAY)
    licences.keep_time()
    restore(backup)
    assert site() == SILENT
    clock.shift(10 * DAY)
    assert site() == OVER


def test_a_backup_without_its_witness_must_check_in_first(site, vendor):
    backup = kept()
    witnesses.place().unlink()
    restore(backup)
    assert site() == RESTORED
    restore(kept())
    assert site() == RESTORED
    client.check_in()
    assert site() == ACTIVE


def test_an_older_witness_bears_no_witness(site, vendor):
    old = witnesses.place().read_bytes()
    client.check_in()
    backup = kept()
    vendor.says = {"locked": True}
    client.check_in()
    witnesses.place().write_bytes(old)
    restore(backup)
    assert site() == RESTORED


def test_a_witness_that_was_edited_turns_no_clock(site, clock):
    backup = kept()
    client.check_in()
    file = witnesses.place().read_text()
    clock.shift(8 * DAY)
    witnesses.place().write_text(file.replace('"skew_seconds":0', f'"skew_seconds":{8 * 86400}'))
    restore(backup)
    assert site() == OVER


SPOILT = {
    "empty": lambda file: b"",
    "nothing in it": lambda file: b"{}",
    "no text": lambda file: b"\xff",
    "another word": lambda file: file.replace(b'"verdict":"', b'"verdict":"x'),
    "another number": lambda file: file.replace(b'"seq":1', b'"seq":9'),
    "a time without a place": lambda file: re.sub(rb'("heard_at":"[^"]*)Z"', rb'\1"', file),
    "no time at all": lambda file: re.sub(rb'"heard_at":"[^"]*"', b'"heard_at":"soon"', file),
    "a time after all time": lambda file: re.sub(
        rb'"high_water_at":"[^"]*"', b'"high_water_at":"9999-12-31T23:59:59-14:00"', file
    ),
    "a number beyond all": lambda file: re.sub(
        rb'"run_seconds":[^,}]*', b'"run_seconds":1e308', file
    ),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_witness_that_proves_nothing_helps_nobody(site, vendor, spoil):
    backup, old = kept(), witnesses.place().read_bytes()
    vendor.says = {"locked": True}
    client.check_in()
    new = witnesses.place().read_bytes()
    witnesses.place().write_bytes(spoil(old if spoil is SPOILT["another number"] else new))
    restore(backup)
    assert site() == RESTORED


def test_a_backup_restored_again_and_again_lifts_no_lock(site, vendor):
    backup = kept()
    vendor.says = {"locked": True}
    client.check_in()
    witnesses.place().unlink()
    for _ in range(3):
        restore(backup)
        assert site() == RESTORED
        licences.keep_time()
    client.check_in()
    assert site() == LOCKED


@pytest.mark.parametrize("takes_the_witness", [False, True])
def test_a_backup_restored_while_the_server_runs_lifts_no_lock(site, vendor, takes_the_witness):
    backup = kept()
    vendor.says = {"locked": True}
    client.check_in()
    if takes_the_witness:
        witnesses.place().unlink()
    put_back(backup)

    licences.keep_time()  # within a minute
    assert site() == LOCKED
    start()
    assert site() == LOCKED


def test_a_backup_under_a_server_without_a_line_gives_no_grace_again(site, clock, home):
    """Though a check-in that fails is the first to look at what came back."""
    backup = kept()
    client.check_in()
    clock.shift(7 * DAY)
    run(7 * DAY)
    clock.shift(-7 * DAY)
    put_back(backup)
    home.CLOUD_URL = "http://127.0.0.1:9"
    client.check_in()
    assert site() == OVER
    start()
    assert site() == OVER


def test_screens_are_told_once_of_a_state_that_came_back(site, clock, shop):
    backup = kept()
    client.check_in()
    clock.shift(8 * DAY)
    licences.keep_time()
    clock.shift(-8 * DAY)
    told = AuditEvent.objects.filter(action="licence.changed", shop=shop)
    before = told.count()
    restore(backup)
    assert site() == OVER
    assert told.count() == before + 1


def test_a_command_that_does_not_see_the_file_restricts_nobody_for_long(site, home, tmp_path):
    """From another container, say, while there is no line."""
    home.VAR_DIR = tmp_path / "other"
    licences.wake()
    assert site() == RESTORED
    home.VAR_DIR = tmp_path
    licences.keep_time()
    assert site() == ACTIVE


def test_configured_keys_that_are_none_do_not_keep_a_server_from_starting(site, home):
    backup = kept()
    client.check_in()
    home.LICENSE_PUBLIC_KEYS = ["typo"]
    restore(backup)
    assert site() == RESTORED


def test_a_file_of_before_lifts_no_lock_after_a_restore(site, vendor):
    backup, file = kept(), vendor.file(days=90)
    vendor.says = {"locked": True}
    client.check_in()
    put_back(backup)
    witnesses.forget()

    with pytest.raises(Disbelieved):
        licences.install(file)
    start()
    assert site() == LOCKED


def test_a_backup_of_before_the_vendor_changed_its_key_is_no_dead_end(site, vendor):
    backup = kept()
    vendor.says = {"next_key": OTHER.announced}
    client.check_in()
    vendor.key, vendor.says = OTHER, {}
    client.check_in()
    restore(backup)
    assert site() == ACTIVE
    assert client.check_in().verdict is not None


def test_a_witness_that_cannot_be_written_stops_no_sale(site, home, tmp_path):
    home.VAR_DIR = tmp_path / "missing"
    client.check_in()
    assert site() == ACTIVE


def test_two_who_write_the_witness_at_once_leave_one_that_can_be_read(
    site, vendor, monkeypatch, tmp_path
):
    seen, fsync, turn = witnesses.read(vendor.site_id), os.fsync, []

    def slow(number):
        turn.append(number)
        if len(turn) == 1:
            witnesses.write(seen)
        fsync(number)

    monkeypatch.setattr(os, "fsync", slow)
    witnesses.write(seen)

    witnesses.forget()
    assert witnesses.read(vendor.site_id) == seen
    assert [one.name for one in tmp_path.iterdir()] == ["licence.json"]
