"""Socket.IO: which shops a client follows and from where on, and who is turned away."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
import time_machine
from django.utils import timezone
from websockets.sync.client import ClientConnection, connect

from accounts import sessions
from accounts.models import Membership
from live import outbox, visitors
from live.frames import Frame
from live.handshakes import Cursor
from live.models import Event
from tests import factories
from tests.live.conftest import SECONDS, Uvicorn, publish, token_of
from tests.live.socketio_client import seq_of, visit

__all__ = ["visit"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # What differs between servers is in test_socketio_lines.
    pytest.mark.parametrize("running", [Uvicorn], indirect=True, ids=["uvicorn"]),
]

POLL = "/socket.io/?EIO=4&transport=polling"


@contextmanager
def opened(server) -> Iterator[ClientConnection]:
    """A socket of Engine.IO, without npm's client around it."""
    url = f"{server.ws_url}/socket.io/?EIO=4&transport=websocket"
    with connect(url, max_queue=None, open_timeout=SECONDS) as line:
        assert line.recv(timeout=SECONDS).startswith('0{"sid":')
        yield line


def greet(line: ClientConnection, **auth: object) -> str:
    """Say who we are; what is answered: ``connected``, or the code of a refusal."""
    line.send(f"40{json.dumps(auth)}")
    answer = line.recv(timeout=SECONDS)
    if answer.startswith("44"):
        return json.loads(answer[2:])["data"]["code"]
    assert json.loads(answer.removeprefix("40")).keys() == {"sid", "pid"}
    return "connected"


def refusal(server, **auth: object) -> str:
    with opened(server) as line:
        return greet(line, **auth)


def shake(server, **headers: str) -> httpx.Response:
    return httpx.get(server.url + POLL, headers=headers, timeout=SECONDS, trust_env=False)


# --- following ----------------------------------------------------------------------------


def test_a_shop_named_at_connecting_is_followed_and_joining_it_again_doubles_nothing(
    server, shop, session, visit
):
    client = visit(server, session, shopId=str(shop.pk))
    client.until(event="ready")
    client.emit("join_shop", str(shop.pk))
    assert client.until("ack") == {"ack": {"ok": True}}
    seq = publish(shop, "order_created", "order_updated")

    assert client.events(2) == [("order_created", seq - 1), ("order_updated", seq)]


def test_settings_have_two_names(server, shop, session, visit):
    client = visit(server, session, shopId=str(shop.pk))
    client.until(event="ready")
    seq = publish(shop, "settings_changed", row={"currency": "EUR"})
    row = {"currency": "EUR"}

    assert client.until("event") == {"event": "settings_updated", "args": [row]}
    assert client.told() == {"event": "settings_changed", "args": [row, f"{shop.pk}:{seq}"]}


def test_a_server_that_dies_comes_back(running, serve, shop, session, visit):
    server = serve()
    client = visit(server, session, shopId=str(shop.pk))
    client.until(event="ready")
    server.kill()
    client.until("disconnect")
    seq = publish(shop, "order_created")
    server.start()

    assert client.events(1) == [("order_created", seq)]


def test_joining_with_a_cursor_goes_on_from_there(server, shop, session, visit):
    seq = publish(shop, *["order_created"] * 5)
    client = visit(server, session)
    client.until("connect")
    client.emit("join_shop", str(shop.pk), seq - 3)
    client.until("ack")
    assert [each for _kind, each in client.events(3)] == [seq - 2, seq - 1, seq]

    client.emit("join_shop", {"shopId": str(shop.pk), "after": f"{shop.pk}:{seq - 1}"})
    client.until("ack")
    assert client.events(1) == [("order_created", seq)]


def test_a_cursor_that_leads_nowhere_begins_anew(server, shop, session):
    newest = publish(shop, *["order_created"] * 3)
    Event.objects.filter(shop=shop, seq__lt=newest).delete()
    row = f'{{"shop_id":"{shop.pk}","seq":{newest}}}'
    for after in (-1, 1.5, "x", True, 10**9, 0, f"{uuid4()}:1"):
        with opened(server) as line:
            auth = {"token": token_of(session), "shopId": str(shop.pk), "after": after}
            assert greet(line, **auth) == "connected"
            assert line.recv(timeout=SECONDS) == f'42["resync",{row}]', after
            assert line.recv(timeout=SECONDS) == f'42["ready",{row},"{shop.pk}:{newest}"]'


def test_two_shops_at_once_each_in_order(server, shop, session, visit, owner):
    second = factories.shop_of(owner, "Second")
    client = visit(server, session)
    for one in (shop, second):
        client.emit("join_shop", str(one.pk))
        client.until(event="ready")
    wanted = [publish(one, "order_created") for one in (shop, second, shop)]
    of_shop = {str(one.pk): [] for one in (shop, second)}
    for _ in range(3):
        told = client.until(event="order_created")
        of_shop[told["args"][-1].split(",")[-1].split(":")[0]].append(seq_of(told))
    assert of_shop == {str(shop.pk): [wanted[0], wanted[2]], str(second.pk): [wanted[1]]}

    client.emit("leave_shop", str(second.pk))
    assert client.until(event="left_shop")["args"][0] == {"shop_id": str(second.pk)}
    publish(second, "order_updated")
    client.say("cut")
    publish(second, "order_updated")
    seq = publish(shop, "order_deleted")
    assert client.events(1) == [("order_deleted", seq)]


# --- who may ------------------------------------------------------------------------------


def test_without_a_living_token_there_is_no_connection(server, shop, session, visit):
    for token in (None, "", 7, {"a": 1}):
        assert refusal(server, token=token) == "not_authenticated"
    for token in ("x", "a.b.c", token_of(session)[:-3] + "abc"):
        assert refusal(server, token=token) == "token_invalid"
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        expired = token_of(session)
    assert refusal(server, token=expired) == "token_invalid"

    client = visit(server, None, token=expired)
    said = client.until("connect", "connect_error")
    assert said["connect_error"] == "The token is over or wrong. Sign in again."

    token = token_of(session)
    assert refusal(server, token=f"Bearer {token}", shop_id=str(shop.pk)) == "connected"
    sessions.end(session_id=session.pk, actor=None)
    assert refusal(server, token=token) == "token_invalid"


def test_another_shop_is_unknown_and_no_byte_of_it_arrives(
    server, shop, session, visit, other_shop
):
    for wrong in (str(other_shop.pk), str(uuid4()), "x", 7):
        assert refusal(server, token=token_of(session), shopId=wrong) == "not_found"

    offset = f"{other_shop.pk}:0,{shop.pk}:{outbox.cursor(shop.pk)}"
    client = visit(server, session, offset=offset, pid="mine")
    told = client.until(event="closed")
    lines = [told]
    assert told["args"] == [{"code": 4404, "shop_id": str(other_shop.pk)}]
    client.emit("join_shop", str(other_shop.pk), 0)
    lines.append(client.until("ack"))
    assert lines[-1]["ack"]["error"] == "not_found"
    publish(other_shop, "order_created", row={"marker": "ZZ-FOREIGN"})
    seq = publish(shop, "order_created")
    while seq_of(lines[-1]) != seq:
        lines.append(client.until("event"))

    assert "ZZ-FOREIGN" not in json.dumps(lines)


def test_who_is_no_member_any_more_is_told_nothing_of_the_shop(server, shop, cashier, visit):
    mine = factories.shop_of(cashier, "Carla's")
    client = visit(server, sessions.begin(user=cashier), shopId=str(shop.pk))
    client.until(event="ready")
    client.emit("join_shop", str(mine.pk))
    client.until(event="ready")
    Membership.objects.filter(shop=shop, user=cashier).delete()

    told = client.until(event="closed")
    assert told["args"] == [{"code": 4404, "shop_id": str(shop.pk)}]
    publish(shop, "order_created")
    seq = publish(mine, "stock_changed")
    assert client.events(1) == [("stock_changed", seq)]


def test_pages_of_other_sites_are_turned_away(server):
    assert shake(server).status_code == 200
    assert shake(server, Origin=server.url).status_code == 200
    assert shake(server, Origin="https://evil.example.com").status_code == 400
    allowed = shake(server, Origin="http://localhost:5173")
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    assert "Access-Control-Allow-Credentials" not in allowed.headers


# --- what is too much ---------------------------------------------------------------------


def test_bodies_that_are_too_long_are_not_read(server):
    sid = json.loads(shake(server).text[1:])["sid"]
    answer = httpx.post(
        f"{server.url}{POLL}&sid={sid}", content=b"4" * 70_000, timeout=SECONDS, trust_env=False
    )

    assert answer.status_code == 413


NONSENSE = [
    "4garbage", "42not json", '42{"a":1}', "42[]", '42[{"a":1}]', "4", "451-[]", b"\x04bytes",
    "44{}", '42["connect",{}]', "4" + "2" * 70_000, '42["x",' + "[" * 20_000, "461-[]", "49",
    "4" + "1" * 90, "41",
]  # fmt: skip


def test_nonsense_ends_the_line_and_not_the_server(server, session):
    token = token_of(session)
    for said in NONSENSE:
        with opened(server) as line:
            greet(line, token=token)
            line.send(said)
            left = [text[:2] for text in line if text != "2"]
        assert "42" not in left, said
    with opened(server) as line:
        assert greet(line, token=token) == "connected"
        line.send(f'40{{"token":"{token}"}}')
        assert line.recv(timeout=SECONDS) == '44"Unable to connect"'


def test_who_talks_too_much_is_hung_up_on(server, session):
    with opened(server) as line:
        greet(line, token=token_of(session))
        for _ in range(100):
            line.send('42["hello"]')
        assert [text for text in line if text != "2"] in (["1"], [])


def test_who_follows_no_shop_is_dismissed_with_its_session_too(server, session, owner):
    other = sessions.begin(user=owner)
    with opened(server) as line, opened(server) as stays:
        assert greet(line, token=token_of(session)) == "connected"
        assert greet(stays, token=token_of(other)) == "connected"
        sessions.end(session_id=session.pk, actor=None)
        assert [text for text in line if text != "2"] == ['42["closed",{"code":4401}]', "41", "1"]

        stays.send('420["leave_shop"]')
        assert json.loads(stays.recv(timeout=SECONDS)[3:]) == [{"ok": True}]


def test_other_namespaces_lead_nowhere(server, session):
    with opened(server) as line:
        line.send(f'40/admin,{{"token":"{token_of(session)}"}}')
        assert line.recv(timeout=SECONDS).startswith("44/admin,")


def test_a_session_has_so_many_connections_and_no_more(server, session):
    token = token_of(session)
    with ExitStack() as lines:
        said = [greet(lines.enter_context(opened(server)), token=token) for _ in range(21)]

    assert said == ["connected"] * 20 + ["too_many"]


# --- words --------------------------------------------------------------------------------


def test_an_offset_that_is_not_ours_is_read_over(running):
    shop = UUID("0198f000-0000-7000-8000-000000000000")
    known = Cursor(7, is_known=True)

    assert visitors.offsets(f"{shop}:7") == {shop: known}
    assert visitors.read_cursor(f"{shop}:7", shop) == known
    for odd in (None, 7, "", "x", f"{shop}:", f"{shop}:-1", f"{'-' * 36}:1", [shop], "," * 99):
        assert visitors.offsets(odd) == {}


def test_a_frame_is_written_once_for_all_who_follow(running):
    shop = uuid4()
    frame = Frame(3, '{"seq":3,"type":"order_created","at":"","actor":null,"data":{"a": 1}}')

    assert visitors.wording(frame, shop) == ('2["order_created",{"a": 1},', 3)
    assert visitors.wording(frame, shop) is visitors.wording(frame, shop)


@pytest.mark.long
def test_who_does_not_say_who_it_is_is_hung_up_on(server):
    with opened(server) as line:
        began = time.monotonic()
        assert [text for text in line if text != "2"] in (["1"], [])

    assert 8 < time.monotonic() - began < SECONDS
