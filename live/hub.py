"""The hub: one reader of the outbox for all screens of this process.

It looks after a nudge, and by itself every ``POLL_SECONDS``, once for all shops that have screens
here. Each event is written once, put into its shop's room, and sent to every screen of the room: by the
room itself where a socket waits and its line is free, else by the screen's own task.
The outbox is the truth: a lost nudge, or a dead Redis, delays an event and never loses it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from channels.db import database_sync_to_async

from live import frames
from live.errors import Closed, SessionEnded, TooSlow, Unknown
from live.frames import Frame
from live.nudges import Ear
from live.pressure import Line, Words

__all__ = ["LOBBY", "Hub", "Room", "Screen", "hub"]

log = logging.getLogger(__name__)

#: The longest wait for news without a nudge; sessions are re-read as often, so that the screens
#: of a revoked one close within two seconds.
POLL_SECONDS = 1.5
#: How often screens are told that the stream is alive.
PING_SECONDS = 20
#: Frames kept in a room: a screen that falls further behind is too slow.
BACKLOG = 1_000

#: Whoever waits here follows no shop: only the end of the session is heard.
LOBBY = UUID(int=0)

#: Its own thread and connection: news never queue behind screens that are catching up.
READING = ThreadPoolExecutor(1, "hub")
look = database_sync_to_async(frames.look, thread_sensitive=False, executor=READING)


class Room:
    """A shop's screens in this process, and the last frames that all of them send."""

    def __init__(self, shop_id: UUID) -> None:
        self.shop_id = shop_id
        self.cursor: int | None = None  # where the hub stands; unknown before its first look
        self.is_open = asyncio.Event()
        self.screens: set[Screen] = set()
        self.waiting: set[Screen] = set()  # those whose lines the room may use
        self.frames: deque[Frame] = deque(maxlen=BACKLOG)
        self.end = 0  # frames ever put here
        self.stirred = asyncio.Event()

    def put(self, new: list[Frame]) -> None:
        self.frames.extend(new)
        self.end += len(new)
        self.stir()

    def stir(self) -> None:
        """Wake everybody who waits now; who does not wait looks for himself."""
        self.stirred.set()
        self.stirred.clear()

    async def tell(self, new: list[Frame]) -> None:
        """Put frames here, and send them to all who wait with a free line.

        That spares a thousand tasks their waking up, which costs more than the sending.
        """
        self.put(new)
        said = [(frame.seq, Words(frame.text)) for frame in new]
        for screen in [*self.waiting]:
            await screen.hear(said)


class Screen:
    """One follower's place in its room. ``session_id`` is whose right to watch it uses.

    ``line`` is a socket's, for the room to send on.
    """

    def __init__(self, room: Room, session_id: UUID, line: Line | None = None) -> None:
        self.room = room
        self.session_id = session_id
        self.line = line
        self.cursor = 0  # what is not after it was sent already
        self.called = asyncio.Event()  # to go on by itself
        self.place = room.end
        self.refusal: type[Closed] | None = None

    @property
    def is_lost(self) -> bool:
        """Whether it fell so far behind that what comes next for it is gone."""
        return self.room.end - self.place > len(self.room.frames)

    async def following(self) -> AsyncGenerator[Frame]:
        """Yield the room's frames from the moment of joining on, for ever.

        Raises the ``Closed`` that ends this screen: ``SessionEnded``, ``Unknown``, ``TooSlow``.
        """
        room = self.room
        while True:
            while self.place < room.end or self.refusal:
                if self.refusal:
                    raise self.refusal
                behind = room.end - self.place
                if self.is_lost:
                    raise TooSlow
                self.place += 1
                yield room.frames[-behind]
            await self.rest()

    async def rest(self) -> None:
        """Wait until there is something to do that the room has not done."""
        if self.line is None or not self.line.is_free:
            await self.room.stirred.wait()
            return
        self.called.clear()
        self.room.waiting.add(self)
        try:
            await self.called.wait()
        finally:
            self.room.waiting.discard(self)

    async def hear(self, said: Sequence[tuple[int, Words]]) -> None:
        """Send the room's newest words; what the line does not take is left to the task."""
        line = self.line
        if line is None or self.called.is_set():
            return
        try:
            for seq, words in said:
                if not line.is_free:
                    break
                if not seq or seq > self.cursor:
                    await line.put(words)
                self.place += 1
            else:
                return
        except Exception as error:  # its task meets it, too, and knows what to do
            log.debug("A line broke: %r", error)
        self.called.set()


class Hub:
    """All rooms of this process. It reads while there is a screen, and rests otherwise."""

    def __init__(self) -> None:
        self.rooms: dict[UUID, Room] = {}
        self.nudged: set[UUID] = set()
        self.tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def join(
        self, shop_id: UUID, session_id: UUID, line: Line | None = None
    ) -> AsyncIterator[Screen]:
        """Take a place in the shop's room. Listen first, then catch up: so nothing is missed."""
        room = self.rooms.get(shop_id) or self.open(shop_id)
        screen = Screen(room, session_id, line)
        room.screens.add(screen)
        try:
            await room.is_open.wait()
            yield screen
        finally:
            room.screens.discard(screen)
            if not room.screens:
                self.shut(room)

    def open(self, shop_id: UUID) -> Room:
        room = self.rooms[shop_id] = Room(shop_id)
        if not self.tasks:
            self.start()
        self.ear.follow(shop_id)
        self.nudge(shop_id)
        return room

    def shut(self, room: Room) -> None:
        del self.rooms[room.shop_id]
        if self.rooms:
            self.ear.forget(room.shop_id)
            return
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()

    def start(self) -> None:
        self.ear = Ear(self.nudge)
        self.woken = asyncio.Event()
        self.nudged.clear()
        self.tasks = [asyncio.create_task(self.read()), asyncio.create_task(self.ear.run())]

    def nudge(self, shop_id: UUID) -> None:
        self.nudged.add(shop_id)
        self.woken.set()

    async def read(self) -> None:
        now = asyncio.get_running_loop().time
        next_poll, next_ping = now(), now() + PING_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_poll):
                    await self.woken.wait()
            self.woken.clear()
            nudged, self.nudged = self.nudged, set()
            is_poll = now() >= next_poll
            if is_poll:
                next_poll = now() + POLL_SECONDS
            try:
                await self.hand_out(self.rooms.keys() if is_poll else nudged, is_poll)
            except Exception:  # the next poll tries again: a screen must never wait for ever
                log.exception("The outbox could not be read; trying again at the next poll")
                continue
            if now() >= next_ping:  # only while the outbox can be read: silence means trouble
                next_ping = now() + PING_SECONDS
                for room in [*self.rooms.values()]:
                    await room.tell([frames.notice("ping")])

    async def hand_out(self, shops: Iterable[UUID], is_poll: bool) -> None:
        """Look once for these shops and put what is new into their rooms."""
        rooms = {shop: self.rooms[shop] for shop in shops if shop in self.rooms}
        if not rooms:
            return
        screens = {
            (room.shop_id, screen.session_id)
            for room in (rooms.values() if is_poll else ())
            for screen in room.screens
        }
        found = await look({shop: room.cursor for shop, room in rooms.items()}, screens)
        self.dismiss(found.gone)
        for shop, room in rooms.items():
            if room.cursor is None:
                room.cursor = found.newest[shop]
                room.is_open.set()
            elif new := found.news.get(shop):
                room.cursor = new[-1].seq
                await room.tell(new)
        for shop in found.more:
            self.nudge(shop)

    def dismiss(self, gone: Iterable[tuple[UUID, UUID, bool]]) -> None:
        """End the screens of sessions that are over or lost their shop."""
        for shop, session_id, is_signed_in in gone:
            is_at_home = shop == LOBBY and is_signed_in
            if (room := self.rooms.get(shop)) and not is_at_home:
                for screen in room.screens:
                    if screen.session_id == session_id:
                        screen.refusal = Unknown if is_signed_in else SessionEnded
                        screen.called.set()
                room.stir()


#: This process's hub.
hub = Hub()
