"""Who is asking, for the length of one request: read by the audit and by every log line."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

__all__ = ["Context", "current", "entered"]


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the request being answered; ``""`` where there is none."""

    request_id: str = ""
    address: str = ""
    device_id: str = ""


NOWHERE = Context()

_context: ContextVar[Context] = ContextVar("countertop_context", default=NOWHERE)


def current() -> Context:
    """Return the context of the running request, or an empty one outside of any."""
    return _context.get()


@contextmanager
def entered(**values: str) -> Iterator[Context]:
    """Set some of the context inside a ``with`` block; what is not named stays as it was.

    Raises ``TypeError`` for a name that ``Context`` does not have.
    """
    inner = replace(_context.get(), **values)
    token = _context.set(inner)
    try:
        yield inner
    finally:
        _context.reset(token)
