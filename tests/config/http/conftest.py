"""gunicorn with our threads and with its own, and clients that count bytes."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.services import processes
from tests.services.processes import Process
from tests.services.servers import ROOT

SECONDS = 60
OURS = "config.http.Threads"
DATE = re.compile(rb"Date: [^\r]*")


class Gunicorn:
    """A gunicorn that serves ``echo``."""

    def __init__(self, home, kind: str, *options: str) -> None:
        self.port, self.access = processes.free_port(), home / "access"
        self.process = Process(
            [
                *[sys.executable, "-m", "gunicorn", "tests.config.http.echo:application"],
                *["--bind", f"127.0.0.1:{self.port}", "--worker-class", kind],
                *["--threads", "2", "--keep-alive", "60", "--worker-tmp-dir", str(home), *options],
            ],
            log=home / "log",
            environment=os.environ,
            cwd=ROOT,
        )
        self.process.wait_until(lambda: "Booting worker" in self.process.output())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def said(self, *pieces: bytes) -> bytes:
        """All that is answered to these pieces, after which nothing more is sent; without dates."""
        with self.connect() as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(ConnectionError):  # it has heard enough
                for piece in pieces:
                    line.sendall(piece)
                line.shutdown(socket.SHUT_WR)
            return DATE.sub(b"Date: now", rest(line))


def rest(line: socket.socket) -> bytes:
    """All that comes until the line ends."""
    said = b""
    with suppress(ConnectionError):
        while piece := line.recv(65_536):
            said += piece
    return said


def answer(line: socket.socket) -> bytes:
    """One answer that says its length, with its head."""
    said = b""
    while b"\r\n\r\n" not in said:
        piece = line.recv(65_536)
        assert piece, said
        said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    length = int(re.search(rb"\r\nContent-Length: (\d+)", head)[1])
    while len(body) < length:
        piece = line.recv(65_536)
        assert piece, said
        body += piece
    return head + b"\r\n\r\n" + body


@pytest.fixture
def start(tmp_path) -> Iterator:
    started = []

    def gunicorn(*options: str) -> Gunicorn:
        started.append(Gunicorn(tmp_path, OURS, *options))
        return started[-1]

    yield gunicorn
    for one in started:
        one.process.stop()


def lasting(factory, kind: str, *options: str) -> Iterator[Gunicorn]:
    one = Gunicorn(factory.mktemp("gunicorn"), kind, *options)
    yield one
    one.process.stop()


@pytest.fixture(scope="package")
def ours(tmp_path_factory) -> Iterator[Gunicorn]:
    yield from lasting(tmp_path_factory, OURS)


@pytest.fixture(scope="package")
def logged(tmp_path_factory) -> Iterator[Gunicorn]:
    """Ours with an access log, for which gunicorn's own parser reads every request."""
    home = tmp_path_factory.mktemp("logged")
    one = Gunicorn(home, OURS, "--access-logfile", str(home / "access"))
    yield one
    one.process.stop()


@pytest.fixture(scope="package")
def theirs(tmp_path_factory) -> Iterator[Gunicorn]:
    yield from lasting(tmp_path_factory, "gthread")
