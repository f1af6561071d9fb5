"""Servers that the tests start: they die with the tests, however those end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from pwd import struct_passwd

LEASH = [sys.executable, "-E", "-S", Path(__file__).with_name("leashed.py")]


class Unavailable(Exception):
    """This machine cannot bring what a group of tests needs; the text says why."""


class Process:
    """A running program whose output goes to a file."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: struct_passwd | None = None,
    ) -> None:
        self.command, self.log = command, log
        runs_as = f"{user.pw_uid}:{user.pw_gid}" if user else "-"
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [*LEASH, str(os.getpid()), runs_as, *command],
                env=environment,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 90) -> None:
        """Wait until ``ready()``; raises ``Unavailable`` with the log if it ends or never is."""
        end = time.monotonic() + seconds
        while not ready():
            if not self.running or time.monotonic() > end:
                self.stop()
                raise Unavailable(self.output() or f"{self.command[0]} said nothing.")
            time.sleep(0.02)

    def stop(self, sign: signal.Signals = signal.SIGTERM, *, seconds: float = 10) -> None:
        """End it and wait for its end; one that does not listen is killed."""
        if self.running:
            self.popen.send_signal(sign)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def output(self) -> str:
        return self.log.read_text(errors="replace")


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def root() -> bool:
    return os.geteuid() == 0
