"""Eventory's API as we reach it: one origin, no proxy of the environment's, no redirect followed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from typing import Any

import httpx
from django.conf import settings

from eventory.errors import (
    RequestTooLarge,
    UpstreamBusy,
    UpstreamFailed,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnreachable,
)
from eventory.headers import Headers
from eventory.targets import Origin, Target, origin

__all__ = ["LIMIT", "Answer", "Upstream"]

#: The most that is handed back: 50 MiB.
LIMIT = 50 * 1024 * 1024
#: Connections to Eventory at once; whoever finds none free waits for ``PATIENCE`` seconds.
CONNECTIONS = 500
PATIENCE = 5.0

#: Statuses of Eventory's own that its gateway words, each with what we say instead.
FAILURES = {
    413: RequestTooLarge,
    502: UpstreamFailed,
    503: UpstreamBusy,
    504: UpstreamTimeout,
}


class Upstream:
    """The connections of one event loop to Eventory."""

    def __init__(self) -> None:
        self.origin: Origin = origin(settings.EVENTORY_API_URL)
        self.base = httpx.URL(self.origin.url)
        # httpx's transport and no client of it: that would keep cookies of one person for another
        # and read every redirect.
        self.transport = httpx.AsyncHTTPTransport(
            trust_env=False,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=20),
        )
        self.timeout = httpx.Timeout(
            settings.EVENTORY_READ_TIMEOUT,
            connect=settings.EVENTORY_CONNECT_TIMEOUT,
            pool=PATIENCE,
        ).as_dict()

    async def ask(
        self,
        method: str,
        target: Target,
        headers: Headers,
        body: AsyncIterator[bytes] | bytes | None = None,
    ) -> "Answer":
        """Ask, and return once the answer has begun. Raises ``Upstream…``, and what ``body`` does.

        The caller closes the answer.
        """
        address = self.origin.address(target)
        url = self.base.copy_with(raw_path=b"/")
        # The path goes as it is, by ``target``: a URL of httpx would encode some of it anew.
        request = httpx.Request(
            method,
            url,
            headers=headers,
            content=body,
            extensions={"timeout": self.timeout, "target": address},
        )
        if (request.url.scheme, request.url.host) != (self.base.scheme, self.base.host):
            raise UpstreamUnreachable
        try:
            response = await self.transport.handle_async_request(request)
        except httpx.TransportError as error:
            raise _refusal(error) from error
        answer = Answer(response, is_empty=method == "HEAD")
        try:
            await answer.begin()
        except BaseException:
            await answer.close()
            raise
        return answer

    async def close(self) -> None:
        await self.transport.aclose()


class Answer:
    """What Eventory answers; its body comes piece by piece, not decoded."""

    def __init__(self, response: httpx.Response, *, is_empty: bool) -> None:
        self.response = response
        self.is_empty = is_empty
        self.status = response.status_code
        # A length beside chunks does not count, and must not go on to somebody who believes it.
        if "transfer-encoding" in response.headers:
            response.headers.pop("content-length", None)
        self.headers: Headers = response.headers.raw
        self.raw = response.aiter_raw()
        self.first = b""

    async def begin(self) -> None:
        """Wait for the first piece, while a failure can still be told. Raises ``Upstream…``."""
        length = self.response.headers.get("content-length", "")
        if not self.is_empty and length.isdigit() and int(length[:20]) > LIMIT:
            raise UpstreamTooLarge
        try:
            self.first = await anext(self.raw, b"")
        except httpx.TransportError as error:
            raise _refusal(error) from error

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body. Raises ``UpstreamTooLarge``, ``UpstreamUnreachable``, ``…Timeout``."""
        sent = len(self.first)
        if self.first:
            yield self.first
        try:
            async with aclosing(self.raw) as raw:  # type: ignore[type-var]
                async for piece in raw:
                    sent += len(piece)
                    if sent > LIMIT:
                        raise UpstreamTooLarge
                    yield piece
        except httpx.TransportError as error:
            raise _refusal(error) from error

    async def whole(self, most: int) -> bytes:
        """Return a small body. Raises ``UpstreamTooLarge`` beyond ``most`` bytes."""
        body = b""
        async for piece in self.pieces():
            body += piece
            if len(body) > most:
                raise UpstreamTooLarge
        return body

    def failure(self) -> Exception | None:
        """What we say in the place of a gateway's words; ``None``: the answer is Eventory's."""
        if not 200 <= self.status < 600:
            return UpstreamFailed()
        kind: Any = FAILURES.get(self.status)
        if kind is UpstreamBusy:
            after = self.response.headers.get("retry-after", "")
            return UpstreamBusy(retry_after=int(after[:6]) if after.isdigit() else 5)
        return kind() if kind else None

    async def close(self) -> None:
        """Let go of the connection; it is used again if all of the body was read."""
        with suppress(TimeoutError, httpx.TransportError):
            async with asyncio.timeout(1):
                await self.response.aclose()


def _refusal(error: httpx.TransportError) -> Exception:
    if isinstance(error, httpx.PoolTimeout):
        return UpstreamBusy(retry_after=2)
    return UpstreamTimeout() if isinstance(error, httpx.TimeoutException) else UpstreamUnreachable()
