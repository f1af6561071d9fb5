"""Keeps a restaurant's own server in contact and its clock going: threads beside the worker's jobs.

Not jobs: those are due by the wall clock, which may stand still or be turned. A slow or dead line
holds up nothing here but itself.
"""

import logging
from random import Random
from threading import Event, Thread
from time import monotonic

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from licensing import client, licences, lines, rhythms

__all__ = ["Keeper", "run"]

log = logging.getLogger(__name__)

#: How often the clock is looked at, and how often for nudges, in seconds.
TICK = 60.0
#: How often it is tried to wake.
WAKING = 5.0
GLANCE = 0.5


class Keeper:
    """Calls the vendor's server when it is time, and looks at the clock in between.

    ``every`` is the longest usual wait between calls, in seconds.
    """

    def __init__(self, *, every: float = rhythms.EVERY) -> None:
        self.every = every
        self.nudged = Event()
        self.chance = Random()  # noqa: S311  spreads calls, hides nothing
        self.awake = False
        self.tick_at = self.call_at = 0.0
        self.not_before = 0.0  # however often it is nudged: the server said so
        self.called_at = -rhythms.GAP * 1.0
        self.in_contact = False
        self.broken = 0  # how often in a row a call could not be written down
        self.is_locked = False

    def run(self, stopping: Event) -> None:
        """Keep contact and time until ``stopping``."""
        try:
            while not stopping.is_set():
                self.turn()
                stopping.wait(GLANCE)
        finally:
            connection.close()

    def nudge(self) -> None:
        """Call as soon as it is allowed to: the vendor has news, or the line is back."""
        self.nudged.set()

    def turn(self) -> None:
        """Do what is due. What the database refuses is tried again."""
        try:
            if monotonic() >= self.tick_at:
                self.tick_at = monotonic() + (TICK if self.awake else WAKING)
                self.tick()
            if self.awake and self.is_due():
                self.call()
        except (DatabaseError, InterfaceError) as error:
            log.warning("The licence waits for the database: %s", error)
        except Exception:
            log.exception("Keeping the licence failed and is tried again")
            self.call_at = monotonic() + rhythms.MOST
        finally:
            close_old_connections()

    def tick(self) -> None:
        """Look at the clock, and at what others did: an operator's command may have called."""
        if not self.awake:
            licences.wake()
            self.is_locked = licences.here().is_locked
            self.awake, self.tick_at = True, monotonic() + TICK
        if licences.keep_time():
            self.nudge()
        if licences.here().is_locked != self.is_locked:
            self.is_locked = not self.is_locked
            self.call_at = min(self.call_at, monotonic() + rhythms.to_acknowledge(self.chance))

    def is_due(self) -> bool:
        now = monotonic()
        nudged = self.nudged.is_set() and now >= self.called_at + rhythms.GAP
        return now >= self.not_before and (nudged or now >= self.call_at)

    def call(self) -> None:
        """Check in, and find out when to do so again."""
        self.nudged.clear()
        self.called_at = monotonic()
        # What the database refuses is no news for the vendor: it is not called again at once.
        self.broken += 1
        self.call_at = self.called_at + rhythms.after_failure(self.broken, self.chance)
        outcome = client.check_in()
        self.broken = 0
        self.in_contact = outcome.verdict is not None
        if outcome.verdict is not None:
            told = outcome.verdict.next_heartbeat_seconds
            wait = rhythms.after_verdict(told, self.chance, every=self.every)
            if outcome.verdict.locked != self.is_locked:  # the next call says that it is done
                self.is_locked = outcome.verdict.locked
                wait = rhythms.to_acknowledge(self.chance)
        else:
            wait = rhythms.after_failure(
                outcome.failures, self.chance, retry_after=outcome.retry_after
            )
        self.not_before = monotonic() + min(outcome.retry_after, rhythms.EVERY)
        self.call_at = monotonic() + wait


def run(stopping: Event) -> None:
    """Keep this site's licence until ``stopping``: what a worker of a shop does beside its jobs."""
    keeper = Keeper()
    listening = Thread(target=lines.listen, args=(keeper, stopping), name="line", daemon=True)
    listening.start()
    keeper.run(stopping)
