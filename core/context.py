"""Who is asking, for the length of one request: read by the audit and by every log line."""

from contextvars import ContextVar
from types import TracebackType

from msgspec import Struct
from msgspec.structs import replace

__all__ = ["Context", "current", "entered"]


class Context(Struct, frozen=True):
    """What is known of the request being answered; ``""`` where there is none."""

    request_id: str = ""
    address: str = ""
    device_id: str = ""


NOWHERE = Context()

_context: ContextVar[Context] = ContextVar("countertop_context", default=NOWHERE)


def current() -> Context:
    """Return the context of the running request, or an empty one outside of any."""
    return _context.get()


def entered(**values: str) -> "Inside":
    """Set some of the context inside a ``with`` block; what is not named stays as it was.

    Raises ``TypeError`` for a name that ``Context`` does not have.
    """
    return Inside(replace(_context.get(), **values))


class Inside:
    """A ``with`` block in which ``context`` is the current one."""

    __slots__ = ("before", "context")

    def __init__(self, context: Context) -> None:
        self.context = context

    def __enter__(self) -> Context:
        self.before = _context.set(self.context)
        return self.context

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _context.reset(self.before)
