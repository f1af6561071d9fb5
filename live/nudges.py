"""Nudges: "this shop has news", from the process where it happened to those with its screens.

A nudge carries no data and may get lost: it only ends the wait for the next poll. With
``REDIS_URL`` nudges travel through Redis, each shop on its own channel; where it names several
servers, each shop has its own. Without it there is one process, and they are told inside it.

No sale waits for a nudge. They leave from a thread of their own, which takes together what piled
up; a Redis that is away, or accepts and never answers, holds up nothing but that thread.
"""

import asyncio
import atexit
import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any
from uuid import UUID

from django.conf import settings
from redis import ConnectionError as ConnectionLost
from redis import Redis, RedisError
from redis import asyncio as redis_asyncio
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

__all__ = ["Ear", "send"]

log = logging.getLogger(__name__)

#: How long Redis may take to connect or to answer, in seconds.
PATIENCE = 1
#: Redis is asked for a sign of life when it has said nothing for so long, in seconds.
QUIET = 5

#: Who listens inside this process, where there is no Redis.
ears: set[Callable[[UUID], None]] = set()


def send(shop_id: UUID) -> None:
    """Tell the shop's screens, wherever they are, to look for news. Never waits, never fails."""
    if urls := servers():
        mouth_of(urls[share(shop_id, len(urls))]).send(shop_id)
    else:
        for heard in list(ears):
            heard(shop_id)


def finish() -> None:
    """Let the last nudges out, for a moment at most."""
    for mouth in mouths.values():
        mouth.finish()


def servers() -> list[str]:
    """The Redis servers that nudges are shared out to."""
    return [url for url in settings.REDIS_URL.split(",") if url]


def share(shop_id: UUID, count: int) -> int:
    """Which of so many servers is the shop's: an id's last bits are random, so evenly."""
    return shop_id.int % count


def channel(shop_id: UUID) -> str:
    return f"{settings.REDIS_PREFIX}:nudge:{shop_id.hex}"


# --- Sending through Redis ----------------------------------------------------------------


class Mouth:
    """Sends nudges to one Redis from a thread of its own, started by the first one.

    So a server that hangs holds up the nudges of its own shops alone.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.waiting: SimpleQueue[UUID | None] = SimpleQueue()
        self.starting = Lock()
        self.thread: Thread | None = None
        self.reaches = True
        self.line: Any = None

    def send(self, shop_id: UUID) -> None:
        self.waiting.put(shop_id)
        if self.thread is None:
            self.start()

    def start(self) -> None:
        with self.starting:
            if self.thread is None:
                self.thread = Thread(target=self.run, name="nudges", daemon=True)
                self.thread.start()
                atexit.register(self.finish)

    def finish(self) -> None:
        """Let a short command's last nudges out, for a moment at most."""
        self.waiting.put(None)
        if self.thread is not None:
            self.thread.join(2 * PATIENCE)

    def run(self) -> None:
        while None not in (shops := self.take()):
            self.publish(shops)
        self.publish(shops)

    def take(self) -> set[UUID | None]:
        """Wait for a nudge; return it with all that came meanwhile, each shop once."""
        shops = {self.waiting.get()}
        with suppress(Empty):
            while True:
                shops.add(self.waiting.get_nowait())
        return shops

    def publish(self, shops: Iterable[UUID | None]) -> None:
        try:
            channels = [channel(shop_id) for shop_id in shops if shop_id]
            try:
                self.say(channels)
            except ConnectionLost:  # the kept connection was dropped meanwhile
                self.say(channels)
        except (RedisError, OSError) as error:
            if self.reaches:
                log.warning("Redis takes no nudges, screens see news at their polls: %s", error)
            self.reaches = False
        except Exception:
            log.exception("Nudges could not be sent; screens see news at their polls")
        else:
            self.reaches = True

    def say(self, channels: list[str]) -> None:
        """Publish on a connection of our own: the client around it costs more than the nudge."""
        if self.line is None:
            self.line = Redis.from_url(
                self.url,
                socket_connect_timeout=PATIENCE,
                socket_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 0),
            ).connection_pool.get_connection()
        try:
            for name in channels:
                self.line.send_command("PUBLISH", name, b"")
            for _ in channels:
                self.line.read_response()
        except BaseException:
            self.line.disconnect()  # or a late answer would count for the next nudge
            raise


mouths: dict[str, Mouth] = {}
speaking = Lock()


def mouth_of(url: str) -> Mouth:
    """This process's mouth for a server."""
    if (known := mouths.get(url)) is not None:
        return known
    with speaking:
        return mouths.setdefault(url, Mouth(url))


def start_afresh() -> None:
    """Give a forked process its own mouths: threads stay behind in the parent."""
    global mouths, speaking
    mouths, speaking = {}, Lock()


os.register_at_fork(after_in_child=start_afresh)


# --- Hearing ------------------------------------------------------------------------------


class Ear:
    """Hears the nudges of some shops in this process: ``heard(shop_id)`` on the event loop.

    It hears again by itself after Redis was away. ``heard`` is also called when a shop's channel
    was (again) subscribed to, since what was said before then went unheard.
    """

    def __init__(self, heard: Callable[[UUID], None]) -> None:
        self.heard = heard
        self.loop = asyncio.get_running_loop()
        self.lines = [Line(url, heard) for url in servers()]

    async def run(self) -> None:
        """Listen until cancelled."""
        if self.lines:
            await asyncio.gather(*(line.run() for line in self.lines))
        await self.listen_inside()

    async def listen_inside(self) -> None:
        def heard(shop_id: UUID) -> None:
            self.loop.call_soon_threadsafe(self.heard, shop_id)

        ears.add(heard)
        try:
            await asyncio.Event().wait()
        finally:
            ears.discard(heard)

    def follow(self, shop_id: UUID) -> None:
        """Hear this shop's nudges from now on."""
        if self.lines:
            self.lines[share(shop_id, len(self.lines))].follow(shop_id)

    def forget(self, shop_id: UUID) -> None:
        """Hear them no more."""
        if self.lines:
            self.lines[share(shop_id, len(self.lines))].forget(shop_id)


class Line:
    """What is heard from one Redis."""

    def __init__(self, url: str, heard: Callable[[UUID], None]) -> None:
        self.url = url
        self.heard = heard
        self.shops: dict[bytes, UUID] = {}
        self.pubsub: PubSub | None = None
        self.telling: set[asyncio.Task[None]] = set()
        self.one_by_one = asyncio.Lock()  # or a shop left and joined again might stay unheard

    async def run(self) -> None:
        """Listen until cancelled, again whenever the connection is lost."""
        redis = redis_asyncio.Redis.from_url(
            self.url,
            socket_connect_timeout=PATIENCE,
            socket_timeout=PATIENCE,
            retry=AsyncRetry(NoBackoff(), 0),
        )
        async with redis:
            while True:
                try:
                    await self.listen(redis)
                except Exception as error:
                    # The screens poll meanwhile; that Redis is away says who sends nudges.
                    if not is_loss(error):
                        log.exception("Nudges are not heard; trying again")
                obey()
                await asyncio.sleep(PATIENCE)

    async def listen(self, redis: redis_asyncio.Redis) -> None:
        async with redis.pubsub() as pubsub:
            # Connects, and keeps the subscription from ever being empty: that cannot be read.
            await pubsub.subscribe(settings.REDIS_PREFIX)
            self.pubsub = pubsub
            try:
                if self.shops:
                    await pubsub.subscribe(*self.shops)
                while said := await self.next(pubsub):
                    if shop_id := self.shops.get(said["channel"]):
                        self.heard(shop_id)
            finally:
                self.pubsub = None

    async def next(self, pubsub: PubSub) -> dict | None:
        """The next thing Redis says; after a long silence it is asked for a sign of life."""
        obey()
        said: dict | None = await pubsub.get_message(timeout=QUIET)
        if said is None:
            await pubsub.ping()
            said = await pubsub.get_message(timeout=PATIENCE)
        return said

    def follow(self, shop_id: UUID) -> None:
        name = channel(shop_id).encode()
        self.shops[name] = shop_id
        self.tell("subscribe", name)

    def forget(self, shop_id: UUID) -> None:
        name = channel(shop_id).encode()
        self.shops.pop(name, None)
        self.tell("unsubscribe", name)

    def tell(self, verb: str, name: bytes) -> None:
        """Tell Redis in a task: who joins or leaves does not wait for it."""
        task = asyncio.create_task(self.told(verb, name))
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def told(self, verb: str, name: bytes) -> None:
        async with self.one_by_one:
            if self.pubsub is not None:
                try:
                    await getattr(self.pubsub, verb)(name)
                except Exception as error:  # of a line that is lost, listen() subscribes anew
                    if not is_loss(error) and not isinstance(error, AttributeError):
                        raise


def is_loss(error: Exception) -> bool:
    """Whether an error only says that Redis is away.

    The client of Redis lets uvloop's own word pass for a line that was cut just before it wrote.
    """
    is_cut = isinstance(error, RuntimeError) and "the handler is closed" in str(error)
    return is_cut or isinstance(error, RedisError | OSError)


def obey() -> None:
    """Leave, if this task was cancelled and somebody kept it from hearing of that.

    ``asyncio.wait_for``, with which the client of Redis sends, did so before Python 3.12 whenever
    what it waited for was finished in the same turn: https://github.com/python/cpython/issues/86296
    """
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
