"""What time it is for a licence, on a machine whose clock anybody may turn.

Two clocks are kept. The wall clock may be wrong, be turned back, stand still. The machine's
steady clock only counts, and cannot be turned; it knows nothing of the time the machine was off.
The high water is the latest it has ever been: it follows the wall clock forward, and the steady
clock where the wall clock does not go on. A licence lives by the high water. Pure, but for
``pulse``.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from core import ids

__all__ = ["TOLERANCE", "Clocked", "Pulse", "Tide", "beat", "pulse", "reset"]

#: How far a clock may be off before it was turned: time servers correct less than this.
TOLERANCE = timedelta(minutes=5)

#: Of the clocks that nobody can turn, the one that also counts while the machine sleeps.
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Pulse:
    """The steady clock: seconds since the start of this run of this machine."""

    machine: str
    seconds: float


class Clocked(Protocol):
    """What is kept of the time between two looks at the clocks."""

    high_water_at: datetime
    run_seconds: float
    skew_seconds: int
    machine: str
    machine_seconds: float


@dataclass(frozen=True, slots=True)
class Tide:
    """What a look at the clocks found.

    ``behind`` is how far the wall clock lags the high water; ``leapt`` says that it went on by
    more than the time that passed.
    """

    high_water_at: datetime
    ran: float
    behind: timedelta
    leapt: bool

    def is_turned_back(self, known: timedelta) -> bool:
        """Whether it lags by much more than was ``known``; one that stands still, now and then."""
        return self.behind > TOLERANCE + 2 * known

    def is_put_right(self, known: timedelta) -> bool:
        """Whether it lags by less than was ``known``: it shows more time than has passed."""
        return self.behind + TOLERANCE < known


def pulse() -> Pulse:
    """The steady clock now. It is another machine after every start of the machine."""
    return Pulse(_machine(), time.clock_gettime(STEADY))


@cache
def _machine() -> str:
    try:
        return BOOT.read_text().strip()
    except OSError:  # no Linux: then it counts from the start of this process
        return str(ids.new())


def beat(kept: Clocked, wall: datetime, now: Pulse) -> Tide:
    """Where the high water stands now, and for how long the machine has run since the last look."""
    ran = now.seconds - kept.machine_seconds if now.machine == kept.machine else 0.0
    ran = max(0.0, ran)
    expected = kept.high_water_at + timedelta(seconds=ran)
    shown = wall - timedelta(seconds=kept.skew_seconds)
    ahead = shown - expected
    leapt = now.machine == kept.machine and ahead > TOLERANCE
    return Tide(max(shown, expected), ran, max(timedelta(0), -ahead), leapt)


def reset(issued_at: datetime, wall: datetime) -> int:
    """By how many seconds the wall clock is ahead, by a moment that the vendor signed just now.

    A clock that is behind counts as right: it only waits for the high water.
    """
    return max(0, round((wall - issued_at).total_seconds()))
