"""The deployment under attack: server processes on a database, and a shop that sells."""

import os
import random
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg

from bench.database import Durable
from config.serving import WORKER_CLASS
from tests.services import processes
from tests.services.plugin import forget_deployment
from tests.services.processes import Process

ROOT = Path(__file__).resolve().parents[2]
PLENTY, SCARCE = 1_000_000, 200


@dataclass
class Market:
    """What the clients need to know: a shop, its products, a cashier's token."""

    shop: str = ""
    products: list[str] = field(default_factory=list)
    token: str = ""


class House:
    """A server on its database. ``DATABASE_URL`` names it to this process too.

    ``mutant`` is a rule that its server shall break (``tests.faults.mutants``).
    """

    workers, threads = 2, 8

    def __init__(self, mutant: str = "") -> None:
        forget_deployment()
        self.mutant = mutant
        self.home = Path(tempfile.mkdtemp(prefix="faults-"))
        (self.home / "static").mkdir()
        self.port = processes.free_port()
        self.log = self.home / "server.log"
        for name in ("SECRET_KEY", "JWT_SECRET_KEY", "CREDENTIAL_KEYS"):
            os.environ[name] = secrets.token_urlsafe(48)
        os.environ |= {
            "VAR_DIR": str(self.home),
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.begin(),
        }
        os.environ.pop("REDIS_URL", None)

    def begin(self) -> str:
        """Bring the database; its URL."""
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def committed(self, note: str) -> bool:
        """Whether an order with this note can be seen by others."""
        raise NotImplementedError

    def deadlocks(self) -> int:
        return 0

    def serve(self) -> None:
        self.process = Process(self.command(), log=self.log, cwd=ROOT)
        self.wait()

    def wait(self) -> None:
        self.process.wait_until(self.healthy, seconds=60)

    def healthy(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/health"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def kill(self) -> int:
        """``kill -9`` all that serves; answers how many. The server is started again."""
        pids = [*children(self.process.popen.pid), self.process.popen.pid]
        for pid in pids:
            end(pid)
        self.process.popen.wait()
        self.serve()
        return len(pids)

    def close(self) -> None:
        self.process.stop()
        shutil.rmtree(self.home, ignore_errors=True)


class OnPostgres(House):
    """gunicorn's threads on a durable PostgreSQL, as in production."""

    def begin(self) -> str:
        self.postgres = Durable()
        return self.postgres.make("countertop")

    def command(self) -> list[str]:
        gunicorn = [sys.executable, "-m", "gunicorn", self.application("wsgi")]
        kind = ["--worker-class", WORKER_CLASS, "--workers", str(self.workers)]
        where = ["--bind", f"127.0.0.1:{self.port}", "--worker-tmp-dir", str(self.home)]
        threads = ["--threads", str(self.threads)]
        return [*gunicorn, *where, *kind, *threads, "--log-level", "critical"]

    def application(self, interface: str) -> str:
        """What a server is told to load."""
        if self.mutant:
            return f"tests.faults.mutants:{interface}_{self.mutant}"
        return f"config.{interface}:application"

    def kill(self) -> int:
        """``kill -9`` the workers; now and then the arbiter too."""
        if random.random() < 0.2:
            return super().kill()
        pids = children(self.process.popen.pid)
        for pid in pids:
            end(pid)
        return len(pids)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.postgres.url("countertop"), autocommit=True)

    def committed(self, note: str) -> bool:
        with self.connect() as line:
            asked = line.execute("SELECT 1 FROM pos_order WHERE note = %s", [note])
            return asked.fetchone() is not None

    def kill_waiting(self, lock: str) -> int:
        """``kill -9`` the server while its sales wait for rows that we hold; 0: none came."""
        with self.connect() as line, line.transaction():
            line.execute(lock)
            if not soon(lambda: waiting(line) > 0):
                return 0
            return self.kill()

    def terminate_backends(self) -> int:
        with self.connect() as line:
            asked = line.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = 'countertop' AND pid <> pg_backend_pid()"
            )
            return asked.fetchone()[0]

    def deadlocks(self) -> int:
        """How often the database had to choose a victim, by its log."""
        return self.postgres.process.output().count("deadlock detected")

    def crash_database(self) -> int:
        """Stop the database at once, as ``-m immediate`` does, and start it again."""
        self.postgres.process.stop(signal.SIGQUIT)
        self.postgres.process = self.postgres.start()
        self.postgres.process.wait_until(self.postgres.answers)
        return 1

    def close(self) -> None:
        super().close()
        self.postgres.stop()


class OnSqlite(House):
    """One process on a file, as ``make run`` serves."""

    def begin(self) -> str:
        self.file = self.home / "countertop.sqlite3"
        return f"sqlite:///{self.file}"

    def command(self) -> list[str]:
        return [sys.executable, "manage.py", "run", "--port", str(self.port)]

    def committed(self, note: str) -> bool:
        line = sqlite3.connect(self.file, timeout=20)
        try:
            asked = line.execute("SELECT 1 FROM pos_order WHERE note = ?", [note])
            return asked.fetchone() is not None
        finally:
            line.close()


def waiting(line: psycopg.Connection) -> int:
    """How many of the server's transactions wait for a lock."""
    asked = line.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    return asked.fetchone()[0]


def soon(happened, *, seconds: float = 2) -> bool:
    """Whether it happens within so many seconds."""
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.002)  # between two looks; the wait has an end
    return True


def children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def end(pid: int) -> None:
    with suppress(ProcessLookupError):  # it was being replaced just now
        os.kill(pid, signal.SIGKILL)


def furnish() -> Market:
    """Migrate, and fill a shop: eleven products with plenty, one that will sell out."""
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.utils import timezone

    from accounts import sessions, tokens
    from pos import catalog, stock
    from pos.stock import Step
    from tests import factories

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        owner = factories.person("olga")
        shop = factories.shop_of(owner)
        products = []
        for place in range(12):
            made = catalog.add(
                shop=shop, actor=owner, fields={"name": f"Dish {place}", "price": 100 + 37 * place}
            )
            step = Step("receive", pieces=PLENTY if place else SCARCE)
            stock.change(product_id=made.id, step=step, shop=shop, actor=owner)
            products.append(str(made.id))
        session = sessions.begin(user=owner)
        token = tokens.issue(
            session=session, role=owner.role, at=timezone.now(), lives=timedelta(hours=12)
        ).token
    connection.close()
    return Market(str(shop.pk), products, token)
