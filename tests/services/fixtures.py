"""What tests ask for: a real Redis, our server as a process, pages in a real browser."""

import os
import time
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection, connections
from django_ratelimit import core as ratelimit
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from tests.services import chromium
from tests.services.processes import Unavailable
from tests.services.servers import Server
from tests.services.valkey import Valkey

# How long a page may take on a busy machine, in milliseconds. What has to be quick is measured.
PATIENCE = 30_000

# How long an example takes to think of or to try tells only how busy the machine is.
UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis.register_profile("sampled", max_examples=25, **UNHURRIED)
hypothesis.register_profile("long", max_examples=500, **UNHURRIED)


def need(reason: str | Exception) -> None:
    """This test cannot run here: it is reported as not run, and in CI it fails."""
    stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    stop(str(reason))


@pytest.fixture(scope="session", autouse=True)
def sampled(request) -> None:
    hypothesis.load_profile("long" if request.config.getoption("long") else "sampled")


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """Every test starts with empty caches: no try of another test counts."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    caches["default"].clear()


@pytest.fixture(autouse=True)
def whole_windows(monkeypatch) -> None:
    """No count of tries begins anew in the middle of a test, unless it turns the clock itself."""
    by_the_clock, began = ratelimit._get_window, int(time.time())

    def window(value: str | bytes, period: int) -> int:
        if time_machine.escape_hatch.is_travelling():
            return by_the_clock(value, period)
        return began + period * ((int(time.time()) - began) // period + 1)

    monkeypatch.setattr(ratelimit, "_get_window", window)


@pytest.fixture(autouse=True)
def nothing_broken() -> None:
    """No test inherits a connection that failed: the next request would look whether it works."""
    for kept in connections.all(initialized_only=True):
        if kept.errors_occurred:
            kept.close()


@pytest.fixture
def redis_url() -> str:
    """The Redis that the settings use. Emptied before every test."""
    return os.environ.get("REDIS_URL") or need("There is no Redis-compatible server.")


@pytest.fixture
def own_redis() -> Iterator[Valkey]:
    """A Redis that the test may ``kill`` and ``start`` again; hand its ``url()`` to ``serve``."""
    try:
        server = Valkey()
    except Unavailable as reason:
        need(reason)
    yield server
    server.stop()


@pytest.fixture
def serve(transactional_db) -> Iterator[Callable[..., Server]]:
    """Start our server as a process on the test's database: ``serve(NAME="value", …)``.

    What the test has stored it sees, and the other way round.
    """
    started = []

    def start(**environment: str) -> Server:
        server = Server(**{"DATABASE_URL": database_url()} | environment)
        started.append(server)
        return server

    yield start
    for server in started:
        server.remove()


@pytest.fixture(scope="session")
def residents(django_db_setup) -> Iterator[list[Server]]:
    """The server that outlives its test, if there is one yet."""
    started: list[Server] = []
    yield started
    for server in started:
        server.remove()


@pytest.fixture
def live_server_process(transactional_db, residents) -> Server:
    """Our server as a process: ``.url``, ``.ws_url``, ``.output()``, ``.kill()``, ``.start()``.

    One serves many tests, as it serves many days: each finds an empty database and empty caches.
    """
    if not residents:
        residents.append(Server(DATABASE_URL=database_url()))
    [server] = residents
    if not server.process.running:
        server.start()
    server.log.write_text("")
    return server


@pytest.fixture
def open_page(live_server_process, monkeypatch) -> Iterator[Callable]:
    """Open a page in a browser of its own (nothing shared): ``open_page("/sign-in/")``.

    Keyword arguments are those of Playwright's ``new_context``. The test fails if a
    page breaks the content policy or raises an error nobody catches. From the first
    page on the thread has a running event loop: what is to be arranged by verbs comes
    before it.
    """
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    try:
        found = chromium.find()
    except Unavailable as reason:
        need(reason)
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    playwright = browser = None
    complaints: list[str] = []

    def open_one(path: str = "/", **options):
        nonlocal playwright, browser
        if browser is None:
            playwright = sync_playwright().start()
            browser = playwright.chromium.launch(
                executable_path=found.path,
                args=[*chromium.FLAGS],
                env=os.environ | found.environment,
            )
        context = browser.new_context(base_url=live_server_process.url, **options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.extend(broken_policy(line.text)))
        page.goto(path)
        return page

    yield open_one
    if browser is not None:
        browser.close()
        playwright.stop()
    assert complaints == []


@pytest.fixture
def page(open_page):
    """The landing page in a real browser."""
    return open_page("/")


def broken_policy(line: str) -> list[str]:
    return [line] if "Content Security Policy" in line else []


def database_url() -> str:
    """The test database's URL, for a process beside the tests."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    server, question, options = os.environ["DATABASE_URL"].partition("?")
    return f"{server.rpartition('/')[0]}/{name}{question}{options}"
