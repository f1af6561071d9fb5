"""What is done to the house while it sells; every fault that struck is counted by its kind."""

import random
import threading
from collections import Counter
from collections.abc import Callable

from tests.faults.clients import Till, sale
from tests.faults.house import House, OnPostgres, soon

# Sales lock products first and the shop's counter last: who waits for the first has written
# nothing yet, who waits for the second all but the end.
# In key order, as sales lock them: otherwise the database ends our wait, not the server's.
BEFORE = "SELECT 1 FROM pos_stocklevel ORDER BY product_id FOR UPDATE"
INSIDE = "SELECT 1 FROM live_shopcounter FOR UPDATE"


class Injector:
    """Strikes in rounds: each round every fault once, in an order of the seed's."""

    def __init__(self, house: House, hand: Till, seed: str) -> None:
        self.house, self.hand = house, hand
        self.dice = random.Random(seed)
        self.struck: Counter[str] = Counter()
        self.faults: dict[str, Callable[[], int]] = {
            "server killed at any moment": house.kill,
            "server killed after commit, before the answer": self.kill_after_commit,
        }
        if isinstance(house, OnPostgres):
            self.faults |= {
                "server killed before it wrote": lambda: house.kill_waiting(BEFORE),
                "server killed inside the transaction": lambda: house.kill_waiting(INSIDE),
                "database backends terminated": house.terminate_backends,
                "database stopped -m immediate": house.crash_database,
            }

    def strike(self, over: threading.Event) -> None:
        """Until it is over."""
        while not over.is_set():
            for name in self.dice.sample(sorted(self.faults), len(self.faults)):
                if over.wait(self.dice.uniform(0.2, 0.9)):
                    return
                if self.faults[name]():
                    self.struck[name] += 1
                self.house.wait()

    def kill_after_commit(self) -> int:
        """Send a sale, see its order committed, kill the server, and only then ask again."""
        till = self.hand
        till.made += 1
        path = f"/api/v1/shops/{till.market.shop}/orders"
        wish = till.journal.intend(sale(f"{till.seed}-{till.made}", path, till.market, till.dice))
        with till.unread(wish):
            struck = soon(lambda: self.house.committed(wish.key)) and self.house.kill()
        self.house.wait()
        till.settle(wish)
        return struck
