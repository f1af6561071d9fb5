"""Several processes and several Redis servers: an event is on every screen at once, and once."""

import time
from uuid import UUID

import pytest

from live import nudges
from tests import factories
from tests.live.conftest import Uvicorn, publish
from tests.services import fixtures
from tests.services.processes import Unavailable
from tests.services.servers import Server
from tests.services.valkey import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 0.5  # seconds; the poll alone takes longer most of the times


@pytest.fixture
def two_redis(own_redis):
    try:
        second = Valkey()
    except Unavailable as reason:
        fixtures.need(reason)
    yield own_redis, second
    second.stop()


def slowest(shop, screens) -> float:
    """The longest that six events took to all of these screens, each of them next and once."""
    longest = 0.0
    for _ in range(6):
        seq = publish(shop, "order_created")
        began = time.monotonic()
        assert [screen.next()["seq"] for screen in screens] == [seq] * len(screens)
        longest = max(longest, time.monotonic() - began)
    return longest


@pytest.mark.postgresql_only
def test_two_processes_and_two_redis_are_one_server(
    two_redis, nudging, owner, shop, session, watch
):
    """Shops are on either Redis; one of these dies, and only its shops wait for the poll."""
    urls = ",".join(one.url() for one in two_redis)
    nudging(urls)
    ours = [shop]
    while {nudges.share(one.pk, 2) for one in ours} != {0, 1}:
        ours.append(factories.shop_of(owner, f"Shop {len(ours)}"))
    first, second = (next(one for one in ours if nudges.share(one.pk, 2) == n) for n in (0, 1))
    environment = {"DATABASE_URL": fixtures.database_url(), "REDIS_URL": urls}
    servers = [Server(**environment), Uvicorn(**environment)]
    try:
        on_first, on_second = (
            [watch(server, one, session) for server in servers] for one in (first, second)
        )
        for screen in (*on_first, *on_second):
            screen.ready()
        publish(first, "order_created"), publish(second, "order_created")  # the lines are warm
        for screen in (*on_first, *on_second):
            screen.next()
        assert slowest(first, on_first) < AT_ONCE
        assert slowest(second, on_second) < AT_ONCE

        two_redis[0].kill()
        assert slowest(first, on_first) < 5
        assert slowest(second, on_second) < AT_ONCE
    finally:
        for server in servers:
            server.remove()


def test_shops_are_shared_out_evenly_and_always_alike():
    shops = [UUID(int=number * 7919) for number in range(1000)]
    counts = [[nudges.share(one, 4) for one in shops].count(n) for n in range(4)]

    assert min(counts) > 200
    assert [nudges.share(one, 1) for one in shops] == [0] * 1000
