"""Tills that never give up: each wish has a key, and is sent until it is answered for good."""

import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.house import Market

#: How long a wish may go unanswered before the house counts as gone.
PATIENCE = 60
TILLS = 8


@dataclass
class Wish:
    """One request, and every final answer it got: the first decides, all must be its bytes."""

    key: str
    path: str
    body: dict
    kind: str
    by_header: bool = True
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def status(self) -> int:
        return self.answers[0][0] if self.answers else 0

    @property
    def order(self) -> dict:
        return json.loads(self.answers[0][1])


class Journal:
    """What was wished and answered, kept outside the server, on disk too."""

    def __init__(self, file: Path) -> None:
        self.lock = threading.Lock()
        self.file = file.open("w")
        self.wishes: list[Wish] = []
        self.sent: Counter[str] = Counter()
        self.trouble: Counter[str] = Counter()
        self.took: list[float] = []  # seconds, of each request that was answered for good

    def intend(self, wish: Wish) -> Wish:
        with self.lock:
            self.wishes.append(wish)
            self.file.write(json.dumps({"key": wish.key, "kind": wish.kind, "body": wish.body}))
            self.file.write("\n")
        return wish

    def answer(self, wish: Wish, status: int, body: bytes) -> None:
        with self.lock:
            wish.answers.append((status, body))
            self.file.write(json.dumps({"key": wish.key, "status": status}) + "\n")

    def count(self, what: str) -> None:
        with self.lock:
            self.sent[what] += 1

    def stumble(self, what: str) -> None:
        with self.lock:
            self.trouble[what] += 1


class Till:
    """Sends wishes to the house at ``port``; every choice comes from its own dice."""

    def __init__(
        self,
        port: int,
        market: Market,
        journal: Journal,
        seed: str,
        *,
        twins: float = 0.03,
        pause: float = 0,
    ) -> None:
        self.port, self.market, self.journal = port, market, journal
        self.twins, self.pause = twins, pause
        self.seed, self.dice, self.made = seed, random.Random(seed), 0
        self.open: list[dict] = []

    def work(self, over: threading.Event) -> None:
        while not over.is_set():
            wish = self.journal.intend(self.draw())
            if wish.kind == "sale" and self.dice.random() < self.twins:
                self.journal.count("twins")
                with ThreadPoolExecutor(8) as twins:
                    list(twins.map(self.settle, [wish] * 8))
            else:
                self.settle(wish, cut=self.dice.random() < 0.06)
            if self.dice.random() < 0.1:
                self.journal.count("duplicates")
                self.settle(wish)
            if wish.kind == "sale" and wish.status == 201 and wish.order["state"] == "open":
                self.open.append(wish.order)
            over.wait(self.pause)

    def draw(self) -> Wish:
        """A sale; or what becomes of one that was left open."""
        self.made += 1
        key = f"{self.seed}-{self.made}"
        orders = f"/api/v1/shops/{self.market.shop}/orders"
        if self.open and self.dice.random() < 0.5:
            order = self.open.pop(0)
            path = f"{orders}/{order['id']}"
            if self.dice.random() < 0.4:
                return Wish(key, f"{path}/void", {"reason": "left"}, "void")
            body = {"method": "cash", "amount": order["due"]}
            return Wish(key, f"{path}/payments", body, "payment")
        return sale(key, orders, self.market, self.dice)

    def settle(self, wish: Wish, *, cut: bool = False) -> None:
        """Send it until there is a final answer. ``cut``: let the first answer go unread."""
        if cut:
            self.journal.count("cut off")
            with self.unread(wish):
                time.sleep(self.dice.uniform(0, 0.02))  # so that some hang up before the answer
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            sent = time.monotonic()
            try:
                status, body, code = self.send(wish)
            except (OSError, http.client.HTTPException) as trouble:
                self.journal.stumble(type(trouble).__name__)
                time.sleep(0.05)  # as a till does; the house is down
                continue
            if status < 500 and code != "idempotency_in_progress":
                self.journal.took.append(time.monotonic() - sent)
                self.journal.answer(wish, status, body)
                return
            self.journal.stumble(f"{status} {code}")
            time.sleep(0.05)  # the pause between two tries of a till, within its patience
        self.journal.stumble("never answered")

    def request(self, wish: Wish) -> tuple[bytes, dict[str, str]]:
        headers = {
            "Authorization": f"Bearer {self.market.token}",
            "Content-Type": "application/json",
        }
        if wish.by_header:
            return json.dumps(wish.body).encode(), headers | {"Idempotency-Key": wish.key}
        return json.dumps(wish.body | {"client_id": wish.key}).encode(), headers

    def send(self, wish: Wish) -> tuple[int, bytes, str]:
        body, headers = self.request(wish)
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request("POST", wish.path, body, headers)
            answer = line.getresponse()
            said = answer.read()
        finally:
            line.close()
        code = json.loads(said).get("code", "") if answer.status >= 400 else ""
        return answer.status, said, code

    @contextmanager
    def unread(self, wish: Wish) -> Iterator[None]:
        """Send it, and hang up in the end: what became of it, nobody was told."""
        body, headers = self.request(wish)
        lines = {**headers, "Host": "127.0.0.1", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.socket() as line:
            with suppress(OSError):  # the house is down: then nobody heard of it
                line.connect(("127.0.0.1", self.port))
                line.sendall(f"POST {wish.path} HTTP/1.1\r\n{head}\r\n".encode() + body)
            yield


def sale(key: str, path: str, market: Market, dice: random.Random) -> Wish:
    """One to four products in any order; most are paid at once, some by cash later."""
    items = [
        {"product_id": each, "quantity": dice.randint(1, 3)}
        for each in dice.sample(market.products, dice.randint(1, 4))
    ]
    body = {"items": items, "note": key}
    if dice.random() < 0.6:
        body["payment_method"] = "cash"
    return Wish(key, path, body, "sale", by_header=dice.random() < 0.5)
