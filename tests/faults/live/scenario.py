"""Sell, follow, disturb; then compare what everybody saw."""

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.faults.clients import Journal, Till
from tests.faults.house import Market, furnish, soon
from tests.faults.live.audience import Audience
from tests.faults.live.disturber import Disturber
from tests.faults.live.followers import Address, Follower, Hook, LongPoll, Screen, Visitor
from tests.faults.live.street import Street
from tests.faults.live.verdicts import WITHIN, judge
from tests.faults.reports import say, tell

TILLS = 3
#: What the webhook is told of; it is posted to one event at a time.
ORDERS = frozenset({"order_created", "order_updated", "order_deleted"})


def attack(*, seconds: float, seed: int, mutant: str = "") -> int:
    street = Street(mutant)
    try:
        import django

        django.setup()
        market = furnish()
        street.serve()
        journal = Journal(street.home / "journal.jsonl")
        audience = Audience(followers(street, market))
        disturber = Disturber(street, audience, market.shop, seconds=seconds, seed=seed)
        with audience:
            disturb(street, market, journal, disturber, seed)
        outbox = street.outbox(market.shop)
        verdict = judge(audience.diaries, outbox, disturber.recoveries, journal)
        verdict.violations += audience.failures
        tell("Live", seed, journal, disturber.struck, verdict)
        if verdict.violations:
            say(street.logs())
        return int(bool(verdict.violations) or not disturber.struck)
    finally:
        from django.db import connection

        connection.close()
        street.close()


def followers(street: Street, market: Market) -> list[Follower]:
    address = Address(street.ports, market.shop, market.token)
    start = street.newest(market.shop)
    hook = Hook("webhook receiver", address, start, kinds=ORDERS)
    hook.register(street.port)
    return [
        hook,
        LongPoll("long poll", address, start),
        Visitor("socket.io client", address, start),
        Screen("screen 1", address, start),
        Screen("screen 2", address, start, turn=1),
        Screen("slow screen", address, start, slow=True),
    ]


def disturb(
    street: Street,
    market: Market,
    journal: Journal,
    disturber: Disturber,
    seed: int,
) -> None:
    """Tills sell on threads; faults come from here, for what we start ends with its thread."""
    over, closed = threading.Event(), threading.Event()
    tills = [
        Till(street.port, market, journal, f"{seed}-{number}", twins=0, pause=0.05)
        for number in range(TILLS)
    ]
    clock = threading.Timer(disturber.seconds, over.set)
    with ThreadPoolExecutor(TILLS) as threads:
        working = [threads.submit(till.work, closed) for till in tills]
        clock.start()
        try:
            disturber.strike(over)
        finally:
            closed.set()
            clock.cancel()
        for each in working:
            each.result()
    diaries = disturber.audience.diaries
    newest = [street.newest(market.shop, diary.kinds) for diary in diaries]
    soon(
        lambda: all(diary.cursor >= last for diary, last in zip(diaries, newest, strict=True)),
        seconds=2 * WITHIN,
    )
