"""Answers that wait, on real servers: they hold no thread, come at once, and end in time."""

import json
import select
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from websockets.sync.client import connect

from accounts import sessions
from accounts.models import Membership
from live import outbox, places
from live.polls import LONGEST
from tests.live.conftest import (
    SECONDS,
    Screen,
    Uvicorn,
    publish,
    token_of,
    wait_for_watchers,
    wait_until,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asker(server, session) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token_of(session)}"}
    with httpx.Client(
        base_url=f"{server.url}/api/v1", headers=headers, timeout=60, trust_env=False
    ) as client:
        yield client


class Later(threading.Thread):
    """A poll under way; ``answer()`` waits for it and says how long it took."""

    def __init__(self, asker: httpx.Client, shop, after: int, wait: int = 20) -> None:
        super().__init__()
        self.ask = lambda: asker.get(
            f"/shops/{shop.pk}/events", params={"after": after, "wait": wait}
        )
        self.began = time.monotonic()
        self.start()

    def run(self) -> None:
        self.got = self.ask()
        self.took = time.monotonic() - self.began

    def answer(self) -> httpx.Response:
        self.join(60)
        return self.got


def test_a_poll_comes_back_as_soon_as_something_happens(asker, shop, redis_url):
    cursor = outbox.cursor(shop.pk)
    poll = Later(asker, shop, cursor)
    wait_for_watchers(shop)
    assert poll.is_alive()
    publish(shop, "order_created")

    answer = poll.answer()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert [event["seq"] for event in answer.json()["events"]] == [cursor + 1]
    assert answer.json()["next"] == cursor + 1
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_poll_without_news_ends_when_it_said(asker, shop):
    cursor = outbox.cursor(shop.pk)
    poll = Later(asker, shop, cursor, wait=1)

    assert poll.answer().json() == {"events": [], "next": cursor}
    assert 1 <= poll.took < LONGEST


def test_polls_follow_each_other_without_a_gap_while_tills_sell(asker, shop):
    first = cursor = outbox.cursor(shop.pk)
    tills = [threading.Thread(target=sell, args=[shop]) for _ in range(4)]
    for till in tills:
        till.start()
    seen: list[int] = []
    while len(seen) < 80:
        answer = asker.get(f"/shops/{shop.pk}/events", params={"after": cursor, "wait": 10}).json()
        seen += [event["seq"] for event in answer["events"]]
        cursor = answer["next"]
    for till in tills:
        till.join()

    assert seen == list(range(first + 1, first + 81))


def sell(shop) -> None:
    from django.db import connection

    for _ in range(10):
        publish(shop, "order_created", "stock_changed")
    connection.close()


@pytest.mark.postgresql_only
def test_a_hundred_waiting_polls_hold_up_nobody(server, asker, shop, owner):
    """They wait on the event loop: more of them than there are threads, and others are served."""
    cursor = outbox.cursor(shop.pk)
    tokens = [token_of(sessions.begin(user=owner)) for _ in range(4)]
    waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    for number, one in enumerate(waiting):
        one.sendall(
            f"GET /api/v1/shops/{shop.pk}/events?after={cursor}&wait=25 HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nAuthorization: Bearer {tokens[number % 4]}\r\n\r\n".encode()
        )
    for _ in range(5):
        assert asker.get(f"/shops/{shop.pk}").status_code == 200
    assert select.select(waiting, [], [], 0)[0] == []  # and they still wait

    seq = publish(shop, "order_created")
    for one in waiting:
        one.settimeout(SECONDS)
        assert f'"next":{seq}'.encode() in read_answer(one)
        one.close()


def read_answer(one: socket.socket) -> bytes:
    got = b""
    while b"}" not in got:
        piece = one.recv(65536)
        assert piece, "the line was closed without an answer"
        got += piece
    return got


def test_a_poll_of_an_ended_session_is_401(asker, shop, session, redis_url):
    poll = Later(asker, shop, outbox.cursor(shop.pk))
    wait_for_watchers(shop)
    sessions.end(session_id=session.pk, actor=None)
    answer = poll.answer()  # before its time was over: then it would be empty

    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_who_leaves_the_shop_polls_no_more(asker, shop, owner, redis_url):
    poll = Later(asker, shop, outbox.cursor(shop.pk))
    wait_for_watchers(shop)
    Membership.objects.filter(user=owner).delete()
    answer = poll.answer()

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


class Stream:
    """A stream under way; ``next`` is its next event as a dict of its fields."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.lines = response.iter_lines()

    def next(self) -> dict[str, str]:
        event: dict[str, str] = {}
        for line in self.lines:
            name, _, value = line.partition(": ")
            if line and name:
                event[name] = value
            elif event.keys() & {"data"}:
                return event
            else:
                event = {}  # a comment, or how soon to come back
        return event

    def seqs(self, count: int) -> list[int]:
        return [int(self.next()["id"]) for _ in range(count)]


def open_stream(asker, shop, **headers):
    return asker.stream(
        "GET", f"/shops/{shop.pk}/events", headers={"Accept": "text/event-stream"} | headers
    )


def test_a_stream_tells_what_was_missed_and_then_what_happens(asker, shop):
    cursor = publish(shop, "order_created", "stock_changed")
    with open_stream(asker, shop, **{"Last-Event-ID": str(cursor - 1)}) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert "content-length" not in response.headers
        following = Stream(response)
        assert json.loads(following.next()["data"])["seq"] == cursor
        ready = following.next()
        assert (ready["event"], ready["id"]) == ("ready", str(cursor))
        for number in range(1, 6):
            publish(shop, "order_created", "stock_changed")
            assert following.seqs(2) == [cursor + 2 * number - 1, cursor + 2 * number]
    with open_stream(asker, shop, **{"Last-Event-ID": str(cursor + 4)}) as response:
        assert Stream(response).seqs(6) == [*range(cursor + 5, cursor + 11)]


def test_a_stream_ends_with_its_session(asker, shop, session):
    with open_stream(asker, shop) as response:
        following = Stream(response)
        assert following.next()["event"] == "ready"
        sessions.end(session_id=session.pk, actor=None)
        last = following.next()
        assert (last["event"], json.loads(last["data"])["code"]) == ("closed", 4401)
        assert following.next() == {}
    with open_stream(asker, shop) as response:
        assert response.status_code == 401


@pytest.mark.parametrize("running", [Uvicorn], indirect=True, ids=["uvicorn"])
def test_a_session_has_so_many_lines_and_no_more(server, asker, shop, session, owner, watch):
    """Sockets, streams and polls that wait count alike; what does not wait is free."""
    screens = [watch(server, shop, session) for _ in range(places.MOST)]
    for screen in screens:
        screen.ready()
    url = f"/shops/{shop.pk}/events"
    for refused in (
        asker.get(url, params={"wait": 1}),
        asker.get(url, headers={"Accept": "text/event-stream"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert refused.headers["Retry-After"] == str(places.RETRY)
    assert watch(server, shop, session).end() == 4429
    assert asker.get(url).status_code == 200
    watch(server, shop, sessions.begin(user=owner)).ready()

    screens[0].connection.close()
    wait_until(lambda: asker.get(url, params={"wait": 1}).status_code == 200)


def test_a_token_in_an_address_opens_nothing(server, shop, session):
    token = token_of(session)
    for name in ("token", "access_token", "ticket", "bearer"):
        asked = {name: token, "wait": 1}
        answer = httpx.get(
            f"{server.url}/api/v1/shops/{shop.pk}/events", params=asked, trust_env=False, timeout=60
        )
        assert answer.status_code == 401
        url = f"{server.ws_url}/ws/shops/{shop.pk}?{name}={token}"
        with connect(url, open_timeout=SECONDS) as line:
            assert Screen(line).end() == 4401


def test_a_foreign_shops_stream_gives_no_byte(asker, other_shop):
    publish(other_shop, "order_created")
    with open_stream(asker, other_shop, **{"Last-Event-ID": "0"}) as response:
        assert response.status_code == 404
        assert "order_created" not in response.read().decode()


@pytest.mark.postgresql_only
def test_a_reader_of_a_stream_that_stalls_is_let_go_and_can_come_back(server, shop, session, asker):
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", server.port))
    small.settimeout(SECONDS)
    small.sendall(
        f"GET /api/v1/shops/{shop.pk}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Accept: text/event-stream\r\nAuthorization: Bearer {token_of(session)}\r\n\r\n".encode()
    )
    got = b""
    while b"event: ready" not in got:
        piece = small.recv(4096)
        assert piece, "the stream ended before it began"
        got += piece
    first = outbox.cursor(shop.pk)
    for _ in range(16):
        publish(shop, *["order_updated"] * 100, row={"text": "x" * 10_000})
        last = outbox.cursor(shop.pk)
        poll = {"after": last - 1, "wait": 10}
        assert asker.get(f"/shops/{shop.pk}/events", params=poll).json()["next"] == last
    while b"event: closed" not in got[-4096:]:
        piece = small.recv(65536)
        assert piece, "the stream ended without a word"
        got += piece
    small.close()

    assert b'"code":4408' in got
    seen = [int(line[4:]) for line in got.split(b"\n") if line.startswith(b"id: ")][1:]
    assert seen == list(range(first + 1, first + 1 + len(seen)))
    assert len(seen) < 1600
    with open_stream(asker, shop, **{"Last-Event-ID": str(seen[-1])}) as response:
        assert Stream(response).seqs(3) == [*range(seen[-1] + 1, seen[-1] + 4)]
