"""The most that a body may be before anybody reads it, for ASGI servers.

Under ASGI Django writes a body to disk before a view or a parser sees it, however long it is.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from core import errors, ids, wire

__all__ = ["LIMIT", "Bounded"]

#: The Eventory proxy's 10 MiB are the most that any route takes, and a form's frame around it.
LIMIT = 11 * 1024 * 1024

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Bounded:
    """Wraps an ASGI application: a longer body is a 413, whether or not it says its length."""

    def __init__(self, application: Application, limit: int = LIMIT) -> None:
        self.application = application
        self.limit = limit

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body") or b"")
            if taken > self.limit:
                raise errors.TooLarge
            return message

        try:
            if _length(scope) > self.limit:
                raise errors.TooLarge
            await self.application(scope, counted, send)
        except errors.TooLarge as refusal:
            request_id = str(ids.new())
            status, body = errors.describe(refusal, request_id)
            kind = [
                (b"content-type", b"application/json"),
                (b"x-request-id", request_id.encode()),
                (b"connection", b"close"),
            ]
            await send({"type": "http.response.start", "status": status, "headers": kind})
            await send({"type": "http.response.body", "body": wire.encode(body)})


def _length(scope: Message) -> int:
    """Return what the request says its body's length is; 0 if it does not say."""
    told = dict(scope["headers"]).get(b"content-length", b"")
    return int(told[:20]) if told.isdigit() else 0
