"""The keeper calls when it is due, whatever the database, the line and the clock do."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from accounts.models import AuditEvent
from licensing import client, keeper, licences, rhythms
from licensing.keeper import Keeper
from licensing.models import License

MINUTE, HOUR = 60, 3600

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def steady(monkeypatch):
    """The keeper's steady clock, turned by hand: ``steady[0] += 60``."""
    now = [1_000.0]
    monkeypatch.setattr(keeper, "monotonic", lambda: now[0])
    return now


def test_a_database_that_cannot_write_is_not_the_vendors_business(
    home, vendor, steady, monkeypatch
):
    one = Keeper()
    one.turn()

    def full(*said, **named):
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(licences, "accept", full)
        disk.setattr(licences, "note_failure", full)
        steady[0] = one.call_at
        begun = len(vendor.asked)
        for _ in range(2 * HOUR):  # an hour, looked at twice a second
            one.turn()
            steady[0] += keeper.GLANCE
        assert 1 < len(vendor.asked) - begun < 60

    begun = len(vendor.asked)
    steady[0] = one.call_at
    one.turn()
    assert (len(vendor.asked) - begun, one.in_contact) == (1, True)


def test_an_absurd_wish_to_be_left_alone_is_heeded_for_a_while(home, vendor, steady):
    ours, vendor.answer = vendor.answer, lambda asked: (503, {"Retry-After": "999999999"}, b"")
    one = Keeper()
    one.turn()
    vendor.answer = ours
    steady[0] += MINUTE
    one.nudge()
    one.turn()
    assert len(vendor.asked) == 1

    steady[0] += rhythms.EVERY
    one.turn()
    assert (len(vendor.asked), one.in_contact) == (2, True)


def test_a_clock_that_is_an_hour_behind_is_told_of_once(home, vendor, steady):
    """The vendor's time is right; this machine's clock is behind, and goes on."""
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False) as clock:

        def verdict(asked):
            now = timezone.now() + timedelta(hours=1)
            vendor.says = {"issued_at": now, "valid_until": now + timedelta(days=7)}
            return vendor.verdict(asked)

        vendor.answer = verdict
        one = Keeper()
        for _ in range(120):  # two hours, minute by minute, on both clocks
            one.turn()
            steady[0] += MINUTE
            clock.shift(MINUTE)
            kept = License.objects.get()
            License.objects.update(machine_seconds=kept.machine_seconds - MINUTE)
        assert len(vendor.asked) == 1
        assert License.objects.get().turned_back_seconds == pytest.approx(HOUR, abs=60)

        clock.shift(HOUR)  # it is put right
        steady[0] += MINUTE
        one.turn()
        assert len(vendor.asked) == 2
    assert not AuditEvent.objects.filter(action="licence.clock_turned_back").exists()


def test_a_lock_is_acknowledged_within_moments(home, vendor, steady):
    one = Keeper()
    one.turn()
    for locked in (True, False):
        vendor.says = {"locked": locked}
        steady[0] += MINUTE
        one.nudge()
        one.turn()
        steady[0] += rhythms.ACKNOWLEDGED
        one.turn()
        assert vendor.asked[-1][2]["applied_seq"] == vendor.seq - 1
        assert one.call_at > steady[0] + HOUR
    assert len(vendor.asked) == 5


def test_a_lock_that_was_kept_is_not_acknowledged_again_at_every_start(home, vendor, steady):
    vendor.says = {"locked": True}
    for calls in (1, 2):
        one = Keeper()
        one.turn()
        assert len(vendor.asked) == calls
    assert one.call_at > steady[0] + HOUR


def test_a_lock_that_a_command_fetched_is_acknowledged_too(home, vendor, steady):
    one = Keeper()
    one.turn()
    vendor.says = {"locked": True}
    assert client.check_in().verdict.locked  # as ``manage.py heartbeat``
    steady[0] += keeper.TICK
    one.turn()
    steady[0] += rhythms.ACKNOWLEDGED
    one.turn()
    assert vendor.asked[-1][2]["applied_seq"] == vendor.seq - 1
    assert len(vendor.asked) == 3


def test_who_cannot_wake_tries_again_now_and_then(home, vendor, steady, monkeypatch, caplog):
    def fails():
        raise RuntimeError("a bug")

    one = Keeper()
    with monkeypatch.context() as broken:
        broken.setattr(licences, "wake", fails)
        for _ in range(2 * MINUTE):
            one.turn()
            steady[0] += keeper.GLANCE
    assert len(caplog.records) <= 13
    assert vendor.asked == []

    steady[0] += rhythms.MOST
    one.turn()
    assert one.in_contact
