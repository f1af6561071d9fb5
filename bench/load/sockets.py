"""Load one server's sockets, in a process of its own: many screens of one shop.

``python -m bench.load.sockets FILE``: ``FILE`` is the JSON of a ``Plan``. Every screen joins at
once; then events are published, first at a steady rate, which tells how long they take to the
last screen, then as fast as four publishers can that wait until everybody has theirs, which
tells how many deliveries a second there are. An event carries a ``mark``, by which it is known
again in whatever a server makes of it. Prints one JSON object.
"""

import asyncio
import json
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench import machine
from bench.load.screens import Screen

JOINING = 30  # seconds for all to be in
ARRIVING = 5  # seconds for an event to reach everybody
PUBLISHERS = 4
WARM_UP = 10  # events
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
#: What an event carries besides: an order of four lines.
LINES = [
    {"product_id": n, "name": f"Product {n} of the house", "unit_price": "12.34", "quantity": 2}
    for n in range(4)
]


@dataclass
class Plan:
    """What is asked of a server."""

    port: int
    #: For each screen, where it asks and what it shows.
    paths: list[str]
    headers: list[dict[str, str]]
    #: Where an event is published.
    publish_port: int
    publish_path: str
    publish_headers: dict[str, str]
    #: Whether it speaks Socket.IO.
    socket_io: bool
    #: A frame that says that a screen is in; empty: the answer to its handshake says so.
    ready: str
    seconds: float
    rate: float  # events a second while latency is measured
    pids: list[int]


class Publisher(asyncio.Protocol):
    """One kept connection that publishes events, one after another."""

    def __init__(self, run: "Run") -> None:
        self.run, self.read = run, b""
        self.answered: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self.answered and not self.answered.done():
            self.answered.set_exception(ConnectionError("The publisher's line was cut."))

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, end, body = self.read.partition(b"\r\n\r\n")
        length = LENGTH.search(head + b"\r\n") if end else None
        if length is None or len(body) < int(length[1]):
            return
        answer, self.read = self.read, b""
        if not self.answered.done():
            if answer[9:10] == b"2":
                self.answered.set_result(None)
            else:
                self.answered.set_exception(RuntimeError(answer[:2000].decode(errors="replace")))

    async def publish(self, mark: int) -> asyncio.Future[float]:
        """Publish one event; answers when the last screen has it, as a promise."""
        plan = self.run.plan
        order = {"id": "0b6adebe-b748-4aa5-b822-cb08b4687bfd", "total": "98.72", "lines": LINES}
        body = json.dumps({"mark": mark, "event": "order_created", "order": order}).encode()
        lines = {
            "Host": f"127.0.0.1:{plan.publish_port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        } | plan.publish_headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        promise = self.run.expect(mark)
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(f"POST {plan.publish_path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        await self.answered
        return promise


class Run:
    """Who is there, what was sent when, and what came."""

    def __init__(self, plan: Plan, screens: int) -> None:
        self.plan, self.screens = plan, screens
        self.inside, self.gone, self.refusal = 0, 0, b""
        self.everybody = asyncio.get_running_loop().create_future()
        self.over = False
        self.mark = self.warm = 0
        self.sent: dict[int, float] = {}
        self.took: dict[int, float] = {}
        self.got: Counter[int] = Counter()
        self.promises: dict[int, asyncio.Future[float]] = {}

    def entered(self) -> None:
        self.inside += 1
        if self.inside == self.screens and not self.everybody.done():
            self.everybody.set_result(None)

    def refused(self, answer: bytes) -> None:
        self.refusal = answer[:500]

    def left(self) -> None:
        if not self.over:
            self.gone += 1

    def expect(self, mark: int) -> asyncio.Future[float]:
        self.sent[mark] = perf_counter()
        promise = self.promises[mark] = asyncio.get_running_loop().create_future()
        return promise

    def told(self, mark: int, now: float) -> None:
        got = self.got[mark] = self.got[mark] + 1
        if got == self.screens:
            self.took[mark] = now - self.sent[mark]
            self.promises.pop(mark).set_result(self.took[mark])

    def begin(self) -> None:
        """What came until now was only to warm up."""
        self.got.clear()
        self.warm = self.mark

    def next(self) -> int:
        self.mark += 1
        return self.mark

    @property
    def deliveries(self) -> int:
        return self.got.total()


async def join(run: Run) -> float:
    """All at once; the seconds until the last one is in."""
    loop, begun = asyncio.get_running_loop(), perf_counter()
    joining = [
        loop.create_connection(lambda place=place: Screen(run, place), "127.0.0.1", run.plan.port)
        for place in range(run.screens)
    ]
    await asyncio.gather(*joining, return_exceptions=True)
    await asyncio.wait([run.everybody], timeout=JOINING)
    return perf_counter() - begun


async def publisher(run: Run) -> Publisher:
    loop = asyncio.get_running_loop()
    made = lambda: Publisher(run)  # noqa: E731
    return (await loop.create_connection(made, "127.0.0.1", run.plan.publish_port))[1]


async def steadily(run: Run, publishers: list[Publisher]) -> list[float]:
    """Events at the plan's rate; the seconds each took to the last screen, lost ones left out."""
    begun, promises, first = perf_counter(), [], run.mark + 1
    number = 0
    while (due := number / run.plan.rate) < run.plan.seconds:
        await asyncio.sleep(max(0.0, begun + due - perf_counter()))
        promises.append(await publishers[number % len(publishers)].publish(run.next()))
        number += 1
    await asyncio.wait(promises, timeout=ARRIVING)
    return sorted(run.took[mark] for mark in range(first, run.mark + 1) if mark in run.took)


async def flat_out(run: Run, publishers: list[Publisher]) -> tuple[float, int, float]:
    """Publish, wait for everybody, publish again: seconds, deliveries, processor seconds."""
    begun, before, used = perf_counter(), run.deliveries, machine.read(*run.plan.pids)

    async def work(one: Publisher) -> None:
        while perf_counter() - begun < run.plan.seconds:
            promise = await one.publish(run.next())
            await asyncio.wait([promise], timeout=ARRIVING)

    await asyncio.gather(*map(work, publishers))
    seconds = perf_counter() - begun
    spent = (machine.read(*run.plan.pids) - used).own
    return seconds, run.deliveries - before, spent


async def load(plan: Plan, screens: int) -> dict[str, object]:
    run = Run(plan, screens)
    joined = await join(run)
    result: dict[str, object] = {
        "join_s": joined,
        "failed": screens - run.inside,
        "failure": run.refusal.decode(errors="replace"),
    }
    if run.inside < screens:
        return result
    publishers = [await publisher(run) for _ in range(PUBLISHERS)]
    for _ in range(WARM_UP):
        await asyncio.wait([await publishers[0].publish(run.next())], timeout=ARRIVING)
    run.begin()
    times = await steadily(run, publishers)
    seconds, deliveries, spent = await flat_out(run, publishers)
    run.over = True
    return result | {
        "p50_ms": times[len(times) // 2] * 1000 if times else None,
        "p99_ms": times[len(times) * 99 // 100] * 1000 if times else None,
        "deliveries_s": deliveries / seconds,
        "cpu_s": spent / max(1, deliveries) * 10_000,
        "lost": (run.mark - run.warm) * screens - run.deliveries,
        "gone": run.gone,
        "processor": sum(os.times()[:2]),
    }


def main() -> None:
    import uvloop

    plan = json.loads(Path(sys.argv[1]).read_text())
    screens = plan.pop("screens")

    async def run() -> dict[str, object]:
        return await load(Plan(**plan), screens)

    print(json.dumps(uvloop.run(run())), flush=True)
    os._exit(0)  # a thousand sockets need no farewell


if __name__ == "__main__":
    main()
