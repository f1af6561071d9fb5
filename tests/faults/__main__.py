"""Sell, strike, judge. Ends with 1 on a violation, and where no fault was injected."""

import argparse
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from tests.faults.clients import TILLS, Journal, Till
from tests.faults.house import House, Market, OnPostgres, OnSqlite, furnish
from tests.faults.injector import Injector
from tests.faults.judge import Verdict, judge

HOUSES = {"postgresql": OnPostgres, "sqlite": OnSqlite}
REPEATED_LATE = 200


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=[*HOUSES, "both"], default="both")
    asked = parser.parse_args()
    if asked.database == "both":  # settings are read once, so each has its process
        return max(map(again, HOUSES))
    return attack(HOUSES[asked.database], seconds=asked.seconds, seed=asked.seed)


def again(database: str) -> int:
    given = [word for word in sys.argv[1:] if not word.startswith("--database")]
    command = [sys.executable, "-m", "tests.faults", *given, f"--database={database}"]
    return subprocess.run(command, check=False).returncode


def attack(kind: type[House], *, seconds: float, seed: int) -> int:
    random.seed(seed)
    house = kind()
    try:
        import django

        django.setup()
        market = furnish()
        house.serve()
        journal = Journal(house.home / "journal.jsonl")
        injector = strike(house, market, journal, seconds=seconds, seed=seed)
        repeat_late(house, market, journal, seed)
        house.process.stop()
        verdict = judge(journal, UUID(market.shop))
        tell(kind.__name__, seed, journal, injector, verdict)
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


def tell(house: str, seed: int, journal: Journal, injector: Injector, verdict: Verdict) -> None:
    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")

    say(f"{house}, seed {seed}")
    say("faults injected: " + str(sum(injector.struck.values())))
    for name, number in sorted(injector.struck.items()):
        say(f"  {number:>6}  {name}")
    statuses = [status for wish in journal.wishes for status, _ in wish.answers]
    answers = {each: statuses.count(each) for each in sorted({*statuses})}
    for title, figures in [
        ("answers", answers), ("sent", journal.sent), ("trouble", journal.trouble)
    ]:  # fmt: skip
        listed = ", ".join(f"{number} × {name}" for name, number in figures.items())
        say(f"{title}: {listed or 'none'}")
    for promise, figure in verdict.figures.items():
        say(f"{promise}: {figure}")
    for violation in verdict.violations[:20]:
        say(f"VIOLATED {violation}")
    if not injector.struck:
        say("VIOLATED no fault was injected: nothing was proven")


if __name__ == "__main__":
    sys.exit(main())
