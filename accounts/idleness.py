"""Tills left alone: when a session on a shared device opens nothing any more."""

from datetime import datetime, timedelta

__all__ = ["TOUCH_EVERY", "is_left_alone"]

#: ``last_used_at`` is right to this much; writing it each time would cost each request.
TOUCH_EVERY = timedelta(minutes=1)


def is_left_alone(last_used_at: datetime, lock_minutes: int | None, now: datetime) -> bool:
    """Whether a till's session was not used for so long that it locks; 0, ``None``: never.

    The last use may be later than was written down, so nobody who works is locked.
    """
    if not lock_minutes:
        return False
    return last_used_at < now - timedelta(minutes=lock_minutes) - TOUCH_EVERY
