"""The worker: runs every periodic job in one process or thread, one after another."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

from django.db import close_old_connections, connection

from config.jobs import ERRANDS, JOBS
from core import jobs
from core.jobs import Job

__all__ = ["Worker", "beside"]

log = logging.getLogger(__name__)


class Worker:
    """Runs each job when it is due; several workers share the jobs, and none is run twice.

    ``errands`` run beside the jobs, each in a thread of its own, until the event they are given.
    """

    def __init__(
        self,
        registry: Sequence[Job] = JOBS,
        *,
        errands: Sequence[Callable[[Event], None]] = ERRANDS,
    ) -> None:
        self.registry = registry
        self.errands = errands
        self.looks_at = dict.fromkeys((job.name for job in registry), 0.0)
        self.stopping = Event()

    def run(self) -> None:
        """Work until ``stop``; a batch that has begun is finished first."""
        beside = [
            Thread(target=errand, args=(self.stopping,), name="errand", daemon=True)
            for errand in self.errands
        ]
        for thread in beside:
            thread.start()
        try:
            while not self.stopping.is_set():
                for job in self.registry:
                    if not self.stopping.is_set() and self.looks_at[job.name] <= monotonic():
                        self.attempt(job)
                        close_old_connections()  # one that broke meanwhile is replaced
                        self.looks_at[job.name] = monotonic() + job.every
                self.stopping.wait(max(0.0, min(self.looks_at.values()) - monotonic()))
        finally:
            connection.close()
            for thread in beside:
                thread.join(timeout=2)  # one that waits for a slow line ends with the process

    def stop(self) -> None:
        """End after the present batch."""
        self.stopping.set()

    def attempt(self, job: Job, *, at_once: bool = False) -> int | None:
        """Run a job if it is its turn. What it raises is logged, and the job tried again later.

        Answers how much was done; ``None``: another worker has it, it is not due, or it failed.
        """
        began = monotonic()
        try:
            done = jobs.work(job, at_once=at_once, stopping=self.stopping)
        except Exception:
            log.exception("The job failed and is tried again", extra={"job": job.name})
            return None
        if done is not None:
            took = round((monotonic() - began) * 1000)
            log.debug("A job ran", extra={"job": job.name, "done": done, "ms": took})
        return done


@contextmanager
def beside(worker: Worker) -> Iterator[Worker]:
    """Let a worker run in a thread of this process for as long as the block lasts."""
    thread = Thread(target=worker.run, name="worker", daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(timeout=30)
