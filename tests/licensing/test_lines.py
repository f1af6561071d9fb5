"""``ws/site``: who may hold a site's line, and when it says "check in"."""

import asyncio
import json
import threading
from types import SimpleNamespace
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from licensing import keys, lines, sites
from licensing.switchboard import Post, Switchboard, standing

SECONDS = 20


def opened(server, site_id, key):
    headers = {"X-Site-ID": str(site_id), "X-Site-Key": key}
    return connect(f"{server.ws_url}/ws/site", additional_headers=headers, proxy=None)


def end(line):
    with pytest.raises(ConnectionClosed) as closed:
        line.recv(timeout=SECONDS)
    return closed.value.rcvd.code


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_line_says_check_in_when_the_site_was_changed(registered, redis_url, live_server_process):
    site, key = registered
    other = sites.register(actor=None, fields={"name": "Other"})
    for site_id, shown in [(site.site_id, other.secret_key), (uuid4(), key), ("x", ""), ("", key)]:
        with opened(live_server_process, site_id, shown) as line:
            assert end(line) == 4401

    with (
        opened(live_server_process, site.site_id, key) as line,
        opened(live_server_process, other.site.site_id, other.secret_key) as quiet,
    ):
        with pytest.raises(TimeoutError):
            line.recv(timeout=0.5)
        sites.lock(site.site_id, reason="Unpaid", actor=None)
        assert json.loads(line.recv(timeout=SECONDS)) == {"type": "check_in"}
        with pytest.raises(TimeoutError):
            quiet.recv(timeout=0.2)
        line.send("x" * 70_000)  # it has nothing to say
        assert end(line) == 4429
    with opened(live_server_process, site.site_id, key) as line:  # the lock still waits for it
        assert json.loads(line.recv(timeout=SECONDS)) == {"type": "check_in"}


def known(site, key):
    return keys.holder(keys.Claim.of(str(site.site_id), key))


@pytest.mark.django_db
def test_a_look_finds_what_no_nudge_told_and_keys_that_open_no_more(registered):
    site, key = registered
    line = known(site, key)
    look = standing.func

    assert look([(line.id, line.key_id), (uuid4(), uuid4())]) == {line.key_id: line.revision}
    sites.watch(site.site_id, actor=None)
    assert look([(line.id, line.key_id)]) == {line.key_id: line.revision + 1}
    assert look([(uuid4(), line.key_id)]) == {}
    sites.delete(site.site_id, actor=None)
    assert look([(line.id, line.key_id)]) == {}


def post(**facts):
    return Post(
        SimpleNamespace(**{"id": 1, "key_id": 2, "revision": 7, "has_command": False} | facts)
    )


def test_a_change_rings_once_and_a_lost_key_ends_the_line():
    async def story():
        board, line = Switchboard(), post()
        board.judge(line, 7)
        assert not line.rung.is_set()
        board.judge(line, 8)
        assert line.rung.is_set()
        assert await line.waiting() is True
        board.judge(line, 8)
        assert not line.rung.is_set()
        board.judge(line, None)
        assert (line.is_over, line.rung.is_set()) == (True, True)

    asyncio.run(story())


class Listener:
    """Who is nudged."""

    in_contact = True

    def __init__(self):
        self.nudged, self.stopping = threading.Semaphore(0), threading.Event()

    def nudge(self):
        self.nudged.release()


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_site_holds_its_line_and_nudges_when_it_is_back(
    registered, redis_url, live_server_process, settings
):
    settings.CLOUD_URL = live_server_process.url
    settings.SITE_ID, settings.SITE_KEY = registered.site.site_id, registered.secret_key
    listener = Listener()
    listener.in_contact = False
    thread = threading.Thread(target=lines.listen, args=(listener, listener.stopping))
    thread.start()
    try:
        assert listener.nudged.acquire(timeout=SECONDS)  # the line is there
        listener.in_contact = True
        sites.lock(registered.site.site_id, reason="Unpaid", actor=None)
        assert listener.nudged.acquire(timeout=SECONDS)
        assert not listener.nudged.acquire(blocking=False)
    finally:
        listener.stopping.set()
        thread.join(timeout=SECONDS)
    assert not thread.is_alive()


@pytest.mark.parametrize("said", ["", "x", "[]", "7", '{"type": "ping"}', '{"type": ["check_in"]}'])
def test_what_is_not_check_in_is_nothing(said):
    listener = Listener()

    class Line:
        def recv(self, timeout):
            listener.stopping.set()
            return said

    lines._follow(Line(), listener, listener.stopping)
    assert not listener.nudged.acquire(blocking=False)
