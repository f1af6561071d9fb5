"""Time zones a shop can have, by their name in the IANA database."""

from functools import cache
from zoneinfo import available_timezones


@cache
def known() -> frozenset[str]:
    """Every time zone a shop may choose; looked up on the disk once, which takes milliseconds."""
    return frozenset(available_timezones())
