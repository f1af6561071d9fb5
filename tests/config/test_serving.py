"""Production on one machine: what is started, that it sells and tells, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from django.core.management import CommandError, call_command

from accounts import sessions
from config import serving
from config.serving import Family, Member
from live import outbox
from pos import catalog, stock
from pos.stock import Step
from tests.live.conftest import Screen, connect, token_of
from tests.services import fixtures, processes
from tests.services.processes import Process
from tests.services.servers import ROOT

SECONDS = 30


def test_every_socket_process_has_a_port_of_its_own():
    started = serving.members(
        host="127.0.0.1", port=80, live_port=90, web_workers=3, live_workers=2
    )

    assert [(one.name, one.port) for one in started] == [
        ("HTTP on 80", 80),
        ("sockets on 90", 90),
        ("sockets on 91", 91),
        ("worker", None),
    ]
    assert "--no-proxy-headers" in started[1].command


@pytest.mark.sqlite_only
def test_the_embedded_database_is_refused():
    with pytest.raises(CommandError, match=r"DATABASE_URL.*make run"):
        call_command("serve")


@pytest.mark.postgresql_only
@pytest.mark.django_db
def test_no_redis_is_refused(settings):
    settings.REDIS_URL = ""
    with pytest.raises(CommandError, match="REDIS_URL"):
        call_command("serve")


def lasting(name: str, code: str) -> Member:
    return Member(name, [sys.executable, "-c", code])


@pytest.fixture
def family() -> Iterator:
    started = []

    def start(*members: Member) -> Family:
        started.append(Family(members, environment=os.environ, cwd=ROOT))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_when_one_ends_all_are_told_to(family):
    both = family(
        lasting("short", "raise SystemExit(3)"), lasting("long", "import time; time.sleep(60)")
    )
    assert both.watch() == ["short (code 3)"]
    both.stop()

    assert both.running["long"].returncode == -signal.SIGTERM


def test_the_end_can_be_asked_for(family):
    one = family(lasting("long", "import time; time.sleep(60)"))
    one.ask_to_end()

    assert one.watch() == []


class Serving:
    """``manage.py serve`` on the tests' database."""

    def __init__(self, log) -> None:
        self.port, self.live_port = processes.free_port(), processes.free_port()
        ports = ["--port", str(self.port), "--live-port", str(self.live_port)]
        self.process = Process(
            [sys.executable, "manage.py", "serve", "--no-migrate", *ports],
            log=log,
            environment=os.environ | {"DATABASE_URL": fixtures.database_url()},
            cwd=ROOT,
        )
        self.process.wait_until(lambda: "Countertop serves on" in self.process.output())

    def children(self) -> dict[str, int]:
        """Whose parent it is: the command's first words and its process id."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.popen.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        found = (line.split(None, 1) for line in listed.stdout.splitlines())
        return {args: int(pid) for pid, args in found if "manage.py serve" not in args}


@pytest.fixture
def started(transactional_db, redis_url, tmp_path) -> Iterator[Serving]:
    one = Serving(tmp_path / "log")
    yield one
    one.process.stop(seconds=60)


@pytest.mark.postgresql_only
def test_it_sells_tells_and_drains(started, shop, owner):
    tea = catalog.add(shop=shop, actor=owner, fields={"name": "Tea", "price": 250})
    step = Step("receive", pieces=5)
    stock.change(product_id=tea.id, step=step, shop=shop, actor=owner)
    session = sessions.begin(user=owner)
    cursor = outbox.cursor(shop.pk)
    address = f"ws://127.0.0.1:{started.live_port}/ws/shops/{shop.pk}?after={cursor}"
    api = f"http://127.0.0.1:{{}}/api/v1/shops/{shop.pk}"
    headers = {"Authorization": f"Bearer {token_of(session)}"}
    body = {"items": [{"product_id": str(tea.id), "quantity": 1}], "payment_method": "cash"}
    with (
        connect(address, subprotocols=["bearer", token_of(session)]) as socket,
        httpx.Client(headers=headers, timeout=SECONDS, trust_env=False) as client,
    ):
        screen = Screen(socket)
        screen.ready()
        assert "permessage-deflate" not in str(socket.response.headers)
        sold = client.post(f"{api.format(started.port)}/orders", json=body)
        assert (sold.status_code, sold.json()["state"]) == (201, "paid")
        event = next(frame for frame in iter(screen.next, None) if "order" in frame["type"])
        assert (event["type"], event["data"]["id"]) == ("order_created", sold.json()["id"])
        polled = client.get(f"{api.format(started.live_port)}/events?after={cursor}&wait=5")
        assert event in polled.json()["events"]

        began = time.monotonic()
        os.kill(started.process.popen.pid, signal.SIGTERM)
        assert screen.end() == 1012  # the server restarts: come back with the cursor
    assert started.process.popen.wait(60) == 0
    assert time.monotonic() - began < serving.DRAIN_SECONDS
    assert started.process.output().endswith("Everything has ended.\n")
    assert not processes.listening(started.port)
    assert not processes.listening(started.live_port)


@pytest.mark.postgresql_only
def test_when_a_process_dies_it_ends_with_all_others_and_says_which(started):
    children = started.children()
    assert len(children) == 3
    worker = next(pid for args, pid in children.items() if "manage.py worker" in args)
    os.kill(worker, signal.SIGKILL)

    assert started.process.popen.wait(60) == 1
    assert "Ended by itself: worker (code -9)" in started.process.output()
    assert not processes.listening(started.port)
