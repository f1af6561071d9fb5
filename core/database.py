"""Transactions of verbs, and what a database failure means to a caller."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from threading import Event, Lock
from typing import ParamSpec, TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connections,
    transaction,
)

from core.errors import Conflict, DomainError, Invalid, Unavailable

__all__ = ["RETRIES", "Busy", "patient", "refusal", "sqlstate", "verb"]

P = ParamSpec("P")
R = TypeVar("R")

#: How often a verb that lost a deadlock is run again.
RETRIES = 3

SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"
UNIQUE_VIOLATION = "23505"
#: What is said of a text that PostgreSQL cannot keep.
NUL = re.compile(r"\bNUL\b")
LOCK_TIMEOUT = "55P03"
STATEMENT_TIMEOUT = "57014"


#: How long a writer waits for his turn on SQLite, as long as SQLite itself then waits, in seconds.
PATIENCE = 20


class Busy(Unavailable):
    """Somebody held what this request needed for too long."""

    code = "busy"
    message = "Others are changing the same things. Nothing was changed; try again."


class Queue:
    """Turns at SQLite, which lets one write at a time and is not fair: whoever asks again at once
    goes before who has waited. The writers of this process come one after the other instead.
    """

    def __init__(self) -> None:
        self.guard = Lock()
        self.places: deque[Event] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for those before; after ``PATIENCE`` SQLite decides, as without a queue."""
        place = Event()
        with self.guard:
            self.places.append(place)
            self.places[0].set()
        try:
            place.wait(PATIENCE)
            yield
        finally:
            with self.guard:
                self.places.remove(place)
                if self.places:
                    self.places[0].set()


QUEUE = Queue()


@contextmanager
def patient(alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Meanwhile a statement may take longer than a request may, since it is about all rows; it waits
    for a lock no longer than anybody.
    """
    ours = connections[alias]
    if ours.vendor != "postgresql":
        yield
        return
    limits = "statement_timeout", "idle_in_transaction_session_timeout"
    with ours.cursor() as cursor:
        for limit in limits:
            cursor.execute(f"SET {limit} = 0")
    yield
    with ours.cursor() as cursor:  # who failed ends, and their connection with them
        for limit in limits:
            cursor.execute(f"RESET {limit}")


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Run a verb in its own transaction, again from the start after a lost deadlock.

    Inside another verb it joins that transaction behind a savepoint, and the outermost one
    retries: half a sale cannot be repeated. Whatever a retried verb keeps outside the database
    must be set anew by its first lines.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        ours = transaction.get_connection()
        outermost = not ours.in_atomic_block
        queues = outermost and ours.vendor == "sqlite"
        tries_left = RETRIES if outermost else 0
        while True:
            try:
                with QUEUE.turn() if queues else nullcontext(), transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not tries_left or sqlstate(error) not in (DEADLOCK, SERIALIZATION_FAILURE):
                    raise
                tries_left -= 1

    return run


def sqlstate(error: BaseException) -> str:
    """Return PostgreSQL's five-letter code of a failure, ``""`` where there is none (SQLite)."""
    return getattr(error.__cause__, "sqlstate", None) or getattr(error, "sqlstate", None) or ""


def refusal(error: DatabaseError | InterfaceError) -> DomainError | None:
    """Say what a database failure means to the caller; ``None``: it is our own bug."""
    state = sqlstate(error)
    if isinstance(error, DataError) and NUL.search(str(error)):
        return Invalid("A text holds a NUL. Remove it.")
    if isinstance(error, IntegrityError):
        if state == UNIQUE_VIOLATION or "UNIQUE constraint" in str(error):
            return Conflict()
        return None
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    locks = (DEADLOCK, SERIALIZATION_FAILURE, LOCK_TIMEOUT, STATEMENT_TIMEOUT)
    if state in locks or "database is locked" in str(error):
        return Busy()
    return Unavailable()
