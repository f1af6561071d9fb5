"""The fleet is counted when asked while it is small, and kept once it is large."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from licensing import sites, tallies
from licensing.models import FleetCount

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock(db):
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def register(name):
    return sites.register(actor=None, fields={"name": name}).site


def test_a_small_fleet_is_counted_as_it_stands(clock):
    register("One")
    sites.lock(register("Two").site_id, reason="Unpaid", actor=None)
    assert tallies.keep() == 0

    tally = tallies.read(NOW)

    assert tally.at == NOW
    assert (tally.counts["sites"], tally.counts["locked"], tally.counts["active"]) == (2, 1, 1)
    assert (tally.counts["never"], tally.counts["pending"]) == (2, 1)


def test_a_large_fleet_is_told_as_it_was_last_counted(
    clock, monkeypatch, django_assert_num_queries
):
    one, two = register("One"), register("Two")
    monkeypatch.setattr(tallies, "SMALL", 1)
    assert tallies.read(NOW).at == NOW  # nobody has counted yet
    assert tallies.keep() == 2
    clock.shift(timedelta(minutes=4))
    sites.lock(one.site_id, reason="Unpaid", actor=None)
    sites.lock(two.site_id, reason="Unpaid", actor=None)

    with django_assert_num_queries(3):
        tally = tallies.read(NOW + timedelta(minutes=4))

    assert tally.at == NOW
    assert (tally.counts["sites"], tally.counts["locked"], tally.counts["active"]) == (2, 0, 2)
    assert tally.counts["pending"] == 2  # few, and read as they are
    assert tallies.keep() == 2
    assert tallies.read(NOW).counts["locked"] == 2


def test_what_was_kept_goes_when_the_fleet_is_small_again(clock, monkeypatch):
    register("One")
    gone = register("Two")
    with monkeypatch.context() as large:
        large.setattr(tallies, "SMALL", 1)
        tallies.keep()
        assert FleetCount.objects.exists()
        sites.delete(gone.site_id, actor=None)
        assert tallies.read(NOW).counts["sites"] == 1
        assert tallies.keep() == 0

    assert not FleetCount.objects.exists()


def test_the_list_of_a_large_fleet_has_no_total(api, sysadmin, monkeypatch):
    register("One")
    register("Two")
    desk = api(sysadmin)
    assert desk.get("/sites")["X-Total-Count"] == "2"
    monkeypatch.setattr(tallies, "SMALL", 1)

    assert "X-Total-Count" not in desk.get("/sites")
