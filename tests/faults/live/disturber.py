"""What is done to the street while it is followed; what struck is counted, and when it was over."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass

from tests.faults.live.audience import Audience
from tests.faults.live.street import Street

#: A reader that takes nothing does so for this long, or for its share of a short run.
STALL, SHARE = 30, 0.4
#: How long Redis is away, or hangs: longer than any sale may take.
LEAST_AWAY, MOST_AWAY = 3.5, 8


@dataclass(frozen=True)
class Recovery:
    """A fault that was over ``at``, when the shop stood at ``newest``; it had begun before."""

    name: str
    begun: float
    at: float
    newest: int


class Disturber:
    """Strikes in rounds: each round every fault once, in an order of the seed's."""

    def __init__(
        self, street: Street, audience: Audience, shop: str, *, seconds: float, seed: int
    ) -> None:
        self.street, self.audience, self.shop = street, audience, shop
        self.dice = random.Random(f"{seed}-live")
        self.struck: Counter[str] = Counter()
        self.recoveries: list[Recovery] = []
        self.seconds = seconds
        away = max(LEAST_AWAY, min(MOST_AWAY, seconds / 4))
        self.faults = {
            "Redis killed and started again, empty": lambda: street.kill_redis(away),
            "Redis accepting and never answering": lambda: street.hang_redis(away),
            "Redis flushed": street.flush_redis,
            "socket process killed and started again": lambda: street.kill_sockets(self.dice),
            "screen's line cut": self.cut,
        }

    def strike(self, over: threading.Event) -> None:
        """Until it is over; the slow screen stalls meanwhile."""
        stalling = threading.Thread(target=self.stall, args=(over,))
        stalling.start()
        try:
            self.round(threading.Event())  # a short run has each fault once, too
            while not over.is_set():
                self.round(over)
        finally:
            over.set()
            stalling.join()

    def round(self, over: threading.Event) -> None:
        for name in self.dice.sample(sorted(self.faults), len(self.faults)):
            if over.wait(self.dice.uniform(0.3, 1)):
                return
            self.inject(name)

    def inject(self, name: str) -> None:
        begun = time.time()
        if self.faults[name]():
            self.struck[name] += 1
            self.recovered(name, begun)

    def recovered(self, name: str, begun: float) -> None:
        at = time.time()
        self.recoveries.append(Recovery(name, begun, at, self.street.newest(self.shop)))

    def cut(self) -> bool:
        screen = self.dice.choice(self.audience.screens)
        return self.audience.do(screen.cut)

    def stall(self, over: threading.Event) -> None:
        """The slow screen takes nothing for a while, again and again."""
        [slow] = [screen for screen in self.audience.screens if screen.slow]
        lasts = min(STALL, SHARE * self.seconds)
        while not over.wait(0.1 * lasts):
            begun = time.time()
            self.audience.do(slow.stall)
            over.wait(lasts)
            self.audience.do(slow.go_on)
            self.struck["reader stalled"] += 1
            self.recovered("reader stalled", begun)
