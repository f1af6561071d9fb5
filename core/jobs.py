"""Periodic jobs: each is held by one worker at a time, however many workers there are.

A job is a row: who wants to run it takes it by a conditional update, and holds it for a while.
A worker that dies in the middle holds it no longer than ``HOLD``.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from core import statements
from core.statements import Statement

__all__ = ["HOLD", "Job", "work"]

#: A worker says again that it holds a job after each batch; a dead one does not.
HOLD = timedelta(minutes=2)

#: A job that keeps failing is tried again later and later, at least this often.
SELDOM = timedelta(minutes=5)

NEVER = Event()


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done every so many seconds; ``run`` answers how much it did.

    ``run`` does at most ``batch`` at a time and is asked again at once after a full one.
    ``is_due`` only reads: where there is nothing to do, nothing is written.
    """

    name: str
    every: int
    run: Callable[[], int]
    batch: int | None = None
    is_due: Callable[[], bool] | None = None


# Take the job if nobody holds it and its time has come; a new job's time has come. What is due or
# held for longer than ever said was said before the clock was turned back: it does not count.
TAKE = Statement(
    "take_job",
    """
    INSERT INTO core_job (name, due_at, held_until, failures)
    VALUES (%(name)s, %(now)s, %(until)s, 0)
    ON CONFLICT (name) DO UPDATE SET held_until = excluded.held_until
    WHERE (core_job.due_at <= %(due)s OR core_job.due_at > %(latest)s)
      AND (core_job.held_until IS NULL OR core_job.held_until <= %(now)s
           OR core_job.held_until > %(until)s)
    RETURNING failures
    """,
    returns={"failures": int},
)

HOLD_ON = Statement(
    "hold_job",
    """
    UPDATE core_job SET held_until = %(until)s WHERE name = %(name)s AND held_until = %(held)s
    RETURNING name
    """,
    returns={"name": str},
)

GIVE_BACK = Statement(
    "give_job_back",
    """
    UPDATE core_job
    SET held_until = NULL, due_at = %(due)s, failures = %(failures)s, ran_at = %(now)s
    WHERE name = %(name)s AND held_until = %(held)s
    """,
)


def work(job: Job, *, at_once: bool = False, stopping: Event = NEVER) -> int | None:
    """Run a job if its time has come and no other worker holds it; answers how much was done.

    ``None``: it was not run. ``at_once`` does not wait for its time. ``stopping`` ends it after
    the present batch. Raises what the job raises; it is due again, later after each failure.
    """
    if job.is_due is not None and not job.is_due():
        return 0 if at_once else None
    held = _Held.take(job, at_once)
    if held is None:
        return None
    try:
        done = batch = job.run()
        while job.batch and batch >= job.batch and not stopping.is_set() and held.hold_on():
            batch = job.run()
            done += batch
    except Exception:
        with suppress(DatabaseError, InterfaceError):  # if so, the hold runs out by itself
            held.give_back(failures=held.failures + 1)
        raise
    held.give_back(failures=0)
    return done


class _Held:
    """A job in this worker's hands. ``until`` is its claim: whoever took it since has another."""

    def __init__(self, job: Job, until: datetime, failures: int) -> None:
        self.job, self.until, self.failures = job, until, failures

    @classmethod
    def take(cls, job: Job, at_once: bool) -> "_Held | None":
        now = timezone.now()
        until = now + HOLD
        due = datetime.max.replace(tzinfo=now.tzinfo) if at_once else now
        latest = now + max(timedelta(seconds=job.every), SELDOM)
        taken = statements.one(TAKE(name=job.name, now=now, until=until, due=due, latest=latest))
        return None if taken is None else cls(job, until, taken.failures)

    def hold_on(self) -> bool:
        until = timezone.now() + HOLD
        kept = statements.one(HOLD_ON(name=self.job.name, held=self.until, until=until))
        self.until = until
        return kept is not None

    def give_back(self, *, failures: int) -> None:
        now = timezone.now()
        every = timedelta(seconds=self.job.every)
        wait = min(every * 2 ** min(failures, 10), max(every, SELDOM))
        statements.run(
            GIVE_BACK(
                name=self.job.name, held=self.until, due=now + wait, failures=failures, now=now
            )
        )
