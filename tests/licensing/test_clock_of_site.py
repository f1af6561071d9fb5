"""A site out of contact: grace by the wall clock and by run time, whatever anybody turns or restores."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEvent
from core import ids
from licensing import client, licences, policy, witnesses
from licensing.models import License
from licensing.policy import Cause, State
from live.models import Event

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ACTIVE = (State.ACTIVE, None)
SILENT = (State.WARNING, Cause.SILENT)
OVER = (State.RESTRICTED, Cause.GRACE_OVER)
LOCKED = (State.LOCKED, Cause.LOCKED)
RESTORED = (State.RESTRICTED, Cause.RESTORED)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moved:
        yield moved


@pytest.fixture
def site(clock, home, vendor, shop):
    """A site that has checked in, and has no line since."""
    licences.wake()
    client.check_in()
    licences.keep_time()

    def stands():
        found = policy.of(shop.pk)
        return found.state, found.cause

    return stands


def run(duration):
    """Let the machine run for so long, whatever its clock shows: the clock is looked at once."""
    kept = License.objects.get()
    License.objects.update(machine_seconds=kept.machine_seconds - duration.total_seconds())
    return licences.keep_time()


def test_grace_ends_by_the_wall_clock(site, clock):
    assert site() == ACTIVE
    clock.shift(9 * HOUR)
    assert site() == ACTIVE
    clock.shift(MINUTE)
    assert site() == SILENT
    clock.shift(7 * DAY - 9 * HOUR - 2 * MINUTE)
    assert site() == SILENT
    clock.shift(MINUTE)
    assert site() == OVER


def test_grace_ends_by_run_time_where_the_clock_stands_still(site):
    for _ in range(6):
        run(DAY)
        assert site() == SILENT
    run(DAY)
    assert site() == OVER
    assert License.objects.get().run_seconds == pytest.approx(7 * 86400, abs=5)


def test_a_clock_turned_back_gains_nothing(site, clock, vendor, home):
    clock.shift(6 * DAY)
    run(6 * DAY)
    clock.shift(-30 * DAY)
    assert run(HOUR) is True  # it had better check in
    assert site() == SILENT
    run(DAY)
    assert site() == OVER
    assert License.objects.get().turned_back_seconds == pytest.approx(31 * 86400 + 3600, abs=5)
    assert AuditEvent.objects.filter(action="licence.clock_turned_back").count() == 1
    clock.shift(-365 * DAY)
    licences.wake()  # started again
    assert site() == OVER

    client.check_in()
    assert site() == ACTIVE
    assert License.objects.get().turned_back_at is None


def test_an_expired_licence_does_not_live_again_by_turning_the_clock(site, clock, vendor):
    vendor.says = {"expires_at": timezone.now() + DAY}
    client.check_in()
    assert site() == (State.WARNING, Cause.EXPIRES)
    clock.shift(DAY)
    licences.keep_time()
    assert site() == (State.RESTRICTED, Cause.EXPIRED)
    clock.shift(-30 * DAY)
    licences.keep_time()
    assert site() == (State.RESTRICTED, Cause.EXPIRED)


def test_a_clock_turned_forward_by_mistake_and_back_is_put_right_by_a_verdict(site, clock):
    clock.shift(365 * DAY)
    assert licences.keep_time() is True
    assert site() == OVER
    clock.shift(-365 * DAY)
    licences.keep_time()
    assert site() == OVER

    client.check_in()

    assert site() == ACTIVE
    clock.shift(8 * HOUR)
    assert site() == ACTIVE


def test_a_verdict_puts_a_clock_right_that_is_still_ahead(site, clock, vendor):
    really = timezone.now()
    clock.shift(365 * DAY)
    vendor.says = {
        "issued_at": really,
        "valid_until": really + 7 * DAY,
        "expires_at": really + 90 * DAY,
    }
    client.check_in()
    assert site() == ACTIVE
    clock.shift(-365 * DAY)  # now it is right, and there is no line
    licences.keep_time()
    assert site() == ACTIVE
    run(7 * DAY)
    assert site() == OVER


def test_screens_are_told_when_grace_runs_and_ends(site, clock, shop):
    assert not Event.objects.exists()
    clock.shift(10 * HOUR)
    run(10 * HOUR)
    run(MINUTE)
    clock.shift(7 * DAY)
    run(7 * DAY)
    told = Event.objects.filter(shop=shop).order_by("seq").values_list("kind", flat=True)
    assert [*told] == ["site_unlocked", "site_locked"]


def test_a_new_site_may_sell_for_its_grace_before_it_ever_reached_the_vendor(clock, home, shop):
    home.CLOUD_URL = "http://127.0.0.1:9"
    licences.wake()
    client.check_in()
    assert policy.of(shop.pk).state == State.ACTIVE
    clock.shift(7 * DAY)
    assert policy.of(shop.pk).state == State.RESTRICTED


def test_a_server_that_never_kept_its_licence_sells_nothing(home, shop):
    assert policy.of(shop.pk).state == State.RESTRICTED


def test_another_site_in_its_place_must_check_in(site, home, shop):
    home.SITE_ID = ids.new()
    licences.wake()
    found = policy.of(shop.pk)
    assert (found.state, found.cause) == RESTORED


# --- an older state comes back ----------------------------------------------------------


def kept():
    return License.objects.values().get()


def restore(row):
    """As from a backup; then the server starts."""
    License.objects.all().delete()
    License.objects.create(**row)
    licences.wake()


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


SPOILT = {
    "empty": lambda file: b"",
    "nothing in it": lambda file: b"{}",
    "no text": lambda file: b"\xff",
    "another word": lambda file: file.replace(b'"verdict":"', b'"verdict":"x'),
    "another number": lambda file: file.replace(b'"seq":1', b'"seq":9'),
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


def test_a_witness_that_cannot_be_written_stops_no_sale(site, home, tmp_path):
    home.VAR_DIR = tmp_path / "missing"
    client.check_in()
    assert site() == ACTIVE
