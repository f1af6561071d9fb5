"""The clock of a licence: no way of turning it makes time go back or stand still."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from licensing import clocks, rhythms
from licensing.clocks import Pulse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@dataclass
class Kept:
    high_water_at: datetime = NOON
    run_seconds: float = 0
    skew_seconds: int = 0
    machine: str = "this"
    machine_seconds: float = 1000


@pytest.mark.parametrize(
    ("wall", "pulse", "high_water", "ran", "is_turned_back", "leapt"),
    [
        # a minute goes by
        (NOON + MINUTE, Pulse("this", 1060), NOON + MINUTE, 60, False, False),
        # corrected by a time server, back and forth
        (NOON - 59 * SECOND, Pulse("this", 1001), NOON + SECOND, 1, False, False),
        (NOON + 61 * SECOND, Pulse("this", 1001), NOON + 61 * SECOND, 1, False, False),
        # turned back while it runs
        (NOON - 30 * DAY, Pulse("this", 1060), NOON + MINUTE, 60, True, False),
        # it stands still for a day
        (NOON, Pulse("this", 1000 + 86400), NOON + DAY, 86400, True, False),
        # turned forward, or the machine slept
        (NOON + 365 * DAY, Pulse("this", 1060), NOON + 365 * DAY, 60, False, True),
        # off for a day, and started again
        (NOON + DAY, Pulse("next", 20), NOON + DAY, 0, False, False),
        # turned back while it was off
        (NOON - 30 * DAY, Pulse("next", 20), NOON, 0, True, False),
        # a steady clock that goes back is another one
        (NOON + MINUTE, Pulse("this", 3), NOON + MINUTE, 0, False, False),
    ],
)
def test_a_look_at_the_clocks(wall, pulse, high_water, ran, is_turned_back, leapt):
    tide = clocks.beat(Kept(), wall, pulse)

    assert (tide.high_water_at, tide.ran) == (high_water, ran)
    assert (tide.is_turned_back(timedelta()), tide.leapt) == (is_turned_back, leapt)


@pytest.mark.parametrize(
    ("behind", "known", "is_turned_back", "is_put_right"),
    [
        (3600, 0, True, False),
        (3600, 3600, False, False),
        (3700, 3600, False, False),
        (30 * 86400, 3600, True, False),
        (0, 3600, False, True),
        (1800, 3600, False, True),
        (0, 200, False, False),
    ],
)
def test_a_lag_that_is_known_is_no_news(behind, known, is_turned_back, is_put_right):
    tide = clocks.beat(Kept(), NOON - behind * SECOND, Pulse("this", 1000))

    found = tide.is_turned_back(known * SECOND), tide.is_put_right(known * SECOND)
    assert found == (is_turned_back, is_put_right)


def test_a_clock_known_to_be_ahead_is_read_so():
    tide = clocks.beat(Kept(skew_seconds=86400), NOON + DAY + MINUTE, Pulse("this", 1060))
    assert (tide.high_water_at, tide.leapt) == (NOON + MINUTE, False)


def test_only_a_clock_that_is_ahead_is_corrected():
    assert clocks.reset(NOON, NOON + DAY) == 86400
    assert clocks.reset(NOON, NOON - DAY) == 0


def test_the_steady_clock_goes_on_and_names_this_run_of_the_machine():
    first, second = clocks.pulse(), clocks.pulse()
    assert first.machine == second.machine != ""
    assert second.seconds >= first.seconds > 0


def test_the_steady_clock_of_a_machine_that_has_no_name_begins_with_the_process(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(clocks, "BOOT", tmp_path / "nothing")
    clocks._machine.cache_clear()
    named = clocks.pulse().machine
    clocks._machine.cache_clear()
    assert named != clocks.pulse().machine
    clocks._machine.cache_clear()


# --- when it calls next ---------------------------------------------------------------


class Edge:
    """Chance that always falls to one side."""

    def __init__(self, high):
        self.high = high

    def uniform(self, low, high):
        return high if self.high else low


LOW, HIGH = Edge(False), Edge(True)


@pytest.mark.parametrize(
    ("told", "soonest", "latest"),
    [
        (21600, 19440, 23760),
        (900, 810, 990),
        (0, 54, 66),
        (-5, 54, 66),
        (10**9, 19440, 23760),
    ],
)
def test_a_verdict_says_when_to_call_within_bounds(told, soonest, latest):
    assert rhythms.after_verdict(told, LOW) == pytest.approx(soonest)
    assert rhythms.after_verdict(told, HIGH) == pytest.approx(latest)


def test_failures_back_off_with_full_jitter_and_heed_the_server():
    assert [rhythms.after_failure(n, HIGH) for n in (1, 2, 3, 20, 9999)] == [10, 20, 40, 900, 900]
    assert {rhythms.after_failure(n, LOW) for n in (1, 5, 9999)} == {rhythms.GAP}
    assert rhythms.after_failure(1, LOW, retry_after=120) == 120 + rhythms.GAP
    assert rhythms.after_failure(1, HIGH, retry_after=10**9) == 6 * 3600 + 10
