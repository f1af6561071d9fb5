"""When a site calls next: pure. All of it in seconds.

Spread on purpose: a fleet that lost its line together must not come back together.
"""

from random import Random

__all__ = ["EVERY", "GAP", "after_failure", "after_verdict", "to_acknowledge"]

#: Unless told otherwise; a call comes up to a tenth earlier or later.
EVERY = 6 * 60 * 60
SPREAD = 0.1
#: What a verdict may ask for.
SOONEST, LATEST = 60, EVERY * (1 + SPREAD)
#: After a failure: at first, and at most.
FIRST, MOST = 5, 15 * 60
#: However often it is nudged, it calls no sooner than this after the last call.
GAP = 2
#: A lock or unlock is acknowledged within this.
ACKNOWLEDGED = 10


def after_verdict(told: float, chance: Random, *, every: float = EVERY) -> float:
    """The wait after a verdict that asked for ``told``, where ``every`` is the longest usual one."""
    asked = min(max(told, SOONEST), every)
    return min(asked * chance.uniform(1 - SPREAD, 1 + SPREAD), LATEST)


def to_acknowledge(chance: Random) -> float:
    """The wait after a lock came or went: whoever set it is looking."""
    return chance.uniform(GAP, ACKNOWLEDGED)


def after_failure(failures: int, chance: Random, *, retry_after: float = 0) -> float:
    """The wait after so many failures in a row; not before the server wants to be asked again."""
    longest = min(MOST, FIRST * 2.0 ** min(failures, 16))
    asked = min(max(retry_after, 0), EVERY)
    return asked + chance.uniform(GAP, max(longest, GAP))
