"""Lines: sockets' ways out. Slow readers are waited for, and what all get is written once.

A server's ``send`` should wait while a reader takes nothing: uvicorn's does. daphne's returns at
once, and all that the reader leaves piles up in memory. There we watch the transport ourselves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

__all__ = ["Line", "Words"]

#: How soon at worst a reader that takes again is noticed, in seconds.
LONGEST_GLANCE = 0.05
#: How long a reader may take over what is on its way when we close, in seconds. daphne's own is
#: one, and then it cuts the line: a slow reader would never learn why.
LONGEST_FAREWELL = 20


class Words:
    """A text for any number of lines: as a message of ASGI, and as it goes over the wire."""

    def __init__(self, text: str) -> None:
        self.message = {"type": "websocket.send", "text": text}
        self.frame = Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Line:
    """A socket's way out, which is waited for until it is free, and at its end, too."""

    def __init__(self, send: Callable[[Any], Awaitable[None]]) -> None:
        self.send = send
        # daphne binds its protocol to ``send``; other servers wait by themselves. Requests have
        # their line behind a channel, sockets have it themselves.
        protocol: Any = next(iter(getattr(send, "args", ())), None)
        if hasattr(protocol, "closeHandshakeTimeout"):
            protocol.closeHandshakeTimeout = LONGEST_FAREWELL
        channel = getattr(protocol, "channel", protocol)
        self.transport = getattr(channel, "transport", None)
        # uvicorn's is what ``send`` is bound to.
        self.server = getattr(send, "__self__", None)
        self.writable = getattr(self.server, "writable", None)
        connection = getattr(self.server, "conn", None)
        is_plain = isinstance(connection, ServerProtocol) and not connection.extensions
        self.connection: ServerProtocol | None = connection if is_plain else None

    @property
    def is_full(self) -> bool:
        return getattr(self.transport, "producerPaused", False)

    @property
    def is_free(self) -> bool:
        """Whether a message would leave at once; ``False`` also where nobody can tell."""
        if isinstance(self.writable, asyncio.Event):
            return self.writable.is_set()
        return not getattr(self.transport, "producerPaused", True)

    async def put(self, words: Words) -> None:
        """Send words on a free line.

        uvicorn would write the frame anew for every line, which takes as long as all the rest.
        """
        if self.connection is not None and self.connection.state is State.OPEN:
            self.server.transport.write(words.frame)  # type: ignore[union-attr]
        else:
            await self.send(words.message)

    async def say(self, text: str) -> None:
        """Send a text frame as soon as the reader has taken enough of those before."""
        await self.pass_on({"type": "websocket.send", "text": text})

    async def pass_on(self, message: dict[str, Any]) -> None:
        """Send a message of ASGI as soon as the line is free."""
        glance = 0.0  # at first it may only be full until the server's next turn
        while self.is_full:
            await asyncio.sleep(glance)
            glance = min(LONGEST_GLANCE, 2 * glance + 0.001)
        await self.send(message)
