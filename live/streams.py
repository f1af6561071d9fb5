"""Answers that wait: long polls and server-sent events, on the event loop, without a thread.

Django answers each question first, as always: who asks, what they may, refusals and headers are
its own. A view that has nothing to say yet leaves a ``Wait`` in the ASGI scope. Then its answer is
held back here until the hub has news for it, or it goes out as the beginning of a stream that the
hub continues. No thread and no connection to the database waits with it.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import aclosing
from typing import Any

from live import places, polls
from live.errors import Broken, Closed
from live.following import onward, since
from live.frames import Arrival, Frame
from live.hub import Screen, hub
from live.polls import Wait
from live.pressure import Line
from live.statements import PAGE

__all__ = ["Streams"]

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Headers = list[tuple[bytes, bytes]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

#: Where answers may wait.
EVENTS = re.compile(r"/api(/v1)?/shops/[^/]+/events/?")

#: How many of these questions Django answers at a time: each takes a thread and a connection, and
#: after a cut line they all come at once.
AT_ONCE = 8


class Streams:
    """Wraps Django's ASGI application."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.turns = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, at once or when there is something to say."""
        if scope["method"] != "GET" or not EVENTS.fullmatch(scope["path"]):
            await self.application(scope, receive, send)
            return
        gone = asyncio.create_task(departure(receive))
        try:
            waits, held = await self.ask(scope, send, gone)
            if held:
                await self.wait(waits[0], held, scope, send, gone)
        finally:
            gone.cancel()

    async def ask(
        self, scope: Message, send: Send, gone: asyncio.Task[None]
    ) -> tuple[list[Wait], list[Message]]:
        """Let Django answer; what has to wait is held back, with what it waits for."""
        waits: list[Wait] = []
        held: list[Message] = []

        async def hold(message: Message) -> None:
            if waits:
                held.append(message)
            else:
                await send(message)

        async with self.turns:
            await self.application({**scope, "waits": waits}, question(gone), hold)
        return waits, held

    async def wait(
        self, wait: Wait, held: list[Message], scope: Message, send: Send, gone: asyncio.Task[None]
    ) -> None:
        """Send what was held back when its time has come."""
        if wait.seconds is None:
            await stream(wait, held, send, gone)
            return
        try:
            found = await news(wait, gone)
        except Closed:  # Django says it in its own words
            async with self.turns:
                await self.application(scope, question(gone), send)
            return
        if not gone.done():
            await answer(wait, found, held, send)


async def departure(receive: Receive) -> None:
    """Wait until the asker hangs up; a question like these has no body worth reading."""
    while (await receive())["type"] != "http.disconnect":
        pass


def question(gone: asyncio.Task[None]) -> Receive:
    """The question as Django receives it: without a body, by somebody who may hang up."""
    said: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if said:
            return said.pop()
        await asyncio.wait({gone})
        return {"type": "http.disconnect"}

    return receive


# --- polls --------------------------------------------------------------------------------


async def news(wait: Wait, gone: asyncio.Task[None]) -> list[Frame]:
    """Wait for news; none if there were none in time, or nobody listens any more.

    Raises the ``Closed`` that ends this session's right to hear of them.
    """
    coming = asyncio.create_task(arrival(wait))
    try:
        await asyncio.wait(
            {coming, gone}, timeout=wait.seconds, return_when=asyncio.FIRST_COMPLETED
        )
        return coming.result() if coming.done() else []
    finally:
        await end(coming)


async def arrival(wait: Wait) -> list[Frame]:
    """Return the shop's next events as soon as there are any. Raises ``Closed``."""
    with places.taken(wait.session_id):
        async with hub.join(wait.shop_id, wait.session_id) as screen:
            return await after(screen, wait)


async def after(screen: Screen, wait: Wait) -> list[Frame]:
    if (screen.room.cursor or 0) > wait.cursor:  # since Django looked
        found: list[Frame] = await since(wait.shop_id, wait.cursor)
        return found
    async with aclosing(screen.following()) as following:
        found = []
        async for frame in following:
            if frame.seq > wait.cursor:
                found.append(frame)
            if len(found) == PAGE or (found and screen.place == screen.room.end):
                break
        return found


async def answer(wait: Wait, found: list[Frame], held: list[Message], send: Send) -> None:
    """Send Django's answer with these events in it; without any it is right as it stands."""
    if found:
        start, body = held[0], polls.text(Arrival(wait.cursor, must_resync=False, missed=found))
        start["headers"] = [
            *without_length(start["headers"]), (b"Content-Length", b"%d" % len(body))
        ]  # fmt: skip
        held = [start, {"type": "http.response.body", "body": body}]
    for message in held:
        await send(message)


def without_length(headers: Headers) -> Headers:
    return [each for each in headers if each[0].lower() != b"content-length"]


# --- streams ------------------------------------------------------------------------------


async def stream(wait: Wait, held: list[Message], send: Send, gone: asyncio.Task[None]) -> None:
    """Send the beginning, and then every frame, until the asker hangs up or may not go on."""
    start, *bodies = held
    start["headers"] = without_length(start["headers"])
    await send(start)
    body = b"".join(message.get("body", b"") for message in bodies)
    await send({"type": "http.response.body", "body": body, "more_body": True})
    telling = asyncio.create_task(tell(wait, Line(send)))
    try:
        await asyncio.wait({telling, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(telling)
    if not gone.done():
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def tell(wait: Wait, line: Line) -> None:
    """Say every frame after the beginning, and at last why there are no more."""
    try:
        with places.taken(wait.session_id):
            async with hub.join(wait.shop_id, wait.session_id) as screen:
                missed = await since(wait.shop_id, wait.cursor)
                async with aclosing(onward(screen, wait.cursor, missed)) as coming:
                    async for frame in coming:
                        await say(line, polls.line(frame))
    except Closed as over:
        await say(line, polls.closing(over.code))
    except Exception:
        log.exception("A stream of events broke")
        await say(line, polls.closing(Broken.code))


async def say(line: Line, text: bytes) -> None:
    await line.pass_on({"type": "http.response.body", "body": text, "more_body": True})


async def end(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has let go of what it held; what it raised is raised."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
