"""Load one HTTP server over kept connections, in a process of its own.

``python -m bench.load.http PORT CONNECTIONS SECONDS FILE``: ``FILE`` holds raw requests, one
JSON string a line; ``{id}`` in them becomes a new UUID each time. Every connection sends its
next request as soon as it has its answer. At the end nothing is left unanswered, so what was
acknowledged is exact. Prints one JSON object.
"""

import asyncio
import json
import os
import random
import re
import sys
import uuid
from collections import Counter
from pathlib import Path
from time import perf_counter

LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
CHUNKED = re.compile(rb"\r\n[Tt]ransfer-[Ee]ncoding: *chunked")
HURRY = 30  # seconds an answer may take after the end


class Client(asyncio.Protocol):
    """One connection: asks, reads, asks again."""

    def __init__(self, run: "Run") -> None:
        self.run, self.read = run, b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.begun = perf_counter()
        if self.begun >= self.run.end:
            self.transport.close()
            return
        self.transport.write(self.run.request())

    def data_received(self, data: bytes) -> None:
        self.read += data
        head = self.read.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(self.read, 0, head)
        if length is None:
            if CHUNKED.search(self.read, 0, head) and not self.read.endswith(b"0\r\n\r\n"):
                return
        elif len(self.read) < head + 4 + int(length[1]):
            return
        self.run.answered(int(self.read[9:12]), perf_counter() - self.begun, self.read)
        self.read = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if perf_counter() < self.run.end:
            self.run.answered(0, 0, repr(error).encode())
        if not self.done.done():
            self.done.set_result(None)


class Run:
    """What is sent for how long, and what came back."""

    def __init__(self, requests: list[bytes], seconds: float) -> None:
        self.requests = requests
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.failure = b""
        self.begun = perf_counter()
        self.end = self.begun + seconds

    def request(self) -> bytes:
        return random.choice(self.requests).replace(b"{id}", str(uuid.uuid4()).encode())

    def answered(self, status: int, seconds: float, answer: bytes) -> None:
        self.statuses[status] += 1
        self.latencies.append(seconds)
        if not 200 <= status < 300:
            self.failure = answer[:2000]

    def result(self) -> dict[str, object]:
        times = sorted(self.latencies) or [0.0]
        good = sum(count for status, count in self.statuses.items() if 200 <= status < 300)
        return {
            "good": good,
            "failed": sum(self.statuses.values()) - good,
            "failure": self.failure.decode(errors="replace"),
            "seconds": perf_counter() - self.begun,
            "processor": sum(os.times()[:2]),
            "p50_ms": times[len(times) // 2] * 1000,
            "p99_ms": times[len(times) * 99 // 100] * 1000,
        }


async def load(port: int, connections: int, seconds: float, requests: list[bytes]) -> Run:
    run = Run(requests, seconds)
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: Client(run), "127.0.0.1", port)
        clients.append(client.done)
    await asyncio.wait_for(asyncio.gather(*clients), seconds + HURRY)
    return run


def main() -> None:
    import uvloop

    port, connections, seconds, file = sys.argv[1:]
    lines = Path(file).read_text().splitlines()
    requests = [json.loads(line).encode() for line in lines]
    run = uvloop.run(load(int(port), int(connections), float(seconds), requests))
    print(json.dumps(run.result()))


if __name__ == "__main__":
    main()
