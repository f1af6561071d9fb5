"""Those who follow a shop: each keeps its cursor, and comes back whenever its line ends."""

import asyncio
import json
import os
import socket
import time
from contextlib import suppress
from pathlib import Path

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench.broadcasts import node
from tests.faults.live.diaries import Diary
from tests.live.receiving import Call, Receiver

#: A follower that finds nobody tries again after this pause, at the next process.
PAUSE = 0.1
#: How long a long poll waits for news, in seconds.
WAIT = 10
CLIENT = Path(__file__).resolve().parents[2] / "live" / "socketio_client.mjs"
#: On Socket.IO an event may have a second name, and the stream says "ready" beside its events.
TOLD_TWICE = {"settings_updated", "ready"}


class Address:
    """Where the shop can be followed: processes side by side, as behind a proxy."""

    def __init__(self, ports: list[int], shop: str, token: str) -> None:
        self.ports, self.shop, self.token = ports, shop, token


class Follower:
    """Follows until it is cancelled. ``listen`` reads one line until that ends."""

    def __init__(self, name: str, address: Address, start: int, turn: int = 0) -> None:
        self.address, self.turn = address, turn
        self.diary = Diary(name, start)

    @property
    def port(self) -> int:
        return self.address.ports[self.turn % len(self.address.ports)]

    async def follow(self) -> None:
        while True:
            try:
                await self.listen()
            except (OSError, TimeoutError, httpx.HTTPError, InvalidHandshake) as trouble:
                self.diary.ends[type(trouble).__name__] += 1
            self.turn += 1
            await asyncio.sleep(PAUSE)

    async def listen(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Leave nothing behind that is not in the loop."""


class Screen(Follower):
    """A websocket, as a till's page opens one."""

    line: ClientConnection | None = None

    def __init__(self, *given, slow: bool = False, **named) -> None:
        super().__init__(*given, **named)
        self.slow = self.diary.is_slow = slow
        self.reading = asyncio.Event()
        self.reading.set()

    async def listen(self) -> None:
        query = f"/ws/shops/{self.address.shop}?after={self.diary.cursor}"
        async with connect(
            f"ws://127.0.0.1:{self.port}{query}",
            sock=self.socket(),
            subprotocols=["bearer", self.address.token],
            ping_interval=None,  # who reads nothing hears no answer either
            compression=None,
            close_timeout=1,
        ) as self.line:
            try:
                while True:
                    await self.reading.wait()
                    self.told(json.loads(await self.line.recv()))
            except ConnectionClosed as closed:
                self.diary.ends[str(closed.rcvd.code if closed.rcvd else "cut off")] += 1
            finally:
                self.line = None

    def socket(self) -> socket.socket:
        """Of a slow reader both machines keep little, so that the server feels it soon."""
        line = socket.socket()
        if self.slow:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        try:
            line.connect(("127.0.0.1", self.port))
        except OSError:
            line.close()
            raise
        line.setblocking(False)
        return line

    def told(self, frame: dict) -> None:
        if "at" in frame:
            self.diary.write(frame["seq"], frame["type"])
        elif frame["type"] == "resync":
            self.diary.ends["resync"] += 1

    def keep(self, size: int) -> None:
        """Let this machine keep so many bytes that nobody has read."""
        if self.line is not None:
            line = self.line.transport.get_extra_info("socket")
            with suppress(OSError):  # it was closed just now
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def stall(self) -> None:
        self.keep(4096)
        self.reading.clear()
        self.diary.stalls.append((time.time(), float("inf")))

    def go_on(self) -> None:
        self.keep(1 << 20)
        begun, _ = self.diary.stalls.pop()
        self.diary.stalls.append((begun, time.time()))
        self.reading.set()

    def cut(self) -> bool:
        """Cut its line, whatever is on it; whether there was one."""
        if self.line is None or not self.reading.is_set():
            return False
        self.line.transport.abort()
        return True


class LongPoll(Follower):
    """A plain client: it asks for what is new, and waits for the answer."""

    async def listen(self) -> None:
        path = f"/api/v1/shops/{self.address.shop}/events"
        headers = {"Authorization": f"Bearer {self.address.token}"}
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers=headers,
            timeout=WAIT + 10,
            trust_env=False,
        ) as client:
            while True:
                asked = {"after": self.diary.cursor, "wait": WAIT}
                answer = await client.get(path, params=asked)
                if answer.status_code != 200:
                    self.diary.ends[str(answer.status_code)] += 1
                    return
                for event in answer.json()["events"]:
                    self.diary.write(event["seq"], event["type"])


class Visitor(Follower):
    """npm's socket.io-client with its own transports, in Node: it comes back by its offset."""

    async def listen(self) -> None:
        auth = {"token": self.address.token, "shopId": self.address.shop}
        options = {"auth": auth | {"after": self.diary.cursor}}
        client = await asyncio.create_subprocess_exec(
            *[*node(), CLIENT, f"http://127.0.0.1:{self.port}", json.dumps(options)],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "NO_PROXY": "*"},
        )
        try:
            async for line in client.stdout:
                self.told(json.loads(line))
        finally:
            with suppress(ProcessLookupError):
                client.kill()
            await client.wait()

    def told(self, line: dict) -> None:
        if line.get("event") == "resync" or "disconnect" in line:
            self.diary.ends[line.get("disconnect", "resync")] += 1
        elif "event" in line and isinstance(line["args"][-1], str):
            seq = int(line["args"][-1].rpartition(":")[2])
            if line["event"] in TOLD_TWICE or not seq:
                return
            self.diary.write(seq, line["event"])


class Hook(Follower):
    """A webhook's receiver. It may be told twice, under the same name of the delivery."""

    def __init__(self, *given, kinds: frozenset[str], **named) -> None:
        super().__init__(*given, **named)
        self.diary.kinds, self.diary.is_slow = kinds, True
        self.known: set[str] = set()
        self.receiver = Receiver(self.take)

    async def listen(self) -> None:
        await asyncio.Event().wait()

    def take(self, call: Call) -> int:
        name = call.headers["Countertop-Delivery"]
        if name in self.known:
            self.diary.repeats += 1
        elif call.event["type"] == "resync":
            self.diary.ends["resync"] += 1
        else:
            self.known.add(name)
            self.diary.write(call.event["seq"], call.event["type"])
        return 204

    def register(self, port: int) -> None:
        """Ask the shop to post here."""
        answer = httpx.post(
            f"http://127.0.0.1:{port}/api/v1/shops/{self.address.shop}/webhooks",
            json={"url": self.receiver.url, "events": sorted(self.diary.kinds)},
            headers={"Authorization": f"Bearer {self.address.token}"},
            trust_env=False,
        )
        assert answer.status_code == 201, answer.text

    def close(self) -> None:
        self.receiver.stop()
