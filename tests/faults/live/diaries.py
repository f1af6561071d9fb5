"""What a follower was told and when, written down outside the server."""

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it arrived. ``at`` is the clock's time, as the server stamps its events."""

    seq: int
    kind: str
    at: float


@dataclass
class Diary:
    """A follower's events in the order of their arrival; it begins after ``start``.

    ``kinds`` are the events that it is to be told of; none: all.
    """

    name: str
    start: int
    kinds: frozenset[str] = frozenset()
    #: Late by nature: told one event at a time, or slow to take what it let pile up.
    is_slow: bool = False
    entries: list[Entry] = field(default_factory=list)
    #: Why its lines ended, and what it had to do besides reading.
    ends: Counter[str] = field(default_factory=Counter)
    #: When it took nothing, on purpose: from, to.
    stalls: list[tuple[float, float]] = field(default_factory=list)
    #: Of who may be told twice (webhooks): told again under a name that was known.
    repeats: int = 0

    @property
    def cursor(self) -> int:
        return self.entries[-1].seq if self.entries else self.start

    def write(self, seq: int, kind: str) -> None:
        self.entries.append(Entry(seq, kind, time.time()))

    def wants(self, seq: int, kind: str) -> bool:
        return seq > self.start and (not self.kinds or kind in self.kinds)

    def reached(self, seq: int) -> float | None:
        """When it had this event, or a later one; ``None``: never."""
        if seq <= self.start:
            return 0.0
        return next((entry.at for entry in self.entries if entry.seq >= seq), None)

    def stalled_until(self, since: float, until: float) -> float | None:
        """The end of the last of its stalls between these moments, ``None``: there was none."""
        return max((to for begun, to in self.stalls if begun < until and to > since), default=None)
