"""Places: how many lines of one session this server holds open, and that these are not too many.

A line is a socket, a stream, or a poll that waits. A person has a few; a program gone wild, or a
stolen token, must not take all that there are.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from live.errors import TooMany

__all__ = ["MOST", "RETRY", "are_taken", "taken"]

#: Lines of one session in one process, and after how many seconds a refused one may try again.
MOST = 50
RETRY = 5

held: Counter[UUID] = Counter()


def are_taken(session_id: UUID) -> bool:
    """Whether the session has all that it may have here."""
    return held[session_id] >= MOST


@contextmanager
def taken(session_id: UUID) -> Iterator[None]:
    """Hold a place while a line is open. Raises ``TooMany`` if there is none left."""
    if are_taken(session_id):
        raise TooMany
    held[session_id] += 1
    try:
        yield
    finally:
        held[session_id] -= 1
        if not held[session_id]:
            del held[session_id]
