"""How often somebody may try: the only caller of django-ratelimit.

Counters live in the cache, shared by all processes. While it cannot be reached each process
counts for itself, at half the limit: limits get stricter, never absent. A limit closes for the
rest of its time; a pace only slows down, so that nobody can be locked out by somebody else.
"""

import hashlib
import logging
import time
from functools import lru_cache
from math import ceil
from threading import Lock
from typing import NamedTuple

from django.core.cache import BaseCache, caches
from django_ratelimit import core as ratelimit

from core.errors import TooMany

__all__ = ["Pace", "calm", "check", "clear", "forgive", "hit", "pace"]

log = logging.getLogger(__name__)

#: Seconds for which a cache that failed is left alone: a dead one must not slow down every try.
PAUSE = 2.0
CROWD = 10_000


class Usage(NamedTuple):
    """Tries counted, tries allowed, seconds until the count starts anew."""

    tries: int
    allowed: int
    left: int


class Pace(NamedTuple):
    """So many tries are free; then each has to wait, from ``first`` to ``most`` seconds, twice as
    long as the one before. ``memory`` is for how many seconds tries are remembered.
    """

    free: int
    first: int
    most: int
    memory: int


def hit(group: str, key: str, rate: str, *, unshared: int = 0) -> None:
    """Count a try of ``key`` (an address, an account) in ``group``; ``rate`` is ``"5/15m"``.

    The first ``unshared`` tries in a window each process keeps to itself; the one after them tells
    the others of all. That is for what very many ask, each of them seldom (docs/decisions/0022).
    Raises ``TooMany`` with ``retry_after`` in seconds when it was one too many.
    """
    untold = _here.untold(group, key, rate, unshared) if unshared else 1
    for _ in range(untold):
        usage = _usage(group, key, rate, 1)
        if usage.tries > usage.allowed:
            raise TooMany(retry_after=usage.left)


def check(group: str, key: str, rate: str) -> None:
    """Refuse, without counting, if ``key`` has used up its tries. Raises ``TooMany``."""
    usage = _usage(group, key, rate, 0)
    if usage.tries >= usage.allowed:
        raise TooMany(retry_after=usage.left)


def forgive(group: str, key: str, rate: str) -> None:
    """Take back one counted try: the password was right.

    Counting first and forgiving after leaves no gap for many tries at once.
    """
    _usage(group, key, rate, -1)


def clear(group: str, key: str, rate: str) -> None:
    """Forget the tries of ``key``: who they were has been shown in another way."""
    _usage(group, key, rate, -CROWD)


def pace(group: str, key: str, rhythm: Pace) -> None:
    """Count a try of ``key`` that may have to wait for the one before it.

    Raises ``TooMany`` with ``retry_after`` in seconds, at most ``rhythm.most``; a try that is
    refused counts for nothing.
    """
    name = _pace_name(group, key)
    if time.monotonic() >= _here.until:
        try:
            left = _wait(caches["default"], name, rhythm)
        except Exception as error:  # whatever the cache's driver raises
            _here.rest(error)
        else:
            return _refuse_for(left)
    return _refuse_for(_wait(caches["local"], name, rhythm._replace(free=rhythm.free // 2)))


def calm(group: str, key: str) -> None:
    """Forget the tries that ``pace`` counted: one of them was right."""
    name = _pace_name(group, key)
    if time.monotonic() >= _here.until:
        try:
            caches["default"].delete_many([name, f"{name}:wait"])
        except Exception as error:  # whatever the cache's driver raises
            _here.rest(error)
    caches["local"].delete_many([name, f"{name}:wait"])


def _wait(cache: BaseCache, name: str, rhythm: Pace) -> int:
    """Take the turn and return 0, or return the seconds until the next one.

    Counted first, so that many tries at once find the door closed.
    """
    cache.add(name, 0, rhythm.memory)
    try:
        over = cache.incr(name) - rhythm.free
    except ValueError:  # it was forgotten just now
        return 0
    if over <= 0:
        return 0
    seconds = min(rhythm.most, rhythm.first << min(over - 1, 20))
    if cache.add(f"{name}:wait", time.time() + seconds, seconds):
        return 0
    cache.decr(name)
    ends = cache.get(f"{name}:wait") or 0
    return max(1, ceil(ends - time.time()))  # looked at after whoever took the turn


def _pace_name(group: str, key: str) -> str:
    return f"pace:{group}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _refuse_for(seconds: int) -> None:
    if seconds:
        raise TooMany(retry_after=seconds)


def _usage(group: str, key: str, rate: str, step: int) -> Usage:
    if time.monotonic() >= _here.until:
        try:
            found = (
                _take_back(group, key, rate, step) if step < 0 else _shared(group, key, rate, step)
            )
        except Exception as error:  # whatever the cache's driver raises
            _here.rest(error)
        else:
            if found is not None:
                return found
    return _here.count(group, key, rate, step)


def _shared(group: str, key: str, rate: str, step: int) -> Usage | None:
    usage = ratelimit.get_usage(
        None, group=group, key=lambda *_: key, rate=rate, increment=step > 0
    )
    if not usage or not usage["limit"]:
        return None  # the counter vanished between two commands
    return Usage(usage["count"], usage["limit"], max(1, usage["time_left"]))


def _take_back(group: str, key: str, rate: str, step: int) -> Usage | None:
    limit, seconds = _split(rate)
    window = ratelimit._get_window(key, seconds)
    name = ratelimit._make_cache_key(group, window, rate, key, ratelimit.ALL)
    if step < -1:
        caches["default"].delete(name)
        return Usage(0, limit, seconds)
    try:
        return Usage(caches["default"].decr(name), limit, seconds)
    except ValueError:  # the window has just ended: nothing is left to take back
        return Usage(0, limit, seconds)


_split = lru_cache(maxsize=256)(ratelimit._split_rate)


class _First:
    """How often each key was tried at this process in its window, or more often than it was.

    A filter of small counters: keys that share one are told of earlier than they need be. It does
    not grow, and forgets nothing before a window's end: a window falls into two turns at most.
    """

    PLACES = 1 << 18

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.lock = Lock()
        self.now, self.before = bytearray(self.PLACES), bytearray(self.PLACES)
        self.turns_at = time.monotonic() + seconds

    def count(self, key: str) -> int:
        """Count a try, and return how many there were."""
        place = hash((key, ratelimit._get_window(key, self.seconds))) % self.PLACES
        with self.lock:
            if self.turns_at <= time.monotonic():
                self.now, self.before = bytearray(self.PLACES), self.now
                self.turns_at = time.monotonic() + self.seconds
            self.now[place] = min(255, self.now[place] + 1)
            return self.now[place] + self.before[place]


class _Here:
    """This process's own counters: for what it keeps to itself, and for as long as the shared ones
    cannot be reached.
    """

    def __init__(self) -> None:
        self.until = 0.0
        self.lock = Lock()
        self.tries: dict[tuple[str, str, str], tuple[int, float]] = {}
        self.first: dict[tuple[str, str], _First] = {}

    def rest(self, error: Exception) -> None:
        """Leave the shared counters alone for a while."""
        self.until = time.monotonic() + PAUSE
        log.warning("Limits are counted by this process alone: %s", error)

    def untold(self, group: str, key: str, rate: str, unshared: int) -> int:
        """Count a try here; answers how many the shared counter has to hear of now."""
        first = self.first.get((group, rate))
        if first is None:
            first = self.first.setdefault((group, rate), _First(_split(rate)[1]))
        count = first.count(key)
        if count <= unshared:
            return 0
        return count if count == unshared + 1 else 1

    def count(self, group: str, key: str, rate: str, step: int) -> Usage:
        """Count here; only half of what is allowed otherwise."""
        limit, seconds = _split(rate)
        now = time.monotonic()
        with self.lock:
            if len(self.tries) >= CROWD:
                self._make_room(now)
            name = (group, key[:255], rate)
            count, ends = self.tries.get(name, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + seconds
            count = max(0, count + step)
            self.tries[name] = (count, ends)
        return Usage(count, max(1, limit // 2), max(1, int(ends - now)))

    def _make_room(self, now: float) -> None:
        """Forget what is over; if that is not much, the older half, too."""
        live = {name: tries for name, tries in self.tries.items() if tries[1] > now}
        if len(live) > CROWD * 9 // 10:
            live = dict(list(live.items())[CROWD // 2 :])
        self.tries = live


_here = _Here()
