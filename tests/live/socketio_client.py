"""npm's socket.io-client as a process: what it is told comes as lines of JSON."""

import json
import os
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import SECONDS, token_of
from tests.live.test_live_js import node

__all__ = ["Client", "seq_of", "visit"]


class Client:
    """A client in Node; ``options`` are those of ``io()``, ``auth`` among them."""

    def __init__(self, url: str, **options: Any) -> None:
        script = Path(__file__).with_name("socketio_client.mjs")
        self.process = subprocess.Popen(
            [node(), script, url, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "NO_PROXY": "*"},
        )
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.reading = threading.Thread(target=self.read)
        self.reading.start()

    def read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)

    def say(self, line: Any) -> None:
        self.process.stdin.write(f"{json.dumps(line)}\n")
        self.process.stdin.flush()

    def emit(self, *words: Any) -> None:
        self.say({"emit": words})

    def told(self) -> dict[str, Any]:
        return json.loads(self.lines.get(timeout=SECONDS))

    def until(self, *keys: str, event: str = "") -> dict[str, Any]:
        """The next line with one of these keys, or that is this event; others are read over."""
        while True:
            told = self.told()
            if told.keys() & {*keys} or (event and told.get("event") == event):
                return told

    def events(self, count: int) -> list[tuple[str, int]]:
        """The next events of a shop, each by its name and the seq in its offset."""
        found = []
        while len(found) < count:
            told = self.told()
            if "event" in told and told["event"] not in ("ready", "resync"):
                found.append((told["event"], seq_of(told)))
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reading.join()
        self.process.stdin.close()
        self.process.stdout.close()


def seq_of(told: dict[str, Any]) -> int:
    """The seq that an event's offset names last; 0 for one that has none."""
    offset = told.get("args", [None])[-1]
    return int(offset.rpartition(":")[2]) if isinstance(offset, str) else 0


@pytest.fixture
def visit() -> Iterator[Callable[..., Client]]:
    """Connect a client: ``visit(server, session, shopId=…)``; other words go into ``auth``."""
    opened: list[Client] = []

    def open_one(server, session, *, options=None, **auth) -> Client:
        if session is not None:
            auth["token"] = token_of(session)
        opened.append(Client(server.url, auth=auth, **(options or {})))
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()
