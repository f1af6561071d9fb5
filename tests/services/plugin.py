"""Brings the servers that tests need, before settings are read.

A run is on one database: ``--database=sqlite`` (the default) or ``postgresql``; the
second runs only tests that touch a database. A test belongs to the group of what it
needs: its database, ``redis``, ``browser``. A group whose server this machine cannot
bring does not run: the end of the run says so, and with ``CI=true`` it fails.
"""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.services import flush, statics
from tests.services.postgres import Postgres
from tests.services.processes import Unavailable
from tests.services.valkey import Valkey

pytest_plugins = ["tests.services.fixtures"]

ROOT = Path(__file__).resolve().parents[2]
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
GROUPS = {"redis_url": "redis", "own_redis": "redis", "open_page": "browser"}
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")

services: list[Postgres | Valkey] = []
counts: dict[str, Counter] = {}
reasons: dict[str, str] = {}


def pytest_addoption(parser):
    group = parser.getgroup("countertop")
    group.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")
    group.addoption("--long", action="store_true", help="run whole what is sampled otherwise")


def pytest_configure(config):
    flush.forgive_append_only_tables()
    statics.look_once()
    config.addinivalue_line("markers", "long: runs only with --long")
    config.addinivalue_line("markers", "sqlite_only: means nothing on PostgreSQL")
    config.addinivalue_line("markers", "postgresql_only: means nothing on SQLite")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config):
    """A wrapper, so that it comes before pytest-django reads the settings."""
    forget_deployment()
    prepare(early_config.known_args_namespace.database)
    return (yield)


def forget_deployment() -> None:
    """Take the variables of whoever runs the tests out of the tests' environment."""
    for line in (ROOT / ".env.example").read_text().splitlines():
        if not line.startswith("#"):
            os.environ.pop(line.partition("=")[0], None)


def prepare(database: str) -> None:
    """Say in the environment which servers the settings shall use, starting our own."""
    home = Path(tempfile.mkdtemp(prefix="tests-", dir=memory()))
    (home / "static").mkdir()  # whitenoise warns of a folder that is not there
    os.environ |= {
        "SECRET_KEY": "for-tests-only-" + "s" * 48,
        "JWT_SECRET_KEY": "for-tests-only-" + "j" * 48,
        "CREDENTIAL_KEYS": "for-tests-only-" + "c" * 48,
        "VAR_DIR": str(home),
        "TEST_SQLITE": str(home / "test.sqlite3"),
        "TEST_HOME": str(home),
    }
    if database == "postgresql":
        os.environ["DATABASE_URL"] = postgresql()
    try:
        os.environ["REDIS_URL"] = own_database(told_or_started("TEST_REDIS_URL", Valkey))
        os.environ["REDIS_PREFIX"] = f"test-{WORKER or 'main'}"
    except Unavailable:
        pass  # settings do without; the fixtures say what did not run


def postgresql() -> str:
    try:
        return told_or_started("TEST_DATABASE_URL", Postgres)
    except Unavailable as reason:
        print(f"NOT RUN: postgresql: {reason}")  # noqa: T201
        raise SystemExit(os.environ.get("CI") == "true") from reason


def memory() -> str | None:
    """A folder in memory if there is one: SQLite waits for the disk at every commit."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def told_or_started(variable: str, service: type[Postgres | Valkey]) -> str:
    """The server that the environment names, else one of our own; workers inherit it."""
    if variable not in os.environ:
        services.append(service())
        os.environ[variable] = services[-1].url()
    return os.environ[variable]


def own_database(url: str) -> str:
    """A Redis database of this worker's own, counted from the one that was named."""
    server, _, number = url.rpartition("/")
    return f"{server}/{int(number) + int(WORKER.removeprefix('gw') or 0)}"


def pytest_collection_modifyitems(config, items):
    database, long = config.getoption("database"), config.getoption("long")
    other = {"sqlite": "postgresql_only", "postgresql": "sqlite_only"}[database]
    chosen, left = [], []
    for item in items:
        touches = item.get_closest_marker("django_db") or DATABASE_FIXTURES & {*item.fixturenames}
        fits = touches or database == "sqlite"
        fits = fits and not item.get_closest_marker(other)
        fits = fits and (long or not item.get_closest_marker("long"))
        (chosen if fits else left).append(item)
        groups = {GROUPS[name] for name in item.fixturenames if name in GROUPS}
        for group in sorted(groups | ({database} if touches else set())):
            item.user_properties.append(("group", group))
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = chosen


def pytest_sessionfinish(session, exitstatus):
    """A choice of tests that touch no database leaves nothing for the second run: not a failure."""
    second = session.config.getoption("database") == "postgresql"
    if second and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_runtest_logreport(report):
    """Count by group; what its set-up refused did not run."""
    if report.when != "call" and report.outcome == "passed":
        return
    for name, group in report.user_properties:
        if name == "group":
            counts.setdefault(group, Counter())[report.outcome] += 1
            if report.outcome == "skipped":
                reasons[group] = str(report.longrepr[-1])


def pytest_terminal_summary(terminalreporter):
    for group, results in sorted(counts.items()):
        said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(results.items()))
        terminalreporter.write_line(f"{group}: {said}")
    for group, reason in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {group}: {reason}", red=True)


def pytest_unconfigure():
    for service in services:
        service.stop()
    services.clear()
    if home := os.environ.pop("TEST_HOME", ""):
        shutil.rmtree(home, ignore_errors=True)
