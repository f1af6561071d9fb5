"""Tills sell while processes die; then the books are compared with what was answered (G1–G3)."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from tests.faults import clients
from tests.faults.clients import TILLS, Journal, Till
from tests.faults.house import House, Market, furnish
from tests.faults.injector import Injector
from tests.faults.judge import judge
from tests.faults.reports import tell

REPEATED_LATE = 200


def attack(kind: type[House], *, seconds: float, seed: int, mutant: str = "") -> int:
    random.seed(seed)
    house = kind(mutant)
    try:
        import django

        django.setup()
        market = furnish()
        if mutant:  # nobody waits long for what is broken
            clients.PATIENCE = 10
        house.serve()
        journal = Journal(house.home / "journal.jsonl")
        injector = strike(house, market, journal, seconds=seconds, seed=seed)
        repeat_late(house, market, journal, seed)
        house.process.stop()
        verdict = judge(journal, UUID(market.shop), deadlocks=house.deadlocks())
        tell(kind.__name__, seed, journal, injector.struck, verdict)
        return int(bool(verdict.violations) or not injector.struck)
    finally:
        from django.db import connection

        connection.close()
        house.close()


def strike(
    house: House, market: Market, journal: Journal, *, seconds: float, seed: int
) -> Injector:
    """Tills sell on threads; the faults come from here, for what we start ends with its thread."""
    over = threading.Event()
    tills = [Till(house.port, market, journal, f"{seed}-{number}") for number in range(TILLS)]
    hand = Till(house.port, market, journal, f"{seed}-hand")
    injector = Injector(house, hand, f"{seed}-faults")
    clock = threading.Timer(seconds, over.set)
    with ThreadPoolExecutor(TILLS) as threads:
        working = [threads.submit(till.work, over) for till in tills]
        clock.start()
        try:
            injector.strike(over)
            house.wait()
        finally:
            over.set()
            clock.cancel()
        for each in working:
            each.result()
    return injector


def repeat_late(house: House, market: Market, journal: Journal, seed: int) -> None:
    """Ask again for what was done long ago, its goods retired meanwhile: the same bytes."""
    from django.db import connection

    from accounts.models import Shop
    from pos import catalog

    shop = Shop.objects.get(pk=market.shop)
    for product in market.products:
        catalog.retire(product, shop=shop, actor=shop.owner)
    connection.close()
    done = [wish for wish in journal.wishes if wish.status in (200, 201)]
    till = Till(house.port, market, journal, f"{seed}-late")
    for wish in random.sample(done, min(len(done), REPEATED_LATE)):
        journal.count("repeated late")
        till.settle(wish)
