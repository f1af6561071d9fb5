"""Prove `make run` in a fresh clone and an empty environment.

The first start serves within three minutes, a cashier signs in and places one sale;
the second start serves within ten seconds and still knows the sale.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST_SECONDS, SECOND_SECONDS = 180, 10
# What tells package tools where to fetch from; everything else stays out.
PASSED_ON = ("PIP_", "UV_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="countertop-") as folder:
        clone = Path(folder) / "countertop"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        with served(clone, within=FIRST_SECONDS) as url:
            demo = json.loads((clone / "var/demo.json").read_text())
            order = sell(url, demo)
        with served(clone, within=SECOND_SECONDS) as url:
            again = Api(url, demo).get(f"shops/{demo['shop']['id']}/orders/{order['id']}")
            expect(again["order_number"] == order["order_number"], "the second start lost the sale")


@contextmanager
def served(clone: Path, *, within: int) -> Iterator[str]:
    """`make run` on a free port until the block ends; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: os.environ[name] for name in os.environ if name.startswith(PASSED_ON)}
    environment |= {"PATH": os.environ["PATH"], "HOME": str(clone.parent)}
    began = time.monotonic()
    server = subprocess.Popen(
        ["make", "run", f"PORT={port}"], cwd=clone, env=environment, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not healthy(url):
            expect(server.poll() is None, "make run ended")
            expect(time.monotonic() - began < within, f"make run took more than {within} s")
            time.sleep(0.1)
        print(f"make run served after {time.monotonic() - began:.1f} s", flush=True)
        yield url
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return json.load(answer)["status"] == "healthy"
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def sell(url: str, demo: dict) -> dict:
    """One sale over HTTP, said twice: the same bytes, one order."""
    api = Api(url, demo)
    shop, dish = demo["shop"]["id"], demo["products"][0]
    wish = {"items": [{"product_id": dish["id"], "quantity": 2}], "payment_method": "cash"}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = api.post(f"shops/{shop}/orders", wish, key)
    second = api.post(f"shops/{shop}/orders", wish, key)
    expect(first.status == 201, f"the sale was answered {first.status}")
    expect(second.body == first.body, "the repeated sale was answered with other bytes")
    expect(second.headers["Idempotent-Replay"] == "true", "the repeat was not called one")
    order = json.loads(first.body)
    expect(order["state"] == "paid", f"the order is {order['state']}")
    expect(len(api.get(f"shops/{shop}/orders?q={order['order_number']}")) == 1, "not one order")
    print(f"sold {order['order_number']} for {order['total']}", flush=True)
    return order


class Answer:
    def __init__(self, answer) -> None:
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()


class Api:
    """The API as the demo's cashier."""

    def __init__(self, url: str, demo: dict) -> None:
        self.url, self.token = f"{url}/api/v1", None
        person = demo["sign_ins"]["cashier"]
        said = {"username": person["username"], "password": person["password"]}
        self.token = json.loads(self.post("auth/login", said).body)["access_token"]

    def get(self, path: str):
        return json.loads(self.ask("GET", path).body)

    def post(self, path: str, body: dict, headers: dict | None = None) -> Answer:
        return self.ask("POST", path, json.dumps(body).encode(), headers)

    def ask(self, method: str, path: str, body=None, headers: dict | None = None) -> Answer:
        headers = {"Content-Type": "application/json"} | (headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(
            f"{self.url}/{path}", data=body, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer)
        except urllib.error.HTTPError as refusal:
            sys.exit(f"{method} {path} was refused: {refusal.code} {refusal.read().decode()}")


def expect(true: bool, otherwise: str) -> None:
    if not true:
        sys.exit(f"FAILED: {otherwise}")


if __name__ == "__main__":
    main()
