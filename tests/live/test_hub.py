"""The hub: it rests without screens, leaks nothing, and survives what happens to its database."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from live import hub as hubs
from live.errors import TooSlow
from live.frames import Frame
from live.hub import BACKLOG, Hub, Room, Screen
from live.nudges import Ear
from tests.live.conftest import publish


@pytest.fixture
def own_hub() -> Iterator[type[Hub]]:
    yield Hub
    hubs.READING.submit(connections.close_all).result()


@pytest.mark.django_db(transaction=True)
def test_it_rests_when_the_last_screen_leaves(shop, other_shop, session, own_hub):
    async def visit() -> None:
        hub = own_hub()
        async with hub.join(shop.pk, session.pk) as first:
            async with hub.join(shop.pk, session.pk), hub.join(other_shop.pk, session.pk):
                assert {*hub.rooms} == {shop.pk, other_shop.pk}
            assert {*hub.rooms} == {shop.pk}
            assert first.room.screens == {first}
        await asyncio.gather(
            *asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True
        )
        assert hub.rooms == {}
        assert hub.tasks == []

        async with hub.join(shop.pk, session.pk) as again:  # and it can start anew
            seq = await asyncio.to_thread(published, shop)
            async for frame in again.following():
                assert frame.seq == seq
                break

    asyncio.run(visit())


def published(shop) -> int:
    try:
        return publish(shop, "order_created")
    finally:
        connection.close()


def test_a_screen_gets_the_rooms_frames_from_its_arrival_on():
    async def visit() -> list[int]:
        room = Room(None)
        room.put([Frame(1, "one")])
        following = Screen(room, None).following()
        room.put([Frame(2, "two"), Frame(3, "three")])
        return [(await anext(following)).seq for _ in range(2)]

    assert asyncio.run(visit()) == [2, 3]


def test_a_screen_may_fall_behind_by_the_backlog_and_no_further():
    async def visit() -> None:
        room = Room(None)
        slow, slower = Screen(room, None).following(), Screen(room, None).following()
        for seq in range(1, BACKLOG + 1):
            room.put([Frame(seq, "")])
        assert (await anext(slow)).seq == 1
        room.put([Frame(BACKLOG + 1, "")])
        assert (await anext(slow)).seq == 2
        with pytest.raises(TooSlow):
            await anext(slower)

    asyncio.run(visit())


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_a_database_that_drops_its_connections_stops_no_screen(server, shop, session, watch):
    screen = watch(server, shop, session)
    screen.ready()
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        began = time.monotonic()
        seq = publish(shop, "order_created")
        assert screen.next()["seq"] == seq
        assert time.monotonic() - began < 5
        late = watch(server, shop, session, after=seq - 1)
        assert late.ready()[0]["seq"] == seq


@contextmanager
def broken_table() -> Iterator[None]:
    """For a while no look at the outbox works."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE live_event RENAME TO live_event_away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE live_event_away RENAME TO live_event")


@pytest.mark.django_db(transaction=True)
def test_a_look_that_fails_stops_no_screen(server, shop, session, watch):
    screen = watch(server, shop, session)
    screen.ready()
    with broken_table():
        assert watch(server, shop, session).end() == 4500  # come back, it says
        with pytest.raises(TimeoutError):
            screen.connection.recv(timeout=2)  # the hub has looked, and failed

    seq = publish(shop, "order_created")
    assert screen.next()["seq"] == seq
    assert watch(server, shop, session, after=seq - 1).ready()[0]["seq"] == seq


def test_the_ear_ends_whenever_it_is_told_to(shop, other_shop):
    async def visit(turns: int) -> None:
        ear = Ear(lambda _: None)
        listening = asyncio.create_task(ear.run())
        ear.follow(shop.pk)
        for turn in range(turns):
            await asyncio.sleep(0.0005 if turn % 2 else 0)
        ear.follow(other_shop.pk)
        listening.cancel()
        await asyncio.wait([listening], timeout=4)
        assert listening.cancelled()

    for turns in range(40):
        asyncio.run(visit(turns))
