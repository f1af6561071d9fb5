"""A request's body on its way through: counted, never held in memory, sent again once if need be."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from tempfile import SpooledTemporaryFile
from typing import Any

from eventory.errors import ClientGone, RequestTooLarge

__all__ = ["LIMIT", "Upload"]

#: The most that is passed on: 10 MiB.
LIMIT = 10 * 1024 * 1024
#: What of a body that may be sent again stays in memory; more goes to a file.
IN_MEMORY = 128 * 1024
PIECE = 64 * 1024

Message = MutableMapping[str, Any]


class Upload:
    """The body of one request. ``length`` is what its header says, ``None``: nothing.

    ``again``: what was read is kept, so that ``pieces`` can begin anew.
    """

    def __init__(
        self, receive: Callable[[], Awaitable[Message]], *, length: bytes, chunked: bool
    ) -> None:
        if length and (not length.isdigit() or int(length[:20]) > LIMIT):
            raise RequestTooLarge
        self.receive = receive
        self.is_empty = not chunked and length.strip(b"0") == b""
        self.again = False
        self.taken = 0
        self.ended = asyncio.Event()
        self.kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed by close)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body, from its beginning. Raises ``RequestTooLarge``, ``ClientGone``."""
        self.kept.seek(0)
        while piece := self.kept.read(PIECE):
            yield piece
        while not self.ended.is_set():
            if piece := await self._next():
                yield piece

    async def _next(self) -> bytes:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body") or b""
        self.taken += len(piece)
        if self.taken > LIMIT:
            raise RequestTooLarge
        if self.again:
            self.kept.write(piece)
        if not message.get("more_body"):
            self.ended.set()
        return piece

    @property
    def is_read(self) -> bool:
        """Whether nothing of it is left to come."""
        return self.is_empty or self.ended.is_set()

    async def left(self) -> None:
        """Return when the caller has gone: nobody waits for the answer any more."""
        if not self.is_empty:
            await self.ended.wait()
        while (await self.receive())["type"] != "http.disconnect":
            pass

    def close(self) -> None:
        self.kept.close()
