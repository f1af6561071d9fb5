"""Limits count the caller whom the proxies name, and hold when Redis is gone."""

import pytest
from django.core.cache import caches

from core import limits
from tests import factories
from tests.doors.asking import client_of
from tests.services import processes

WRONG = {"username": "flora", "password": "not the password"}


@pytest.fixture(autouse=True)
def fresh(db, monkeypatch):
    """This process has counted nothing yet, and trusts the cache."""
    monkeypatch.setattr(limits, "_here", limits._Here())
    caches["local"].clear()
    factories.person("flora")


def tries(count, forwarded=None, peer="10.0.0.1", wish=WRONG, url="/api/v1/auth/login"):
    """The statuses of so many tries from there."""
    client = client_of(None, "nobody")
    found = []
    for n in range(count):
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded.format(n=n)}
        response = client.post(url, wish, "application/json", REMOTE_ADDR=peer, headers=headers)
        if response.status_code == 429:
            assert int(response["Retry-After"]) >= 1
            assert response.json()["code"] == "too_many_requests"
        found.append(response.status_code)
    return found


LATE = [401] * 5 + [429] * 2


def test_without_proxies_the_header_is_nothing(settings):
    settings.TRUSTED_PROXY_COUNT = 0

    assert tries(7, "1.2.3.{n}") == LATE


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [
        (1, "1.2.3.{n}, 9.9.9.9"),  # what the caller wrote stands left of what the proxy saw
        (1, "9.9.9.9"),
        (2, "1.2.3.{n}, 9.9.9.9, 10.0.0.2"),
        (2, "1.2.3.{n}"),  # too short: the peer counts
        (1, "1.2.3.{n}, nonsense"),  # not to be read: the peer counts
        (1, "1.2.3.{n}, 9.9.9.9:4{n}"),  # its port is no address
        (1, "{n}, ::ffff:9.9.9.9"),
        (1, "x, 2001:db8::{n}"),  # one household has a whole /64
    ],
)
def test_a_caller_who_writes_addresses_is_counted_all_the_same(settings, proxies, forwarded):
    settings.TRUSTED_PROXY_COUNT = proxies

    assert tries(7, forwarded) == LATE


def test_behind_a_proxy_each_caller_counts_alone(settings):
    settings.TRUSTED_PROXY_COUNT = 1

    assert tries(7, "9.9.9.9") == LATE
    assert tries(1, "8.8.8.8") == [401]


@pytest.mark.parametrize(
    "header", ["", ",", ",,,", "\t", "9" * 4000, "[::1", "é", "%00", "1.2.3.4, "]
)
@pytest.mark.parametrize("proxies", [0, 1, 3])
def test_no_header_breaks_anything(settings, header, proxies):
    settings.TRUSTED_PROXY_COUNT = proxies

    assert tries(1, header.replace("{", "")) == [401]


@pytest.fixture
def dead(settings):
    """A cache at a port where nobody listens."""
    default = settings.CACHES["default"] | {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"redis://127.0.0.1:{processes.free_port()}/0",
    }
    settings.CACHES = settings.CACHES | {"default": default}


def test_without_redis_each_process_counts_at_half_the_limit(dead):
    found = tries(6)

    assert found[:2] == [401, 401]
    assert found[2:] == [429] * 4


LIMITED = {
    "auth/login": {"username": "flora", "password": "x"},
    "auth/register": {"username": "flora", "password": "correct horse battery"},
    "auth/password/forgot": {"email": "flora@example.com"},
    "auth/password/reset": {"token": "x", "new_password": "quite another battery"},
    "devices/pair": {"code": "AAAA-BBBB"},
}


@pytest.mark.parametrize("path", LIMITED)
@pytest.mark.parametrize("redis", ["there", "gone"])
def test_every_open_door_closes_after_many_tries(path, redis, request):
    if redis == "gone":
        request.getfixturevalue("dead")
    found = tries(25, wish=LIMITED[path], url=f"/api/v1/{path}")

    assert {*found} <= {202, 400, 401, 409, 429}
    assert found[0] != 429
    assert found[-1] == 429
