"""The servers that are measured: ours and a peer, each as it would run in production."""

import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import jwt

from bench.database import Durable
from config.serving import WORKER_CLASS
from tests.services import processes
from tests.services.processes import Process
from tests.services.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "bench"
WORKERS = 2
SHOPS, CASHIERS = 20, 5
TYPES = ("dine_in", "takeaway", "delivery")


@dataclass(frozen=True, slots=True)
class Sale:
    """One order, said without ids: the shop's and the products' numbers, and pieces of each."""

    shop: int
    lines: tuple[tuple[int, int], ...]
    order_type: str = "takeaway"

    @classmethod
    def drawn(cls) -> "Sale":
        """Three different products of any shop, one to three pieces each."""
        thirds = ((1, 66), (67, 133), (134, 200))
        lines = tuple((random.randint(*third), random.randint(1, 3)) for third in thirds)
        return cls(random.randint(1, SHOPS), lines, random.choice(TYPES))


class Stack:
    """A server with its database. ``request`` says how it is asked for a sale."""

    name: ClassVar[str]
    checks: ClassVar[Path]
    request: Callable[["Stack", Sale], tuple[str, str, dict[str, object]]]

    def __init__(self, postgres: Durable) -> None:
        self.postgres = postgres
        self.database = f"bench_{self.name.lower()}"
        self.url = postgres.make(self.database)
        self.port = processes.free_port()
        self.home = Path(tempfile.mkdtemp(prefix="bench-"))
        self.acknowledged = 0
        self.prepare()
        postgres.run(self.database, "VACUUM ANALYZE")
        self.process = Process(
            self.command(),
            log=self.home / "log",
            environment=os.environ | self.environment(),
            cwd=ROOT,
        )
        self.process.wait_until(self.healthy, seconds=60)

    def prepare(self) -> None:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        raise NotImplementedError

    def headers(self) -> dict[str, str]:
        return {}

    @property
    def pids(self) -> list[int]:
        """All whose work is counted: the server, its database."""
        return [self.process.popen.pid, self.postgres.pid]

    def healthy(self) -> bool:
        url = f"http://127.0.0.1:{self.port}/health"
        asked = urllib.request.Request(url, headers=self.headers())
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def place(self, sale: Sale) -> dict[str, object]:
        """Place one sale and answer the order, as JSON says it."""
        path, token, body = self.request(sale)
        text = json.dumps(body).replace("{id}", str(uuid.uuid4()))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", text.encode(), headers | self.headers()
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                self.acknowledged += 1
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise SystemExit(f"{self.name} refuses a sale: {refusal.read().decode()}") from None

    def orders(self, count: int) -> Path:
        """A file of raw requests for the load, one a line."""
        file = self.home / "orders.jsonl"
        file.write_text("".join(f"{json.dumps(self.raw(Sale.drawn()))}\n" for _ in range(count)))
        return file

    def raw(self, sale: Sale) -> str:
        path, token, body = self.request(sale)
        text = json.dumps(body, separators=(",", ":"))
        length = len(text) - len("{id}") * text.count("{id}") + 36 * text.count("{id}")
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Content-Length": str(length),
        } | self.headers()
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n{text}"

    def wrong(self) -> list[str]:
        """What the database says was lost or miscounted."""
        return self.postgres.check(self.database, self.checks, acknowledged=self.acknowledged)

    def stop(self) -> None:
        self.process.stop()


class Ours(Stack):
    """This project as in production: gunicorn's threads, PostgreSQL, Redis."""

    name = "ours"
    checks = HERE / "check.sql"

    def begin(self) -> None:
        self.valkey = Valkey()
        self.secrets = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "CREDENTIAL_KEYS": secrets.token_urlsafe(48),
        }

    def prepare(self) -> None:
        self.begin()
        done = subprocess.run(
            [sys.executable, "-m", "bench.fill"],
            env=os.environ | self.environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"Our database could not be filled:\n{done.stderr}")
        self.shops = json.loads(done.stdout)

    def command(self) -> list[str]:
        gunicorn = [sys.executable, "-m", "gunicorn", "config.wsgi:application"]
        bind = ["--bind", f"127.0.0.1:{self.port}", "--worker-tmp-dir", "/dev/shm"]
        kind = ["--worker-class", WORKER_CLASS, "--workers", str(WORKERS), "--threads", "8"]
        return [*gunicorn, *bind, *kind, "--keep-alive", "75"]

    def environment(self) -> dict[str, str]:
        return self.secrets | {
            "ENVIRONMENT": "production",
            "DATABASE_URL": self.url,
            "REDIS_URL": self.valkey.url(),
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "https://127.0.0.1",
            "TRUSTED_PROXY_COUNT": "1",
            "VAR_DIR": str(self.home),
            "LOG_LEVEL": "WARNING",  # both are spared their access logs
        }

    @property
    def pids(self) -> list[int]:
        return [*super().pids, self.valkey.process.popen.pid]

    def headers(self) -> dict[str, str]:
        """What the proxy in front adds."""
        return {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}

    def request(self, sale: Sale) -> tuple[str, str, dict[str, object]]:
        shop = self.shops[sale.shop - 1]
        items = [{"product_id": shop["products"][n - 1], "quantity": q} for n, q in sale.lines]
        body = {"client_id": "{id}", "order_type": sale.order_type, "payment_method": "cash"}
        path = f"/api/v1/shops/{shop['id']}/orders"
        return path, random.choice(shop["tokens"]), body | {"items": items}

    def stop(self) -> None:
        super().stop()
        self.valkey.stop()


class FastAPI(Stack):
    """FastAPI and SQLAlchemy under uvicorn, spared its access log."""

    name = "F"
    checks = HERE / "peers" / "check.sql"

    def prepare(self) -> None:
        self.secret = secrets.token_urlsafe(48)
        self.postgres.run(self.database, (HERE / "peers" / "schema.sql").read_text())

    def command(self) -> list[str]:
        uvicorn = [sys.executable, "-m", "uvicorn", "bench.peers.fastapi.main:app"]
        return [*uvicorn, "--port", str(self.port), "--workers", str(WORKERS), "--no-access-log"]

    def environment(self) -> dict[str, str]:
        url = self.url.replace("postgresql://", "postgresql+asyncpg://")
        return {"PEER_DB": url, "PEER_SECRET": self.secret}

    def request(self, sale: Sale) -> tuple[str, str, dict[str, object]]:
        user = sale.shop + SHOPS * random.randrange(CASHIERS)
        lines = [{"product_id": (sale.shop - 1) * 500 + n, "quantity": q} for n, q in sale.lines]
        body = {"client_id": "{id}", "order_type": sale.order_type, "payment_method": "cash"}
        return "/orders", self.token(user), body | {"lines": lines}

    def token(self, user: int) -> str:
        claims = {"user_id": str(user), "tv": 1, "exp": datetime.now(UTC) + timedelta(hours=1)}
        return jwt.encode(claims, self.secret, algorithm="HS256")
