"""The deployment that is followed: sales, sockets and the worker are processes of their own."""

import os
import random
import signal
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

from tests.faults.house import ROOT, OnPostgres
from tests.services import processes
from tests.services.processes import Process
from tests.services.valkey import Valkey

SOCKET_PROCESSES = 2


class Street(OnPostgres):
    """One HTTP process, two for sockets, a worker, PostgreSQL and Redis."""

    workers = 1

    def __init__(self, mutant: str = "") -> None:
        self.valkey = Valkey()
        super().__init__(mutant)
        os.environ["REDIS_URL"] = self.valkey.url()
        os.environ["WEBHOOKS_ALLOW_PRIVATE"] = "true"
        self.ports = [processes.free_port() for _ in range(SOCKET_PROCESSES)]

    def serve(self) -> None:
        self.process = Process(self.command(), log=self.log, cwd=ROOT)
        self.sockets = [self.open(port) for port in self.ports]
        broken = ["-m", "tests.faults.mutants", self.mutant]
        worker = [sys.executable, *(broken if self.mutant else ["manage.py", "worker"])]
        self.worker = Process(worker, log=self.home / "worker.log", cwd=ROOT)
        self.wait()
        for port, process in zip(self.ports, self.sockets, strict=True):
            process.wait_until(lambda port=port: healthy(port), seconds=60)

    def open(self, port: int) -> Process:
        """Start a socket process, as ``make serve`` does."""
        where = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
        command = [sys.executable, "-m", "uvicorn", *where, self.application("asgi")]
        return Process(command, log=self.home / f"sockets-{port}.log", cwd=ROOT)

    def kill_sockets(self, dice: random.Random) -> bool:
        """``kill -9`` one of the socket processes, and start it again."""
        place = dice.randrange(len(self.ports))
        self.sockets[place].stop(signal.SIGKILL)
        time.sleep(dice.uniform(0, 1))  # how long it is away
        self.sockets[place] = self.open(self.ports[place])
        self.sockets[place].wait_until(lambda: healthy(self.ports[place]), seconds=60)
        return True

    def kill_redis(self, seconds: float) -> bool:
        """Redis goes away without a word and comes back empty."""
        self.valkey.kill()
        time.sleep(seconds)
        self.valkey.start()
        return True

    def hang_redis(self, seconds: float) -> bool:
        """Redis accepts, and never answers."""
        self.valkey.process.popen.send_signal(signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            self.valkey.process.popen.send_signal(signal.SIGCONT)
        return True

    def flush_redis(self) -> bool:
        """Redis forgets all it knew."""
        import redis

        with redis.Redis.from_url(self.valkey.url()) as line:
            return bool(line.flushall())

    def outbox(self, shop: str) -> dict[int, tuple[str, float]]:
        """Every event of the shop: its kind and when it was made, by ``seq``."""
        with self.connect() as line:
            rows = line.execute(
                "SELECT seq, kind, extract(epoch FROM at) FROM live_event WHERE shop_id = %s",
                [shop],
            )
            return {seq: (kind, float(at)) for seq, kind, at in rows}

    def newest(self, shop: str, kinds: frozenset[str] = frozenset()) -> int:
        """The last event, or the last of these kinds."""
        asked = (
            "SELECT coalesce(max(seq), 0) FROM live_event "
            "WHERE shop_id = %s AND (%s::text[] = '{}' OR kind = any(%s))"
        )
        with self.connect() as line:
            return line.execute(asked, [shop, [*kinds], [*kinds]]).fetchone()[0]

    def logs(self) -> str:
        """The end of what every process said."""
        files = sorted(self.home.glob("*.log"))
        said = [(file.name, file.read_text(errors="replace")[-1500:]) for file in files]
        return "\n".join(f"--- {name}\n{text}" for name, text in said if text)

    def close(self) -> None:
        for process in (*getattr(self, "sockets", ()), getattr(self, "worker", None)):
            if process is not None:
                process.stop(signal.SIGKILL)
        if hasattr(self, "process"):
            super().close()
        else:
            self.postgres.stop()
        self.valkey.stop()


def healthy(port: int) -> bool:
    with suppress(OSError, urllib.error.URLError):
        url = f"http://127.0.0.1:{port}/health"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    return False
