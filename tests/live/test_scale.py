"""Several processes and several Redis servers: an event is on every screen at once, and once."""

from uuid import UUID

import pytest

from live import nudges
from tests import factories
from tests.live.conftest import Uvicorn, is_nudged, publish
from tests.services import fixtures
from tests.services.processes import Unavailable
from tests.services.servers import Server
from tests.services.valkey import Valkey

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two_redis(own_redis):
    try:
        second = Valkey()
    except Unavailable as reason:
        fixtures.need(reason)
    yield own_redis, second
    second.stop()


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
        assert is_nudged(first, *on_first)
        assert is_nudged(second, *on_second)

        two_redis[0].kill()
        assert not is_nudged(first, *on_first)  # by polls, and each event once
        assert is_nudged(second, *on_second)
    finally:
        for server in servers:
            server.remove()


def test_shops_are_shared_out_evenly_and_always_alike():
    shops = [UUID(int=number * 7919) for number in range(1000)]
    counts = [[nudges.share(one, 4) for one in shops].count(n) for n in range(4)]

    assert min(counts) > 200
    assert [nudges.share(one, 1) for one in shops] == [0] * 1000
