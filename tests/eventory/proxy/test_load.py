"""Large answers and slow ones: neither memory nor anybody else pays for them."""

import hashlib
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eventory.upstream import LIMIT
from tests import factories
from tests.eventory.conftest import ask, token_of
from tests.eventory.fake import large

pytestmark = pytest.mark.sqlite_only  # memory and time of the way, not of the database

MIB = 1024 * 1024


def memory(server, name: str = "VmRSS") -> int:
    """Bytes of the server's process; ``VmHWM`` is its peak."""
    status = Path(f"/proc/{server.process.popen.pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) * 1024


def grown(server, work) -> int:
    """By how much the process was larger at its peak than before the work."""
    pid = server.process.popen.pid
    before = memory(server)
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from here
    work()
    return memory(server, "VmHWM") - before


def wait_until(said) -> None:
    ends = time.monotonic() + 60
    while not said():
        assert time.monotonic() < ends
        time.sleep(0.005)


def settled(eventory, passing) -> None:
    """Return when Eventory is not asked for more, while the server goes on answering others."""
    seen = -1
    while seen != eventory.pushed or not seen:
        seen = eventory.pushed
        for _ in range(10):  # each is a turn of the server's loop and of the fake's
            assert passing("GET", "/eventory/items").status == 200


@pytest.mark.parametrize("how", ["", "&chunked=1"])
def test_50_mib_come_back_with_flat_memory(server, passing, how):
    passing("GET", "/eventory/large?size=100000")  # what is loaded once is loaded
    answers = []

    growth = grown(
        server,
        lambda: answers.append(passing("GET", f"/eventory/large?size={LIMIT}{how}", timeout=60)),
    )

    assert hashlib.sha256(answers[0].body).hexdigest() == large(LIMIT)
    assert growth < 20 * MIB


def test_10_mib_go_up_with_flat_memory(server, passing):
    passing("POST", "/eventory/items", body=b"x")
    body = b"x" * (10 * MIB)

    assert grown(server, lambda: passing("POST", "/eventory/items", body=body)) < 20 * MIB


def test_who_reads_slowly_is_waited_for(server, passing, eventory, token):
    """What they leave piles up neither here nor on the way: Eventory is not asked for more."""
    passing("GET", "/eventory/items")
    request = (
        f"GET /eventory/large?size={LIMIT} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"X-Backend-Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )

    def stall() -> None:
        with socket.socket() as line:
            # Left alone, the kernel takes in up to 32 MiB for who does not read; on the way to the
            # server it does so once already.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            line.connect(("127.0.0.1", server.port))
            line.sendall(request.encode())
            settled(eventory, passing)  # nobody reads
            assert 0 < eventory.pushed < LIMIT
            digest = hashlib.sha256()
            with line.makefile("rb") as answer:
                while answer.readline() != b"\r\n":
                    pass
                while piece := answer.read(MIB):
                    digest.update(piece)
        assert digest.hexdigest() == large(LIMIT)

    assert grown(server, stall) < 20 * MIB


def test_who_leaves_takes_the_request_upstream_with_them(server, passing, eventory, token):
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)  # as above
        line.connect(("127.0.0.1", server.port))
        line.sendall(
            f"GET /eventory/large?size={LIMIT} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-Backend-Authorization: Bearer {token}\r\n\r\n".encode()
        )
        assert line.recv(100)
    wait_until(lambda: eventory.dropped)

    assert eventory.pushed < LIMIT
    assert passing("GET", "/eventory/items").status == 200


def test_100_slow_answers_stop_nobody(server, eventory):
    """100 requests wait for Eventory; everybody else is answered meanwhile."""
    tokens = [token_of(factories.person(f"slow-{server.port}-{n}")) for n in range(4)]
    shown = [("X-Backend-Authorization", f"Bearer {token}") for token in tokens]

    def slow(n: int) -> int:
        return ask(server, "GET", "/eventory/gate", shown[n % 4], timeout=60).status

    with ThreadPoolExecutor(100) as crowd:
        try:
            waiting = [crowd.submit(slow, n) for n in range(100)]
            wait_until(lambda: eventory.waiting == 100)
            for path in ("/health", "/api/v1/auth/me", "/logins", "/eventory/items") * 2:
                ours = ("Authorization", shown[0][1])
                asks = shown[0] if path == "/eventory/items" else ours
                assert ask(server, "GET", path, asks).status == 200
            assert eventory.waiting == 100
        finally:
            eventory.open_gate()
        statuses = [one.result() for one in waiting]

    assert statuses == [200] * 100


def test_one_person_runs_so_many_at_once(server, eventory, token):
    shown = ("X-Backend-Authorization", f"Bearer {token}")

    def asked(path: str) -> tuple[int, str]:
        answer = ask(server, "GET", path, shown, timeout=60)
        return answer.status, answer.headers.get("retry-after", "")

    with ThreadPoolExecutor(100) as crowd:
        try:
            waiting = [crowd.submit(asked, "/eventory/gate") for _ in range(100)]
            wait_until(lambda: eventory.waiting == 100)
            over = [asked("/eventory/items") for _ in range(3)]
        finally:
            eventory.open_gate()
        statuses = {one.result()[0] for one in waiting}

    assert over == [(429, "1")] * 3
    assert statuses == {200}
    assert asked("/eventory/items")[0] == 200
