"""Screens for tests: real sockets on a real server, and Redis in all its moods."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib import import_module
from uuid import UUID

import pytest
from django.conf import settings as configured
from django.utils import timezone
from redis import Redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from accounts import sessions, tokens
from accounts.models import AuthSession, Shop, User
from core.database import verb
from live import hub, nudges, outbox
from live.outbox import Change
from tests.services import fixtures
from tests.services.processes import Process
from tests.services.servers import ROOT, Server

SECONDS = 30  # nothing here takes so long, on the busiest machine either, unless it never comes


class Screen:
    """A socket of a person's screen."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def text(self) -> str:
        """The next frame as it came, pings left out."""
        while True:
            text = self.connection.recv(timeout=SECONDS)
            if text != '{"type":"ping"}':
                return text

    def next(self) -> dict:
        return json.loads(self.text())

    def ready(self) -> list[dict]:
        """All frames up to ``ready``, which comes last."""
        frames = [self.next()]
        while frames[-1]["type"] != "ready":
            frames.append(self.next())
        return frames

    def seqs(self, count: int) -> list[int]:
        return [self.next()["seq"] for _ in range(count)]

    def end(self) -> int:
        """The code the server closes this socket with; what comes before it is read over."""
        try:
            while True:
                self.connection.recv(timeout=SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code


@pytest.fixture
def session(owner: User) -> AuthSession:
    return sessions.begin(user=owner)


def token_of(session: AuthSession) -> str:
    lives = tokens.lifetime(session.user, never_refreshes=False)
    return tokens.issue(session=session, role="", at=timezone.now(), lives=lives).token


def cookie_of(session: AuthSession) -> str:
    store = import_module(configured.SESSION_ENGINE).SessionStore()
    store["sid"] = str(session.pk)
    store.save()
    return f"{configured.SESSION_COOKIE_NAME}={store.session_key}"


@pytest.fixture
def watch() -> Iterator[Callable[..., Screen]]:
    """Open a screen: ``watch(server, shop, session, after=3)``; ``session=None``: a stranger."""
    with ExitStack() as opened:

        def open_one(
            server: Server,
            shop: Shop | UUID,
            session: AuthSession | None,
            *,
            after: object = None,
            token: str | None = None,
            **options: object,
        ) -> Screen:
            shop_id = getattr(shop, "pk", shop)
            query = "" if after is None else f"?after={after}"
            if session is not None:
                token = token_of(session)
            if token is not None:
                options["subprotocols"] = ["bearer", token]
            # Frames that nobody read must not hold up the close.
            options = {"max_queue": None, "open_timeout": SECONDS, "close_timeout": 1} | options
            return Screen(
                opened.enter_context(
                    connect(f"{server.ws_url}/ws/shops/{shop_id}{query}", **options)
                )
            )

        yield open_one


@verb
def publish(shop: Shop, *kinds: str, actor: User | None = None, row: object = None) -> int:
    """Publish one event of each kind in one transaction."""
    changes = [Change.of(kind, row or {"kind": kind}) for kind in kinds]
    return outbox.publish(outbox.lock(shop.pk), *changes, actor=actor)


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, "It never came."
        time.sleep(0.01)


def wait_for_watchers(shop: Shop) -> None:
    """Wait until a server has somebody in the shop's room: then it hears the shop's nudges."""
    name = nudges.channel(shop.pk)
    with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        wait_until(lambda: redis.pubsub_numsub(name)[0][1])


def is_nudged(shop: Shop, *screens: Screen) -> bool:
    """Whether six events, each told when all have the one before, came sooner than by polls.

    By polls alone each takes the whole time between two of them, however quick the machine is;
    with nudges none waits, and a busy machine may be ten times slower than ours.
    """
    began = time.monotonic()
    for _ in range(6):
        seq = publish(shop, "order_created")
        assert [screen.next()["seq"] for screen in screens] == [seq] * len(screens)
    return time.monotonic() - began < 4 * hub.POLL_SECONDS


class Uvicorn(Server):
    """Our sockets on uvicorn, as ``make serve`` starts them."""

    def start(self) -> None:
        uvicorn = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = Process(
            [*uvicorn, "--log-level", "warning", "config.asgi:application"],
            log=self.log,
            environment=self.environment,
            cwd=ROOT,
        )
        self.process.wait_until(self.healthy, seconds=60)


@pytest.fixture(scope="session", params=[Server, Uvicorn], ids=["daphne", "uvicorn"])
def running(request, django_db_setup, django_db_blocker) -> Iterator[Server]:
    with django_db_blocker.unblock():
        started = request.param(DATABASE_URL=fixtures.database_url())
    yield started
    started.remove()


@pytest.fixture
def server(running, transactional_db) -> Server:
    """Our server as a process, on each of the servers that we name. Tests leave it running."""
    return running


def speak_through(url: str, settings) -> None:
    """Let nudges of this process travel through this Redis."""
    nudges.finish()
    settings.REDIS_URL = url
    nudges.start_afresh()


@pytest.fixture
def nudging(settings) -> Iterator[Callable[[str], None]]:
    yield lambda url: speak_through(url, settings)
    speak_through(os.environ.get("REDIS_URL", ""), settings)


class Silence:
    """A Redis that accepts and never answers."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        self.taken: list[socket.socket] = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                self.taken.append(self.listener.accept()[0])

    def stop(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for one in self.taken:
            one.close()


@pytest.fixture
def silence() -> Iterator[Silence]:
    hanging = Silence()
    yield hanging
    hanging.stop()
