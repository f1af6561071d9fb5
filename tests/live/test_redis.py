"""Redis comes and goes; events come all the same, a little later at worst."""

import time

import httpx
import pytest
from redis import Redis

from accounts import sessions
from live import nudges
from live.hub import POLL_SECONDS
from tests.live.conftest import SECONDS, Uvicorn, is_nudged, publish, token_of, wait_until
from tests.services import fixtures

pytestmark = pytest.mark.django_db(transaction=True)

WITHOUT_NUDGES = 5  # seconds an event may take while Redis is away; a poll takes 1.5


@pytest.fixture(params=["daphne", pytest.param("uvicorn", marks=pytest.mark.long)])
def server_on(request, serve):
    """Start our server with a Redis of the test's own."""
    started = []

    def start(url: str):
        if request.param == "daphne":
            return serve(REDIS_URL=url)
        started.append(Uvicorn(DATABASE_URL=fixtures.database_url(), REDIS_URL=url))
        return started[-1]

    yield start
    for server in started:
        server.remove()


def delay(shop, *screens) -> float:
    """Seconds until an event that was just published is on all these screens."""
    seq = publish(shop, "order_created")
    began = time.monotonic()
    assert [screen.next()["seq"] for screen in screens] == [seq] * len(screens)
    return time.monotonic() - began


def signs_of_life(url: str) -> int:
    """How often this Redis was asked for one."""
    with Redis.from_url(url) as redis:
        return redis.info("commandstats").get("cmdstat_ping", {"calls": 0})["calls"]


def test_an_idle_screen_stays_up_and_is_still_nudged(
    server_on, own_redis, nudging, shop, session, watch
):
    nudging(own_redis.url())
    screen = watch(server_on(own_redis.url()), shop, session)
    screen.ready()
    before = signs_of_life(own_redis.url())
    # The hub's subscription is idle as well, for longer than a client of Redis is patient.
    wait_until(lambda: signs_of_life(own_redis.url()) >= before + 2)

    assert is_nudged(shop, screen)


def test_redis_dies_and_comes_back(server_on, own_redis, nudging, shop, session, watch, owner):
    nudging(own_redis.url())
    server = server_on(own_redis.url())
    before = watch(server, shop, session)
    before.ready()
    assert is_nudged(shop, before)

    own_redis.kill()
    assert delay(shop, before) < WITHOUT_NUDGES
    meanwhile = watch(server, shop, sessions.begin(user=owner))
    meanwhile.ready()
    for _ in range(3):
        assert delay(shop, before, meanwhile) < WITHOUT_NUDGES

    own_redis.start()
    wait_until(lambda: is_nudged(shop, before, meanwhile))


def add_category(server, shop, session, name: str) -> None:
    """Something that happens in the server itself, and is told to screens."""
    answer = httpx.post(
        f"{server.url}/api/v1/shops/{shop.pk}/categories",
        json={"name": name},
        headers={"Authorization": f"Bearer {token_of(session)}"},
        timeout=SECONDS,
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text


def test_a_redis_that_never_answers_holds_nothing_up(server_on, silence, shop, session, watch):
    server = server_on(silence.url)
    screen = watch(server, shop, session)
    screen.ready()
    add_category(server, shop, session, "Warm up")
    assert screen.next()["data"]["name"] == "Warm up"
    took = []
    for name in ("Soups", "Salads", "Sweets"):
        began = time.monotonic()
        add_category(server, shop, session, name)
        took.append(time.monotonic() - began)
        assert screen.next()["data"]["name"] == name
        assert time.monotonic() - began < WITHOUT_NUDGES
    assert min(took) < nudges.PATIENCE  # or each of them had waited for Redis


def test_one_process_without_redis_nudges_itself(serve, shop, session, watch):
    """As ``make run`` does: the change and its screens are in the same process."""
    server = serve(REDIS_URL="")
    screen = watch(server, shop, session)
    screen.ready()
    add_category(server, shop, session, "Warm up")
    screen.next()
    waited = 0.0
    for number in range(6):
        add_category(server, shop, session, f"Category {number}")
        answered = time.monotonic()
        screen.next()
        waited += time.monotonic() - answered

    assert waited < 2 * POLL_SECONDS  # by polls alone it is nearly one each time
