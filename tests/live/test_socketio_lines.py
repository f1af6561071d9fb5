"""Socket.IO with npm's own client on each of our servers: in order, once, while it may."""

import json
import socket as sockets
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts import sessions
from live import outbox
from tests.live.conftest import SECONDS, publish, token_of
from tests.live.socketio_client import visit

__all__ = ["visit"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("transports", [None, ["polling"], ["websocket"]])
def test_events_arrive_in_order_with_the_row_over_every_transport(
    server, shop, session, visit, transports
):
    client = visit(server, session, options=transports and {"transports": transports})
    cursor = outbox.cursor(shop.pk)
    assert client.told() == {"open": (transports or ["polling"])[0]}
    came = [client.told() for _ in range(1 if transports else 2)]
    assert ({"upgrade": "websocket"} in came) == (transports is None)
    assert any("connect" in one for one in came)
    client.emit("join_shop", str(shop.pk))
    assert client.until("ack") == {"ack": {"ok": True}}
    row = {"shop_id": str(shop.pk), "seq": cursor}
    assert client.told() == {"event": "ready", "args": [row, f"{shop.pk}:{cursor}"]}

    publish(shop, "order_created", row={"total": "9.00", "name": "Käse 🧀"})
    assert client.told() == {
        "event": "order_created",
        "args": [{"total": "9.00", "name": "Käse 🧀"}, f"{shop.pk}:{cursor + 1}"],
    }
    for _ in range(50):
        publish(shop, "order_updated", "stock_changed")
    kinds = [("order_updated", "stock_changed")[n % 2] for n in range(100)]
    assert client.events(100) == [(kind, cursor + 2 + n) for n, kind in enumerate(kinds)]


def test_a_cut_line_misses_nothing_and_doubles_nothing(server, shop, session, visit):
    """npm's client shows the last offset by itself when it comes back."""
    client = visit(server, session, shopId=str(shop.pk))
    assert client.until("connect")["recovered"] is False
    client.until(event="ready")
    first = outbox.cursor(shop.pk)
    for _ in range(3):
        publish(shop, *["order_created"] * 20)
        client.say("cut")
        publish(shop, *["order_updated"] * 20)
    seen = client.events(120)
    client.say("cut")

    assert [seq for _kind, seq in seen] == list(range(first + 1, first + 121))
    assert client.until("connect")["recovered"] is True


def test_a_revoked_session_is_out_and_stays_out(server, shop, session, visit):
    client = visit(server, session, shopId=str(shop.pk))
    client.until(event="ready")
    sessions.end(session_id=session.pk, actor=None)

    assert client.until(event="closed")["args"] == [{"code": 4401}]
    assert client.told() == {"disconnect": "io server disconnect"}
    client.say("connect")
    assert client.until("connect_error")["data"]["code"] == "token_invalid"


def test_a_reader_that_stalls_comes_back_and_has_missed_nothing(
    server, shop, session, visit, watch
):
    """It takes nothing while the rest go on: it is hung up on, and goes on from its offset."""
    other = watch(server, shop, session)
    other.ready()
    first = outbox.cursor(shop.pk)
    small = sockets.socket()
    small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", server.port))
    with connect(
        f"{server.ws_url}/socket.io/?EIO=4&transport=websocket", sock=small, max_queue=1,
        compression=None, close_timeout=1,
    ) as stalled:  # fmt: skip
        stalled.recv(timeout=SECONDS)
        stalled.send("40" + json.dumps({"token": token_of(session), "shopId": str(shop.pk)}))
        while not stalled.recv(timeout=SECONDS).startswith('42["ready"'):
            pass
        for _ in range(16):
            publish(shop, *["order_updated"] * 100, row={"text": "x" * 10_000})
            other.seqs(100)
        seen = drain(stalled)

    assert seen == list(range(first + 1, first + 1 + len(seen)))
    assert len(seen) < 1600
    client = visit(server, session, shopId=str(shop.pk), after=first + len(seen))
    rest = [seq for _kind, seq in client.events(1600 - len(seen))]
    assert rest == list(range(first + 1 + len(seen), first + 1601))


def drain(line) -> list[int]:
    """The seqs of what still comes until the line is closed."""
    seen = []
    with suppress(ConnectionClosed):
        for text in line:
            if text.startswith("42"):
                seen.append(int(json.loads(text[2:])[-1].rpartition(":")[2]))
    return seen
