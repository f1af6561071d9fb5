"""The proxy's place in the server: in front of Django, on the event loop, without a thread."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from accounts import audit
from accounts.principals import Principal
from core import addresses, context, database, errors, ids, wire
from core.database import verb
from core.errors import DomainError
from core.middleware import SANE_ID
from eventory import headers, targets
from eventory.callers import Crowd
from eventory.errors import ClientGone, UpstreamTimeout
from eventory.headers import Headers
from eventory.middleware import cross_origin
from eventory.proxy import METHODS, Asked, Proxy, Shown, enter, pick
from eventory.targets import Target
from eventory.tokens import asking
from eventory.uploads import Upload
from live.pressure import Line

__all__ = ["EventoryProxy"]

log = logging.getLogger(__name__)
access = logging.getLogger("countertop.access")

#: Nothing takes longer, in seconds, however steadily it drips.
LONGEST = 15 * 60
#: What the log says of a caller who left, as nginx does; nobody gets it.
GONE = 499

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class EventoryProxy:
    """Wraps an ASGI application and answers ``/eventory/…`` in its place."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.crowd = Crowd()
        self.writing: set[asyncio.Task[None]] = set()
        self.proxy: Proxy | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not targets.is_ours(scope) or _must_be_sent_to_https(scope):
            await self.application(scope, receive, send)
            return
        if self.proxy is None:
            self.proxy = Proxy()
        given = headers.first(scope["headers"], b"x-request-id")
        request_id = given if SANE_ID.fullmatch(given) else str(ids.new())
        peer = (scope.get("client") or ("",))[0]
        forwarded = ",".join(
            value.decode("latin1") for name, value in scope["headers"] if name == b"x-forwarded-for"
        )
        address = addresses.pick(peer, forwarded)
        with context.entered(request_id=request_id, address=address, device_id=""):
            visit = Visit(self.proxy, self.crowd, scope, receive, send, request_id)
            try:
                await visit.answer()
            finally:
                self.write_down(visit)

    def write_down(self, visit: "Visit") -> None:
        """Log and audit what was answered; the caller has it by now."""
        visit.log()
        if visit.caller is not None:
            task = asyncio.create_task(visit.audit())
            self.writing.add(task)
            task.add_done_callback(self.writing.discard)


class Visit:
    """One request, from its first line to its last."""

    def __init__(
        self,
        proxy: Proxy,
        crowd: Crowd,
        scope: Message,
        receive: Receive,
        send: Send,
        request_id: str,
    ) -> None:
        self.proxy, self.crowd, self.scope, self.receive = proxy, crowd, scope, receive
        self.line = Line(send)
        self.request_id = request_id
        self.begun = perf_counter()
        self.allowed, self.is_preflight = cross_origin(scope)
        self.caller: Principal | None = None
        self.target: Target | None = None
        self.login_id: object = ""
        self.upload: Upload | None = None
        self.status = 0
        self.sent = 0
        self.is_whole = False

    # --- the answer -------------------------------------------------------------------

    async def answer(self) -> None:
        """Serve, or refuse in our words; what breaks after its beginning is cut off."""
        if self.is_preflight:
            await self.say(200, [(b"content-length", b"0")])
            return
        try:
            await self.serve_while_wanted()
        except ClientGone:
            self.status = GONE
        except Exception as error:
            await self.refuse(_refusal(error))
        finally:
            if self.upload is not None:
                self.upload.close()

    async def serve_while_wanted(self) -> None:
        """Serve until it is done, or until nobody waits for it. Raises ``ClientGone``."""
        asked = await self.admit()
        serving = asyncio.create_task(self.serve(asked))
        leaving = asyncio.create_task(asked.upload.left())
        try:
            done, _ = await asyncio.wait(
                {serving, leaving}, timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED
            )
            if serving in done:
                serving.result()
            else:
                raise ClientGone if leaving in done else UpstreamTimeout
        finally:
            await _end(serving, leaving)

    async def admit(self) -> Asked:
        """Who asks, for what. Raises what refuses them."""
        given, method = self.scope["headers"], self.scope["method"]
        shown = Shown.read(given)
        self.caller = await enter(shown)
        self.target = targets.read(self.scope)
        if method not in METHODS:
            raise errors.MethodNotAllowed(method=method)
        self.upload = Upload(
            self.receive,
            length=headers.one(given, b"content-length"),
            chunked=bool(headers.one(given, b"transfer-encoding")),
        )
        return Asked(method, self.target, given, shown, self.upload)

    async def serve(self, asked: Asked) -> None:
        assert self.caller is not None  # noqa: S101 (admitted)
        with self.crowd.joined(self.caller):
            row = await pick(asked.shown, self.caller)
            self.login_id = row.pk if row else ""
            answer = await self.proxy.carry(asked, row)
            try:
                await self.say(answer.status, self.proxy.back(answer, asked.target), more=True)
                async for piece in answer.pieces():
                    self.sent += len(piece)
                    await self.line.pass_on(_body(piece, more=True))
                self.is_whole = True
                await self.line.pass_on(_body(b""))
            finally:
                await answer.close()

    async def refuse(self, refusal: DomainError) -> None:
        """Answer with a refusal; an answer that has begun is broken off, so that nobody takes a
        part of it for all.
        """
        if self.status:
            log.warning("An answer of Eventory's broke off: %s", refusal)
            cut = getattr(self.line.transport, "abortConnection", None)
            if cut is not None:  # daphne would wait; other servers close what has no end
                cut()
            return
        status, body = errors.describe(refusal, self.request_id)
        text = wire.encode(body)
        told: Headers = [
            (name.lower().encode(), value.encode())
            for name, value in errors.headers(refusal).items()
        ]
        kind = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(text)).encode()),
        ]
        if self.upload is not None and not self.upload.is_read:
            kind.append((b"connection", b"close"))  # the rest of the body is not wanted
        await self.say(status, [*kind, *headers.SAFE, *told], text)

    async def say(
        self, status: int, given: Headers, body: bytes = b"", *, more: bool = False
    ) -> None:
        """Begin the answer; unless there is ``more``, end it too."""
        self.status = status
        told = [*given, *self.allowed, (b"x-request-id", self.request_id.encode())]
        await self.line.pass_on({"type": "http.response.start", "status": status, "headers": told})
        if not more:
            self.sent = len(body)
            self.is_whole = True
            await self.line.pass_on(_body(body))

    # --- what is kept of it -------------------------------------------------------------

    def facts(self) -> dict[str, object]:
        return {
            "method": self.scope["method"][:20],
            "path": self.target.shown if self.target else "",
            "status": self.status,
            "ms": round((perf_counter() - self.begun) * 1000, 2),
        }

    def log(self) -> None:
        user = str(self.caller.pk) if self.caller else None
        access.info("request", extra=self.facts() | {"user": user, "proxy": "eventory"})

    async def audit(self) -> None:
        """Write it into the trail; the answer stands whether or not that succeeds."""
        sizes = {"bytes": self.sent, "bytes_in": self.upload.taken if self.upload else 0}
        try:
            await record(
                self.caller, self.login_id, self.facts() | sizes | {"whole": self.is_whole}
            )
        except Exception:
            log.exception("A request to Eventory could not be audited")


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel these and wait until they have ended; whoever cancels us meanwhile is heard."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at: what counts of it has been raised already


def _must_be_sent_to_https(scope: Message) -> bool:
    """Whether Django's own middleware has to turn the request away: a token came in the clear."""
    if not settings.SECURE_SSL_REDIRECT or scope.get("scheme") == "https":
        return False
    told = headers.first(scope["headers"], b"x-forwarded-proto")
    return not (settings.SECURE_PROXY_SSL_HEADER and told == settings.SECURE_PROXY_SSL_HEADER[1])


def _body(piece: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}


def _refusal(error: Exception) -> DomainError:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, DatabaseError | InterfaceError):
        log.warning("The database refused: %s", error)
        return database.refusal(error) or errors.Internal()
    log.error("The way to Eventory failed", exc_info=error)
    return errors.Internal()


@asking
@verb
def record(caller: Principal, login_id: object, facts: dict[str, object]) -> None:
    """One line of the trail for one request that went, or should have gone, to Eventory."""
    target = ("login", login_id) if login_id else None
    audit.record("eventory.asked", target, shop=None, actor=caller, after=facts)
