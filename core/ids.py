"""Primary keys: UUIDv7, so that rows created later sort later."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils import compat

__all__ = ["after", "made_at", "new", "since"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
TIME = 80  # the bits behind the time
FLOOR = 7 << 76 | 0b10 << 62  # version and variant, and nothing by chance


def new() -> UUID:
    """Make a new id: a UUIDv7, rising within this process even inside one millisecond."""
    return compat.uuid7()


def after(other: UUID) -> UUID:
    """Make a new id that is larger than another, though the clock may have been set back."""
    made = new()
    return made if made > other else UUID(int=other.int + 1)


def since(moment: datetime) -> UUID:
    """The smallest id that could be made at ``moment``, which is aware: a bound for look-ups."""
    return UUID(int=max(0, (moment - EPOCH) // MILLISECOND) << TIME | FLOOR)


def made_at(key: UUID) -> datetime:
    """When an id was made, to the millisecond, in UTC."""
    return EPOCH + (key.int >> TIME) * MILLISECOND
