"""The processes of production on one machine: HTTP, sockets and the worker, up and down together."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

__all__ = ["DRAIN_SECONDS", "WORKER_CLASS", "Family", "Member", "members"]

#: How long requests under way may take after the end was asked for.
DRAIN_SECONDS = 30
#: What a socket may send at once, in bytes, before the server cuts it off: twice what the consumers
#: take, so that who says a little too much is told by our own code.
LONGEST_FRAME = 128 * 1024
#: Threads of an HTTP process; each keeps a connection to the database.
THREADS = 8
#: What gunicorn answers with; ours waits as only Linux can.
WORKER_CLASS = "config.http.Threads" if sys.platform == "linux" else "gthread"
GLANCE = 0.2


@dataclass(frozen=True, slots=True)
class Member:
    """One program: what it is called, how it is started, and the port it answers on, if any."""

    name: str
    command: Sequence[str]
    port: int | None = None


def members(
    *, host: str, port: int, live_port: int, web_workers: int, live_workers: int
) -> list[Member]:
    """What production consists of.

    Every socket process has a port of its own, from ``live_port`` on: Socket.IO's polling must
    always reach the same one.
    """
    sockets = [
        Member(f"sockets on {number}", [*_uvicorn(), "--host", host, "--port", str(number)], number)
        for number in range(live_port, live_port + live_workers)
    ]
    return [
        Member(f"HTTP on {port}", [*_gunicorn(web_workers), "--bind", f"{host}:{port}"], port),
        *sockets,
        Member("worker", [sys.executable, "manage.py", "worker"]),
    ]


def _gunicorn(workers: int) -> list[str]:
    memory = "/dev/shm"  # noqa: S108  where gunicorn's heartbeat never waits for a disk
    kept = ["--worker-tmp-dir", memory] if os.access(memory, os.W_OK) else []
    return [
        *[sys.executable, "-m", "gunicorn", "config.wsgi:application", "--log-level", "warning"],
        *["--worker-class", WORKER_CLASS, "--workers", str(workers), "--threads", str(THREADS)],
        *["--keep-alive", "75", "--graceful-timeout", str(DRAIN_SECONDS), *kept],
    ]


def _uvicorn() -> list[str]:
    return [
        *[sys.executable, "-m", "uvicorn", "config.asgi:application", "--log-level", "warning"],
        # Addresses are read by us: uvicorn would believe the leftmost, which anybody can write.
        *["--no-access-log", "--no-proxy-headers", "--no-server-header"],
        # Deflating the same frame for every screen costs more than the line it saves.
        *["--ws-per-message-deflate", "false", "--ws-max-size", str(LONGEST_FRAME)],
        *["--timeout-graceful-shutdown", "5"],
    ]


class Family:
    """Runs its members until one of them ends or somebody asks for the end."""

    def __init__(
        self, members: Sequence[Member], *, environment: Mapping[str, str], cwd: Path
    ) -> None:
        self.members = members
        self.environment = dict(environment)
        self.cwd = cwd
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.asked = Event()

    def start(self) -> None:
        """Start them all. Each leads a session of its own: Ctrl-C asks us, and we ask them."""
        for member in self.members:
            self.running[member.name] = subprocess.Popen(  # noqa: S603  our own commands
                member.command, env=self.environment, cwd=self.cwd, start_new_session=True
            )

    def ask_to_end(self) -> None:
        """Let ``watch`` return."""
        self.asked.set()

    def ended(self) -> list[str]:
        """Those that run no more, with the code they ended with."""
        return [
            f"{name} (code {process.returncode})"
            for name, process in self.running.items()
            if process.poll() is not None
        ]

    def are_up(self) -> bool:
        """Whether everybody who has a port answers there."""
        return all(_answers(member.port) for member in self.members if member.port)

    def watch(self, *, until_up: bool = False) -> list[str]:
        """Wait until somebody asks for the end or one has ended; answers who has.

        With ``until_up`` also until everybody answers.
        """
        while not (self.asked.is_set() or self.ended()):
            if until_up and self.are_up():
                break
            self.asked.wait(GLANCE)
        return self.ended()

    def stop(self) -> None:
        """Ask everybody to finish what they do and end; who takes too long is ended."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_SECONDS + 5
        for process in self.running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True  # a name that is not ours, a redirect to https: it is there
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
