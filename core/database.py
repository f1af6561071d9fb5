"""Transactions of verbs, and what a database failure means to a caller."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction

from core.errors import Conflict, DomainError, Unavailable

__all__ = ["RETRIES", "Busy", "refusal", "sqlstate", "verb"]

P = ParamSpec("P")
R = TypeVar("R")

#: How often a verb that lost a deadlock is run again.
RETRIES = 3

SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"
UNIQUE_VIOLATION = "23505"
LOCK_TIMEOUT = "55P03"
STATEMENT_TIMEOUT = "57014"


class Busy(Unavailable):
    """Somebody held what this request needed for too long."""

    code = "busy"
    message = "Others are changing the same things. Nothing was changed; try again."


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Run a verb in its own transaction, again from the start after a lost deadlock.

    Inside another verb it joins that transaction behind a savepoint, and the outermost one
    retries: half a sale cannot be repeated. Whatever a retried verb keeps outside the database
    must be set anew by its first lines.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not transaction.get_connection().in_atomic_block
        tries_left = RETRIES if outermost else 0
        while True:
            try:
                with transaction.atomic():
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
