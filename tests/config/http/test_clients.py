"""Clients that dawdle, leave, come in crowds, and are there when the server is told to end."""

import itertools
import os
import re
import resource
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest

from tests.config.http.conftest import Gunicorn, answer, rest
from tests.services import processes

GET = b"GET / HTTP/1.1\r\nHost: us\r\n\r\n"
REFUSED = "No connection can be accepted"
SECONDS = 60


def wait_until(ready) -> None:
    end = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


def ended(server: Gunicorn) -> int:
    """How many answers of pieces were closed."""
    with server.connect() as line:
        line.sendall(GET.replace(b"/ ", b"/ended "))
        return int(answer(line).partition(b"\r\n\r\n")[2])


def worker_of(server: Gunicorn) -> int:
    with server.connect() as line:
        line.sendall(GET.replace(b"/ ", b"/pid "))
        return int(answer(line).partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET / HTTP/1.1\r\nHost:",
        b"POST / HTTP/1.1\r\nHost: us\r\nContent-Length: 9\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: us\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    ],
)
def test_who_sends_slowly_holds_no_thread(ours, beginning):
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(ours.connect()).sendall(beginning)
        line = stack.enter_context(ours.connect())
        line.sendall(GET)

        assert answer(line).startswith(b"HTTP/1.1 200 OK")


def test_many_at_once_get_their_own_answers(ours):
    def talk(client: int) -> None:
        with ours.connect() as line:
            for n in range(20):
                body = b"%d of %d" % (n, client) * 50
                head = f"POST /{client}/{n} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
                line.sendall(head.encode() + body[: n * 3])
                line.sendall(body[n * 3 :])
                said = answer(line)
                assert b'"PATH_INFO": "/%d/%d"' % (client, n) in said
                assert body in said

    with ThreadPoolExecutor(50) as clients:
        assert len(list(clients.map(talk, range(50)))) == 50


def test_an_answer_for_which_nobody_waits_is_closed(ours):
    before = ended(ours)
    with ours.connect() as line:
        line.sendall(GET.replace(b"/ ", b"/endless "))
        assert line.recv(100)

    wait_until(lambda: ended(ours) == before + 1)


def test_a_client_that_reads_late_gets_all(ours):
    with ours.connect() as line:
        line.sendall(GET.replace(b"/ ", b"/large ") + GET)
        head = b""
        while b"\r\n\r\n" not in head:
            piece = line.recv(1000)
            assert piece, head
            head += piece
        left = 50_000_000 - len(head.partition(b"\r\n\r\n")[2])
        while left:
            piece = line.recv(min(left, 1_000_000))
            assert piece, left
            left -= len(piece)

        assert answer(line).startswith(b"HTTP/1.1 200 OK")


def test_what_fails_before_it_began_is_told(ours):
    said = ours.said(GET.replace(b"/ ", b"/fails ") + GET)

    assert said.startswith(b"HTTP/1.1 500 Internal Server Error\r\nConnection: close")
    assert said.count(b"HTTP/1.1") == 1
    assert "before anything was said" in ours.process.output()


@pytest.mark.parametrize("path", [b"/breaks ", b"/short "])
def test_what_ends_too_early_is_cut_off(ours, path):
    said = ours.said(GET.replace(b"/ ", path) + GET)

    assert said.endswith((b"begun", b"less than was said"))
    assert said.count(b"HTTP/1.1") == 1


def test_who_neither_gets_on_nor_reads_is_left(start):
    server = start("--keep-alive", "1", "--timeout", "6")
    began, over = time.monotonic(), Event()

    def slowly(line) -> bytes:
        """Send a body that takes longer than a head may, but gets on."""
        line.sendall(b"POST / HTTP/1.1\r\nContent-Length: 900000\r\n\r\n")
        sent = 0
        while not over.wait(0.1):
            sent += line.send(b"x" * 3000)
        line.sendall(b"x" * (900_000 - sent))
        return answer(line)

    with ExitStack() as stack, ThreadPoolExecutor(1) as beside:
        new, kept, begun, half, deaf, slow = (
            stack.enter_context(server.connect()) for _ in range(6)
        )
        steady = beside.submit(slowly, slow)
        stack.callback(over.set)
        kept.sendall(GET)
        answer(kept)
        begun.sendall(b"GET / HTTP/1.1\r\n")
        half.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
        deaf.sendall(GET.replace(b"/ ", b"/endless "))

        assert rest(new) == rest(kept) == b""
        idle = time.monotonic() - began
        assert rest(begun) == rest(half) == b""
        dawdled = time.monotonic() - began
        wait_until(lambda: ended(server) == 1)
        over.set()
        assert steady.result(SECONDS).startswith(b"HTTP/1.1 200 OK")
    assert idle >= 1
    assert dawdled >= 6


def test_no_more_are_taken_than_allowed(start):
    server = start("--worker-connections", "2")
    with server.connect() as first, server.connect() as second, server.connect() as third:
        first.sendall(GET)
        answer(first)
        third.sendall(GET)
        second.sendall(GET)
        said = answer(second)
        assert b"Connection: close" in said
        second.close()

        assert answer(third).startswith(b"HTTP/1.1 200 OK")


def test_told_to_end_it_finishes_what_runs(start, tmp_path):
    server = start("--graceful-timeout", "60")
    go = tmp_path / "go"
    with server.connect() as busy, server.connect() as idle, server.connect() as half:
        idle.sendall(GET)
        answer(idle)
        half.sendall(GET[:20])
        busy.sendall(GET.replace(b"/ ", b"/waits?%b " % str(go).encode()))
        wait_until(go.with_suffix(".begun").exists)

        server.process.popen.send_signal(signal.SIGTERM)
        wait_until(lambda: not processes.listening(server.port))
        half.sendall(GET[20:])
        assert b"Connection: close" in answer(half)
        go.touch()
        assert answer(busy).endswith(b"waited")
        assert rest(idle) == rest(busy) == b""
    assert server.process.popen.wait(SECONDS) == 0


@pytest.mark.parametrize(
    ("patience", "told"), [("60", signal.SIGQUIT), ("1", signal.SIGTERM)], ids=["quit", "slow"]
)
def test_who_takes_too_long_is_not_waited_for(start, tmp_path, patience, told):
    server = start("--graceful-timeout", patience)
    go = tmp_path / "go"
    with server.connect() as busy:
        busy.sendall(GET.replace(b"/ ", b"/waits?%b " % str(go).encode()))
        wait_until(go.with_suffix(".begun").exists)
        server.process.popen.send_signal(told)

        assert rest(busy) == b""
    assert server.process.popen.wait(SECONDS) == 0


def test_reloading_changes_the_worker_and_loses_nothing(start):
    server = start("--workers", "1")
    before = worker_of(server)
    server.process.popen.send_signal(signal.SIGHUP)

    wait_until(lambda: worker_of(server) != before)


def test_after_its_share_a_worker_makes_room(start):
    server = start("--max-requests", "5")
    workers = [worker_of(server) for _ in range(12)]

    assert len(set(workers)) > 1
    assert max(map(workers.count, workers)) <= 6  # it lets one more in before it looks


def test_without_room_for_another_it_lets_nobody_in_for_a_while(start):
    server = start()
    with server.connect() as first, ExitStack() as later:
        first.sendall(GET.replace(b"/ ", b"/pid "))
        worker = int(answer(first).rpartition(b"\r\n")[2])
        used = {int(number) for number in os.listdir(f"/proc/{worker}/fd")}
        free = next(number for number in itertools.count() if number not in used)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (free, free))
        second = later.enter_context(server.connect())
        second.sendall(GET)
        wait_until(lambda: REFUSED in server.process.output())
        first.close()

        assert answer(second)
    assert server.process.output().count(REFUSED) < 10, "it does not try all the time"


def test_a_worker_without_its_arbiter_ends(start):
    server = start()
    worker = worker_of(server)
    os.kill(server.process.popen.pid, signal.SIGKILL)

    wait_until(lambda: not processes.listening(server.port))
    wait_until(lambda: not os.path.exists(f"/proc/{worker}"))


@pytest.mark.parametrize("options", [["--protocol", "uwsgi"], ["--proxy-protocol", "v1"]])
def test_what_it_cannot_do_it_does_not_begin(tmp_path, options):
    with pytest.raises(processes.Unavailable, match=r"plain HTTP/1 only"):
        Gunicorn(tmp_path, "config.http.Threads", *options)


def test_dates_are_of_this_second(ours):
    with ours.connect() as line:
        line.sendall(GET)
        said = answer(line)

    assert re.search(rb"\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n", said)
