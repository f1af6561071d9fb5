"""Limits hold with Redis, without it, and while it comes and goes."""

import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import redis
import time_machine
from django.core.cache import caches
from redis.backoff import NoBackoff
from redis.retry import Retry

from core import limits
from core.errors import TooMany

RATE = "4/15m"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """This process has counted nothing yet, and trusts the cache."""
    monkeypatch.setattr(limits, "_here", limits._Here())


def cache_at(settings, url):
    default = {
        **settings.CACHES["default"],
        "BACKEND": "config.caches.SharedRedis",
        "LOCATION": url,
    }
    settings.CACHES = settings.CACHES | {"default": default}


def tries(times, key="9.9.9.9"):
    """How many of so many tries were allowed."""
    allowed = 0
    for _ in range(times):
        try:
            limits.hit("sign-in", key, RATE)
        except TooMany:
            continue
        allowed += 1
    return allowed


def test_one_try_too_many_is_refused_with_the_time_to_wait():
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False):
        assert tries(4) == 4
        with pytest.raises(TooMany) as refusal:
            limits.hit("sign-in", "9.9.9.9", RATE)

    assert 1 <= refusal.value.details["retry_after"] <= 15 * 60


def test_keys_and_groups_count_for_themselves():
    assert tries(9) == 4
    assert tries(9, "8.8.8.8") == 4
    limits.hit("pairing", "9.9.9.9", RATE)


def seldom(times, *, unshared=2, key="9.9.9.9"):
    """How many of so many tries were allowed to a process that keeps the first to itself."""
    allowed = 0
    for _ in range(times):
        with suppress(TooMany):
            limits.hit("heartbeat", key, "6/h", unshared=unshared)
            allowed += 1
    return allowed


def test_the_first_tries_are_kept_from_the_others_until_there_are_more():
    seldom(2)
    assert usage_elsewhere() == 0
    seldom(1)
    assert usage_elsewhere() == 3
    seldom(1)
    assert usage_elsewhere() == 4


def usage_elsewhere():
    """What the shared counter knows."""
    return limits._usage("heartbeat", "9.9.9.9", "6/h", 0).tries


def test_a_process_that_keeps_tries_to_itself_allows_no_more_of_them():
    assert seldom(20) == 6


def test_each_process_allows_what_it_kept_to_itself_beyond_the_limit_and_not_more(monkeypatch):
    assert seldom(20) == 6
    monkeypatch.setattr(limits, "_here", limits._Here())

    assert seldom(20) == 2


def test_without_the_shared_counter_what_was_kept_counts_too(settings):
    cache_at(settings, "redis://127.0.0.1:1/0")

    assert seldom(20) == 3


@pytest.mark.parametrize("begun", [1, 1799, 3598])
def test_within_a_window_nothing_kept_is_forgotten(monkeypatch, begun):
    """Not even where the process turns to new counters in the middle of the window."""
    monkeypatch.setattr(limits.time, "monotonic", turning := Turning())
    with time_machine.travel(BEGINS, tick=False) as clock:
        limits._here.untold("heartbeat", "another", "6/h", 2)  # turns an hour from here
        turning.now += 3600 - begun
        assert seldom(2) == 2
        turning.now += begun
        clock.shift(begun)

        assert seldom(20) == 4
        assert usage_elsewhere() == 22


def test_what_a_process_kept_to_itself_is_forgotten_with_its_window():
    with time_machine.travel(BEGINS, tick=False) as clock:
        seldom(2)
        clock.shift(3600)
        seldom(2)

        assert usage_elsewhere() == 0


def test_keys_that_share_a_counter_are_told_of_earlier(monkeypatch):
    monkeypatch.setattr(limits._First, "PLACES", 1)
    for number in range(9):
        limits.hit("heartbeat", f"10.0.0.{number}", "6/h", unshared=2)

    told = [limits._usage("heartbeat", f"10.0.0.{n}", "6/h", 0).tries for n in range(9)]
    assert told == [0, 0, 3, 1, 1, 1, 1, 1, 1]


@pytest.fixture
def hectic():
    """Threads take turns so often that they overtake each other between any two steps."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_many_threads_share_what_is_kept(hectic):
    """Others may overtake the one who tells of what was kept: so much comes on top, and no more."""
    for number in range(20):
        key = f"10.0.0.{number}"
        with ThreadPoolExecutor(8) as pool:
            allowed = sum(pool.map(lambda _, key=key: seldom(5, key=key), range(8)))

        assert 6 <= allowed <= 6 + 2


#: A second after the window of 9.9.9.9 has begun.
BEGINS = limits.ratelimit._get_window("9.9.9.9", 3600) + 1


class Turning:
    """A monotonic clock that the test turns."""

    now = 1_000_000.0

    def __call__(self):
        return self.now


def test_looking_counts_nothing():
    for _ in range(9):
        limits.check("sign-in", "9.9.9.9", RATE)
    assert tries(9) == 4
    with pytest.raises(TooMany):
        limits.check("sign-in", "9.9.9.9", RATE)


def test_a_try_that_was_right_is_taken_back():
    for _ in range(9):
        limits.hit("sign-in", "9.9.9.9", RATE)
        limits.forgive("sign-in", "9.9.9.9", RATE)
    assert tries(9) == 4


def test_taking_back_what_nobody_counted_changes_nothing():
    limits.forgive("sign-in", "nobody", RATE)

    assert tries(9, "nobody") == 4


def test_the_count_starts_anew_after_its_time():
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False) as clock:
        assert tries(9) == 4
        clock.shift(15 * 60 + 1)
        assert tries(9) == 4


def test_many_tries_at_once_are_all_counted(redis_url):
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: tries(1), range(40))) == 4


def test_without_redis_half_the_limit_holds_and_with_it_all_of_it(settings, own_redis, monkeypatch):
    monkeypatch.setattr(limits, "PAUSE", 0.0)
    cache_at(settings, own_redis.url())
    assert tries(9, "before") == 4

    own_redis.kill()
    assert tries(9, "during") == 2
    limits.forgive("sign-in", "during", RATE)
    limits.forgive("sign-in", "during", RATE)
    assert tries(9, "during") == 0, "seven more were refused, and counted"
    with pytest.raises(TooMany):
        limits.check("sign-in", "during", RATE)

    own_redis.start()
    assert tries(9, "after") == 4


def test_a_redis_that_never_answers_holds_up_one_try_only(settings, monkeypatch):
    monkeypatch.setattr(limits, "PAUSE", 3600.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache_at(settings, f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

        assert tries(9) == 2

        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_crowd_of_addresses_does_not_fill_the_memory(settings, monkeypatch):
    monkeypatch.setattr(limits, "CROWD", 10)
    limits._here.rest(OSError("away"))

    for number in range(100):
        limits.hit("sign-in", f"10.0.0.{number}", RATE)

    assert len(limits._here.tries) <= 10
    assert tries(9, "10.0.0.99") == 1, "the latest are remembered"


@pytest.fixture
def own_memory(settings):
    """A cache whose times pass as the test's do: a server has a clock of its own."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "own"}
    settings.CACHES = settings.CACHES | {"default": memory}
    caches["default"].clear()


@pytest.fixture
def frozen():
    """Time stands still: nobody's wait ends by itself."""
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False):
        yield


RHYTHM = limits.Pace(free=4, first=2, most=10, memory=3600)


def waits(times, key="anna"):
    """How long each of so many tries in a row was told to wait; 0 was allowed."""
    found = []
    for _ in range(times):
        try:
            limits.pace("account", key, RHYTHM)
        except TooMany as refusal:
            found.append(refusal.details["retry_after"])
        else:
            found.append(0)
    return found


def test_tries_slow_down_and_are_never_locked_out(own_memory):
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False) as clock:
        assert waits(6) == [0, 0, 0, 0, 0, 2]
        told = []
        for seconds in (2, 4, 8, 10, 10):
            clock.shift(seconds)
            told += waits(3)
        assert told == [0, 4, 4, 0, 8, 8, 0, 10, 10, 0, 10, 10, 0, 10, 10]
        assert waits(4, "another") == [0] * 4


def test_a_right_try_calms_the_pace(own_memory, frozen):
    assert waits(7) == [0, 0, 0, 0, 0, 2, 2]
    limits.calm("account", "anna")

    assert waits(5) == [0] * 5


def test_tries_are_forgotten_after_their_time(own_memory):
    with time_machine.travel("2026-01-31T12:00:00Z", tick=False) as clock:
        assert waits(5) == [0] * 5
        clock.shift(3601)
        assert waits(5) == [0] * 5


def test_clearing_forgets_every_try():
    assert tries(9) == 4
    limits.clear("sign-in", "9.9.9.9", RATE)

    assert tries(9) == 4


def test_many_paced_tries_at_once_pass_as_few(redis_url):
    with ThreadPoolExecutor(8) as pool:
        found = [wait for (wait,) in pool.map(lambda _: waits(1, "crowd"), range(40))]

    assert found.count(0) == 5
    assert max(found) <= 10


def test_without_redis_a_pace_has_half_its_free_tries(settings, own_redis, frozen):
    cache_at(settings, own_redis.url())
    assert waits(5, "before") == [0] * 5

    own_redis.kill()
    assert waits(4, "during") == [0, 0, 0, 2]
    limits.calm("account", "during")
    assert waits(3, "during") == [0, 0, 0]
    limits.clear("sign-in", "during", RATE)


def test_all_commands_of_all_threads_go_through_one_client(settings, own_redis):
    """Django makes a client for each command, which costs more than what the command does."""
    from config.caches import SharedRedis

    caches_ = [SharedRedis(own_redis.url(), {}) for _ in range(2)]
    caches_[0].set("number", 1, 60)

    assert caches_[1].incr("number") == 2
    assert len({id(one._cache.get_client(key)) for one in caches_ for key in "ab"}) == 1


def test_a_line_that_redis_dropped_is_opened_again(own_redis):
    from config.caches import SharedRedis

    cache = SharedRedis(own_redis.url(), {})
    cache.set("number", 1, 60)
    with redis.Redis.from_url(own_redis.url()) as other:
        other.client_kill_filter(_type="normal", skipme=True)

    assert cache.incr("number") == 2


def test_an_answer_that_comes_too_late_answers_nothing_else(own_redis):
    from config.caches import SharedRedis

    options = {"socket_timeout": 2, "retry": Retry(NoBackoff(), 0)}
    cache = SharedRedis(own_redis.url(), {"OPTIONS": options})
    cache.set("number", 5, 60)
    own_redis.process.popen.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(redis.exceptions.TimeoutError):
            cache.get("number")
    finally:
        own_redis.process.popen.send_signal(signal.SIGCONT)
    cache.set("text", "new", 60)

    assert (cache.get("text"), cache.get("number")) == ("new", 5)


def test_a_child_process_has_a_line_of_its_own(own_redis):
    from config.caches import SharedRedis

    client = SharedRedis(own_redis.url(), {})._cache.get_client()
    client.ping()
    before = client._line()
    client.own.pid = -1  # as after a fork, where the parent's line lies in the child's memory

    assert client._line() is not before
    assert client.ping()
