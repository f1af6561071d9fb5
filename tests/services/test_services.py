"""The tests' own servers: what every other test stands on."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from django.db import connection

from tests.services.fixtures import database_url

ROOT = Path(__file__).resolve().parents[2]

PARENT = """
import sys, time
from pathlib import Path
from tests.services.processes import Process
child = Process([sys.executable, "-c", "import time; time.sleep(600)"], log=Path(sys.argv[1]))
print(child.popen.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.django_db
def test_the_run_is_on_the_database_it_names(request):
    assert connection.vendor == request.config.getoption("database")


def test_settings_use_the_redis_of_the_tests(redis_url, settings):
    assert redis_url == settings.REDIS_URL
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


def test_a_redis_can_go_away_and_come_back(own_redis):
    with redis.Redis.from_url(own_redis.url()) as client:
        assert client.set("key", "value")
    own_redis.kill()
    with redis.Redis.from_url(own_redis.url()) as client, pytest.raises(redis.ConnectionError):
        client.ping()
    own_redis.start()
    with redis.Redis.from_url(own_redis.url()) as client:
        assert client.get("key") is None


def test_a_killed_test_run_takes_its_servers_along(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        child = int(parent.stdout.readline())
        # A pidfd becomes readable when its process has ended.
        ended = os.pidfd_open(child)
        parent.send_signal(signal.SIGKILL)
    try:
        readable, _, _ = select.select([ended], [], [], 10)
        assert readable == [ended]
    finally:
        os.close(ended)


def test_the_server_process_answers_and_can_be_killed_and_started_again(live_server_process):
    server = live_server_process
    assert server.healthy()
    server.kill()
    assert not server.healthy()
    server.start()
    assert server.healthy()


def test_a_page_is_shown_by_a_real_browser(page):
    assert page.evaluate("navigator.webdriver") is True
    assert page.title()


@pytest.mark.django_db
def test_a_process_beside_the_tests_is_given_the_database_of_the_test():
    assert "test" in database_url()
