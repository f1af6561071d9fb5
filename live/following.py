"""Following a shop from a place on: first what was missed, then what the hub hands out."""

from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.db import database_sync_to_async

from live import frames
from live.frames import Frame
from live.hub import Screen

__all__ = ["asking", "onward", "since"]

#: Screens that arrive or catch up share a few connections, however many come at once.
CATCHING_UP = ThreadPoolExecutor(4, "screens")


def asking(function: Any) -> Any:
    """Call a function that asks the database from a socket, replacing a dead connection."""
    return database_sync_to_async(function, thread_sensitive=False, executor=CATCHING_UP)


since = asking(frames.since)


async def onward(screen: Screen, cursor: int, missed: Sequence[Frame]) -> AsyncGenerator[Frame]:
    """Yield what was missed after ``cursor``, a ``ready``, and the room's frames for ever.

    ``missed`` is what is known of it already. Raises the ``Closed`` that ends this screen.
    """
    while missed:
        for frame in missed:
            yield frame
        cursor = missed[-1].seq
        missed = await since(screen.room.shop_id, cursor)
    yield frames.notice("ready", seq=cursor)
    screen.cursor = cursor
    async for frame in screen.following():
        if not frame.seq or frame.seq > cursor:
            yield frame
