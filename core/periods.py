"""Periods as lists are asked for them: from a time or day on, before a time or to a day's end."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.errors import Invalid

__all__ = ["NAMES", "Period", "wish"]

#: The parameters, each under the names that front ends call it.
NAMES = {
    "since": ("since", "start_date", "startDate"),
    "until": ("until", "end_date", "endDate"),
}


class Period(NamedTuple):
    """From ``since`` on and before ``until``, both aware and in UTC; ``None``: open."""

    since: datetime | None
    until: datetime | None


def wish(query: Mapping[str, str]) -> Period:
    """Read ``since`` and ``until``; a day as ``until`` is meant whole. Raises ``Invalid``."""
    since, until = (_sent(query, name) for name in NAMES)
    return Period(
        since=_moment("since", since)[0] if since else None,
        until=_moment("until", until)[1] if until else None,
    )


def _sent(query: Mapping[str, str], name: str) -> str:
    return next((query[one] for one in NAMES[name] if query.get(one)), "")


def _moment(name: str, text: str) -> tuple[datetime, datetime]:
    """A time twice, or a day's beginning and end."""
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        return at, at + timedelta(days=1) if len(text) == len("2026-01-31") else at
    except (ValueError, OverflowError):
        problem = "Must be a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z."
        raise Invalid(errors={name: [problem]}) from None
