"""Times as people say them, beside the exact ones."""

from datetime import datetime
from typing import NamedTuple

from django.utils.timesince import timesince

__all__ = ["Moment", "days_between", "of"]


class Moment(NamedTuple):
    """A time, and how people say it: ``3 hours ago``, ``in 12 days``."""

    at: datetime
    words: str
    is_ahead: bool

    @property
    def exact(self) -> str:
        """To the second, in UTC."""
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC"


def of(at: datetime | None, now: datetime) -> Moment | None:
    """This time as seen from ``now``; none is none."""
    if at is None:
        return None
    if abs((at - now).total_seconds()) < 60:
        return Moment(at, "just now" if at <= now else "in a moment", at > now)
    if at <= now:
        return Moment(at, f"{_length(at, now)} ago", is_ahead=False)
    return Moment(at, f"in {_length(now, at)}", is_ahead=True)


def days_between(now: datetime, end: datetime) -> int:
    """How many whole days there are until then; 0 where it has passed."""
    return max(0, (end - now).days)


def _length(first: datetime, last: datetime) -> str:
    days = (last - first).days
    if 2 <= days < 100:  # who counts days does not want weeks
        return f"{days} days"
    return timesince(first, last, depth=1).replace("\xa0", " ")
