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
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(request.encode())
            time.sleep(0.7)  # nobody reads
            assert eventory.pushed < 25 * MIB
            digest = hashlib.sha256()
            with line.makefile("rb") as answer:
                while answer.readline() != b"\r\n":
                    pass
                while piece := answer.read(MIB):
                    digest.update(piece)
        assert digest.hexdigest() == large(LIMIT)

    assert grown(server, stall) < 20 * MIB


def test_who_leaves_takes_the_request_upstream_with_them(server, passing, eventory, token):
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(
            f"GET /eventory/large?size={LIMIT} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-Backend-Authorization: Bearer {token}\r\n\r\n".encode()
        )
        assert line.recv(100)
    ends = time.monotonic() + 10
    while len({eventory.pushed, *[time.sleep(0.1) or eventory.pushed for _ in range(3)]}) > 1:
        assert time.monotonic() < ends

    assert eventory.pushed < LIMIT
    assert passing("GET", "/eventory/items").status == 200


def test_100_slow_answers_stop_nobody(server, eventory):
    """100 requests wait for Eventory; everybody else is answered within a second."""
    tokens = [token_of(factories.person(f"slow-{server.port}-{n}")) for n in range(4)]

    def slow(n: int) -> int:
        shown = ("X-Backend-Authorization", f"Bearer {tokens[n % 4]}")
        return ask(server, "GET", "/eventory/slow?seconds=0.9", shown, timeout=30).status

    took = []
    with ThreadPoolExecutor(100) as crowd:
        waiting = [crowd.submit(slow, n) for n in range(100)]
        ends = time.monotonic() + 20
        while eventory.waiting < 50:
            assert time.monotonic() < ends
            time.sleep(0.005)
        others = ["/health", "/api/v1/auth/me", "/eventory/items", "/logins"]
        for path in others * 2:
            begun = time.monotonic()
            shown = [("Authorization", f"Bearer {tokens[0]}")]
            if path == "/eventory/items":
                shown = [("X-Backend-Authorization", f"Bearer {tokens[0]}")]
            assert ask(server, "GET", path, *shown).status == 200
            took.append(time.monotonic() - begun)
        statuses = [one.result() for one in waiting]

    assert max(took) < 1, took
    assert statuses == [200] * 100


def test_one_person_runs_so_many_at_once_and_asks_so_often(server, eventory, guest, token):
    shown = ("X-Backend-Authorization", f"Bearer {token}")

    def asked(path: str) -> tuple[int, str]:
        answer = ask(server, "GET", path, shown, timeout=30)
        return answer.status, answer.headers.get("retry-after", "")

    with ThreadPoolExecutor(110) as crowd:
        found = [*crowd.map(asked, ["/eventory/slow?seconds=0.9"] * 110)]

    assert {status for status, _ in found} == {200, 429}
    assert [status for status, _ in found].count(200) >= 100
    assert all(after == "1" for status, after in found if status == 429)
