"""Sockets on real servers: in order, once, to those who may, for as long as they may."""

import json
import socket
import threading
import time
from uuid import uuid4

import pytest
from django.db import connection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts import sessions
from accounts.models import Membership
from live import outbox
from tests import factories
from tests.live.conftest import SECONDS, Screen, cookie_of, is_nudged, publish

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 2  # seconds in which a screen that lost its right is closed


def test_events_arrive_in_order_as_they_happen(server, shop, session, watch, owner):
    cursor = publish(shop, "order_created", "stock_changed")
    screen = watch(server, shop, session, after=cursor - 2)
    assert [frame["seq"] for frame in screen.ready()] == [cursor - 1, cursor, cursor]

    publish(shop, "order_created", actor=owner, row={"total": "9.00"})
    event = screen.next()
    assert event.pop("at").endswith("Z")
    assert event == {
        "seq": cursor + 1,
        "type": "order_created",
        "actor": {"id": str(owner.pk), "name": "Olga"},
        "data": {"total": "9.00"},
    }
    for _ in range(20):
        publish(shop, "order_created", "stock_changed")
    assert screen.seqs(40) == list(range(cursor + 2, cursor + 42))


def test_an_event_is_on_the_screen_at_once(server, shop, session, watch, redis_url):
    screen = watch(server, shop, session)
    screen.ready()
    publish(shop, "order_created")
    screen.next()

    assert is_nudged(shop, screen)


def sell(shop) -> None:
    for _ in range(15):
        publish(shop, "order_created", "stock_changed")
    connection.close()


def test_a_screen_that_comes_and_goes_misses_nothing(server, shop, session, watch):
    """Eight tills sell while it leaves every forty events and returns with its cursor."""
    first = outbox.cursor(shop.pk)
    tills = [threading.Thread(target=sell, args=[shop]) for _ in range(8)]
    for till in tills:
        till.start()
    seen: list[int] = []
    while len(seen) < 240:
        screen = watch(server, shop, session, after=first + len(seen))
        frames = (screen.next() for _ in range(41))
        seen += [frame["seq"] for frame in frames if frame["type"] != "ready"][:40]
        screen.connection.close()
    for till in tills:
        till.join()

    assert seen == list(range(first + 1, first + 241))


def test_fifty_screens_that_join_at_once_stay_and_get_the_same_bytes(
    server, shop, session, watch, redis_url
):
    screens: list[Screen] = []
    joining = [
        threading.Thread(target=lambda: screens.append(watch(server, shop, session)))
        for _ in range(50)
    ]
    for one in joining:
        one.start()
    for one in joining:
        one.join()
    for screen in screens:
        screen.ready()
    seq = publish(shop, "order_created")
    texts = [screen.text() for screen in screens]

    assert len(texts) == 50
    assert len(set(texts)) == 1
    assert json.loads(texts[0])["seq"] == seq


@pytest.mark.parametrize("after", ["x", "-1", "", "1e3", "99999", "1&after=2"])
def test_a_cursor_that_leads_nowhere_begins_anew(server, shop, session, watch, after):
    cursor = publish(shop, "order_created")
    screen = watch(server, shop, session, after=after)

    assert screen.ready() == [{"type": "resync", "seq": cursor}, {"type": "ready", "seq": cursor}]
    publish(shop, "order_created")
    assert screen.next()["seq"] == cursor + 1


def test_the_page_of_a_signed_in_person_needs_no_token(server, shop, session, watch):
    headers = {"Cookie": cookie_of(session)}
    screen = watch(server, shop, None, origin=server.url, additional_headers=headers)

    assert screen.ready() == [{"type": "ready", "seq": outbox.cursor(shop.pk)}]


@pytest.mark.parametrize("shows", ["cookie", "token"])
def test_a_page_of_another_site_gets_nothing(server, shop, session, watch, shows):
    options = {"cookie": {"additional_headers": {"Cookie": cookie_of(session)}}, "token": {}}
    shown = session if shows == "token" else None
    screen = watch(server, shop, shown, after=0, origin="https://evil.example", **options[shows])

    assert screen.end() == 4403


@pytest.mark.parametrize("token", [None, "nonsense"])
def test_a_stranger_gets_nothing(server, shop, watch, token):
    publish(shop, "order_created")

    assert watch(server, shop, None, after=0, token=token).end() == 4401


def test_a_foreign_shop_is_an_unknown_one_and_gives_no_byte(
    server, shop, other_shop, session, watch
):
    publish(other_shop, "order_created")
    for address in (other_shop, uuid4()):
        screen = watch(server, address, session, after=0)
        with pytest.raises(ConnectionClosed) as closed:
            screen.connection.recv(timeout=SECONDS)
        assert closed.value.rcvd.code == 4404


def test_another_address_is_unknown(server, session, watch):
    assert watch(server, "nonsense", session).end() == 4404


def test_a_revoked_session_loses_its_screens_and_no_other_does(server, shop, session, owner, watch):
    other = watch(server, shop, sessions.begin(user=owner))
    other.ready()
    took = []
    for one in (session, sessions.begin(user=owner), sessions.begin(user=owner)):
        screen = watch(server, shop, one)
        screen.ready()
        sessions.end(session_id=one.pk, actor=owner)
        revoked = time.monotonic()
        assert screen.end() == 4401
        took.append(time.monotonic() - revoked)
    assert sorted(took)[1] < SOON  # one of them may have met a hiccup of the machine
    seq = publish(shop, "order_created")
    assert other.next()["seq"] == seq


def test_who_leaves_the_shop_loses_its_screens(server, shop, watch):
    cashier = factories.member(shop, "carla", "cashier")
    screen = watch(server, shop, sessions.begin(user=cashier))
    screen.ready()

    Membership.objects.filter(user=cashier).delete()
    assert screen.end() == 4404


def test_a_screen_that_chatters_is_shut_out(server, shop, session, watch):
    polite = watch(server, shop, session)
    polite.ready()
    polite.connection.send("hello")
    flood = watch(server, shop, session)
    flood.ready()
    for _ in range(50):
        flood.connection.send("x")
    assert flood.end() == 4429

    seq = publish(shop, "order_created")
    assert polite.next()["seq"] == seq


def test_a_frame_that_is_too_long_is_refused(server, shop, session, watch):
    screen = watch(server, shop, session)
    screen.ready()
    screen.connection.send("x" * (64 * 1024 + 1))

    assert screen.end() == 4429


def test_a_reader_that_stalls_is_let_go_and_can_come_back(server, shop, session, watch):
    """It takes nothing while the rest go on; when it wakes it is closed, and resumes."""
    other = watch(server, shop, session)
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", server.port))
    stalled = watch(server, shop, session, sock=small, max_queue=1, compression=None)
    first = stalled.ready()[-1]["seq"]
    other.ready()
    for _ in range(16):
        publish(shop, *["order_updated"] * 100, row={"text": "x" * 10_000})
        other.seqs(100)
    last = first + 1600

    seen, code = drain(stalled, a_frame=0.01)
    assert code == 4408
    assert seen == list(range(first + 1, first + 1 + len(seen)))
    back = watch(server, shop, session, after=seen[-1])
    assert back.seqs(last - seen[-1]) == list(range(seen[-1] + 1, last + 1))


def drain(screen: Screen, a_frame: float) -> tuple[list[int], int]:
    """What a screen still gets before its end, and the code it ends with.

    Its line is a slow one: it takes ``a_frame`` seconds for each.
    """
    seen = []
    try:
        while True:
            seen.append(screen.next()["seq"])
            time.sleep(a_frame)
    except ConnectionClosed as closed:
        return seen, closed.rcvd.code


def test_a_server_that_dies_is_followed_from_the_cursor(serve, shop, session, watch):
    server = serve()
    screen = watch(server, shop, session)
    cursor = screen.ready()[-1]["seq"]
    server.kill()
    publish(shop, "order_created", "order_created")
    server.start()

    again = watch(server, shop, session, after=cursor)
    assert [frame["seq"] for frame in again.ready()] == [cursor + 1, cursor + 2, cursor + 2]


def test_plain_requests_to_a_socket_are_not_upgraded(server, shop, session, watch):
    with pytest.raises(InvalidStatus) as refused:
        watch(server, shop, session, additional_headers={"Sec-WebSocket-Version": "1"})

    assert refused.value.response.status_code in (400, 426)
