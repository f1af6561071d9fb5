"""Limits hold with Redis, without it, and while it comes and goes."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

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
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
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


def test_a_redis_that_never_answers_holds_up_one_try_only(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache_at(settings, f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

        begun = time.monotonic()
        assert tries(9) == 2

        assert time.monotonic() - begun < 2


def test_a_crowd_of_addresses_does_not_fill_the_memory(settings, monkeypatch):
    monkeypatch.setattr(limits, "CROWD", 10)
    limits._here.rest(OSError("away"))

    for number in range(100):
        limits.hit("sign-in", f"10.0.0.{number}", RATE)

    assert len(limits._here.tries) <= 10
    assert tries(9, "10.0.0.99") == 1, "the latest are remembered"
