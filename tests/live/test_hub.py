"""The hub: it rests without screens, leaks nothing, and survives what happens to its database."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvloop
from django.db import connection, connections

from live import hub as hubs
from live import nudges
from live.errors import TooSlow
from live.frames import Frame
from live.hub import BACKLOG, Hub, Room, Screen
from live.nudges import Ear
from live.pressure import Line
from tests.live.conftest import SECONDS, publish, wait_until


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


class Protocol:
    """A server's end of a socket, as uvicorn's: whoever sends on a full line waits."""

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()
        self.got: list[int] = []
        self.is_broken = False

    async def send(self, message: dict[str, str]) -> None:
        await self.writable.wait()
        if self.is_broken:
            raise OSError("gone")
        self.got.append(int(message["text"]))


async def follow(room: Room, protocol: Protocol, cursor: int = 0) -> None:
    """As a consumer does."""
    line = Line(protocol.send)
    screen = Screen(room, None, line)
    screen.cursor = cursor
    async for frame in screen.following():
        if frame.seq > cursor:
            await line.say(frame.text)


def numbered(*seqs: int) -> list[Frame]:
    return [Frame(seq, str(seq)) for seq in seqs]


def test_the_room_itself_sends_to_who_waits_and_what_a_full_line_misses_its_task_sends():
    async def visit() -> list[list[int]]:
        room = Room(None)
        ends = [Protocol() for _ in range(4)]
        *tasks, late = [
            asyncio.create_task(follow(room, end, cursor))
            for end, cursor in zip(ends, (0, 0, 0, 2), strict=True)
        ]
        await asyncio.sleep(0)
        assert len(room.waiting) == 4
        await room.tell(numbered(1))
        assert [end.got for end in ends] == [[1], [1], [1], []]  # and no task has run

        full, broken, *_ = ends
        full.writable.clear()
        broken.is_broken = True
        await room.tell(numbered(2, 3))
        await room.tell(numbered(4))
        assert [end.got for end in ends] == [[1], [1], [1, 2, 3, 4], [3, 4]]
        full.writable.set()
        with pytest.raises(OSError, match="gone"):
            await tasks[1]
        while len(full.got) < 4:
            await asyncio.sleep(0)
        await room.tell(numbered(5))
        for task in (tasks[0], tasks[2], late):
            task.cancel()
            await asyncio.wait([task])
        assert room.waiting == set()
        return [end.got for end in ends]

    every = [1, 2, 3, 4, 5]
    assert asyncio.run(visit()) == [every, [1], every, [3, 4, 5]]


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
        seq = publish(shop, "order_created")
        assert screen.next()["seq"] == seq
        late = watch(server, shop, session, after=seq - 1)
        assert late.ready()[0]["seq"] == seq


#: What the log says of a look that failed.
FAILED = "The outbox could not be read"


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
    failed = server.output().count(FAILED)
    with broken_table():
        assert watch(server, shop, session).end() == 4500  # come back, it says
        wait_until(lambda: server.output().count(FAILED) > failed)  # the hub has looked

    seq = publish(shop, "order_created")
    assert screen.next()["seq"] == seq
    assert watch(server, shop, session, after=seq - 1).ready()[0]["seq"] == seq


def test_a_line_that_uvloop_found_cut_is_lost_and_no_fault_of_ours():
    async def cut(port: int) -> RuntimeError:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.transport.abort()
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError) as said:
            writer.writelines([b"PING"])
        return said.value

    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = uvloop.run(cut(listener.getsockname()[1]))
    assert nudges.is_loss(said)
    assert nudges.is_loss(ConnectionResetError())
    assert not nudges.is_loss(RuntimeError("This event loop is already running"))


def test_the_ear_ends_whenever_it_is_told_to(shop, other_shop):
    async def visit(turns: int) -> None:
        ear = Ear(lambda _: None)
        listening = asyncio.create_task(ear.run())
        ear.follow(shop.pk)
        for turn in range(turns):
            await asyncio.sleep(0.0005 if turn % 2 else 0)
        ear.follow(other_shop.pk)
        listening.cancel()
        await asyncio.wait([listening], timeout=SECONDS)
        assert listening.cancelled()

    for turns in range(40):
        asyncio.run(visit(turns))
