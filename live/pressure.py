"""Waiting for slow readers.

A server's ``send`` should wait while a reader takes nothing: uvicorn's does. daphne's returns at
once, and all that the reader leaves piles up in memory. There we watch the transport ourselves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["Line"]

#: How soon at worst a reader that takes again is noticed, in seconds.
LONGEST_GLANCE = 0.05


class Line:
    """A socket's way out, which is waited for until it is free."""

    def __init__(self, send: Callable[[Any], Awaitable[None]]) -> None:
        self.send = send
        # daphne binds its protocol to ``send``; other servers wait by themselves. Requests have
        # their line behind a channel, sockets have it themselves.
        protocol = next(iter(getattr(send, "args", ())), None)
        channel = getattr(protocol, "channel", protocol)
        self.transport = getattr(channel, "transport", None)

    @property
    def is_full(self) -> bool:
        return getattr(self.transport, "producerPaused", False)

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
