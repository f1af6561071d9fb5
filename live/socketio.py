"""Socket.IO v4 at ``/socket.io/``: the same events, for front ends that speak it.

A client connects with ``auth {token, shopId}``, emits ``join_shop`` and ``leave_shop``, and is told
the shop's events, each with its row and an offset. It follows the hub like every other screen, so
order, slow readers and the end of a session are as there.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any
from uuid import UUID

import socketio
from engineio.exceptions import EngineIOError
from socketio.packet import CONNECT

from core import wire
from live import frames, handshakes, introductions, visitors
from live.errors import Broken, Closed, SessionEnded, TooSlow, Unknown
from live.following import asking, onward
from live.frames import Frame
from live.handshakes import Cursor
from live.hub import LOBBY, Screen, hub
from live.visitors import MOST_SHOPS, Pace, Visitor

__all__ = ["LONGEST", "Server", "server"]

log = logging.getLogger(__name__)

#: What a client may say: so many bytes at once, so many messages in a second.
LONGEST = 64 * 1024
OFTENEST = 20
#: Connections of one session, and how soon each must say whose it is, in seconds.
MOST_OF_SESSION = 20
INTRODUCTION = 10
#: Connections that have not said it yet, in this process.
MOST_STRANGERS = 1_000
#: Packets that wait for a client; more stay in the room, which knows who is too slow.
QUEUE = 100
GLANCE = 0.05

#: How packets begin that announce bytes, of which we take none; and an empty one.
BINARY = ("", "5", "6")

enter = asking(handshakes.enter)
arrive = asking(frames.arrive)


class Server(socketio.AsyncServer):
    """python-socketio's server; our visitors follow shops by tasks of their own."""

    def __init__(self) -> None:
        super().__init__(
            async_mode="asgi",
            async_handlers=False,  # what one client says is done in its order
            cors_allowed_origins=_is_welcome,
            cors_credentials=False,
            max_http_buffer_size=LONGEST,
            http_compression=False,
        )
        self.visitors: dict[str, Visitor] = {}
        self.strangers: dict[str, asyncio.TimerHandle] = {}
        self.paces: dict[str, Pace] = {}
        self.closing: set[asyncio.Task[None]] = set()
        self.on("connect", self.come)
        self.on("disconnect", self.go)
        self.on("join_shop", self.join)
        self.on("leave_shop", self.leave)

    # --- coming and going

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> bool | None:
        """Take a connection of somebody unknown, for a moment."""
        if len(self.strangers) >= MOST_STRANGERS:
            return False
        await super()._handle_eio_connect(eio_sid, environ)
        loop = asyncio.get_running_loop()
        self.strangers[eio_sid] = loop.call_later(INTRODUCTION, self.hang_up, eio_sid)
        self.paces[eio_sid] = Pace(OFTENEST)
        return None

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """Hear a client; who talks too much, or in bytes or nonsense, is hung up on."""
        pace = self.paces.get(eio_sid)
        is_text = isinstance(data, str) and data[:1] not in BINARY
        if pace is None or not pace.is_kept() or not is_text:
            self.hang_up(eio_sid)
            return
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:  # of parsing: our own handlers answer whatever comes
            log.info("A Socket.IO client said nonsense: %r", error)
            self.hang_up(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        self.know(eio_sid)
        self.paces.pop(eio_sid, None)

    async def _send_packet(self, eio_sid: str, pkt: Any) -> None:
        """Send a packet; who was told that it is connected begins to follow."""
        visitor = self.visitors.get(eio_sid) if pkt.packet_type == CONNECT else None
        if visitor is not None:
            pkt.data["pid"] = visitor.pid
        await super()._send_packet(eio_sid, pkt)
        if visitor is not None:
            for shop_id, after in visitor.wanted.items():
                self.begin(visitor, shop_id, after)
            visitor.wanted.clear()
            visitor.staying = asyncio.create_task(self.stay(visitor))

    def know(self, eio_sid: str) -> None:
        if (timer := self.strangers.pop(eio_sid, None)) is not None:
            timer.cancel()

    def hang_up(self, eio_sid: str) -> None:
        """Close the line without a word: the client comes back, with its offset."""
        self.know(eio_sid)
        self.later(self.close(eio_sid))

    async def close(self, eio_sid: str) -> None:
        line = self.eio.sockets.get(eio_sid)
        if line is None:
            return
        with suppress(TimeoutError, EngineIOError):
            async with asyncio.timeout(INTRODUCTION):  # for what it has not taken yet
                await self.eio.disconnect(eio_sid)
        line.queue.put_nowait(None)  # its writer ends and closes the socket

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it in a task that nobody waits for."""
        task = asyncio.create_task(work)
        self.closing.add(task)
        task.add_done_callback(self.closing.discard)

    async def come(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        """Let somebody in who shows a token of theirs. Raises ``Refused``."""
        eio_sid = self.manager.eio_sid_from_sid(sid, "/")
        auth = auth if isinstance(auth, dict) else {}
        shown = introductions.credentials(auth.get("token"))
        wanted = visitors.offsets(auth.get("offset"))
        comes_back = bool(wanted)
        said = auth.get("shopId") or auth.get("shop_id")
        shop_id = visitors.read_shop(said)
        if shop_id is not None:
            wanted.setdefault(shop_id, visitors.read_cursor(auth.get("after"), shop_id))
        elif said:
            raise introductions.refused("not_found")
        session_id = await introductions.session(shown, shop_id)
        if eio_sid not in self.paces:  # it has left while we looked
            raise introductions.refused("not_authenticated")
        mine = [one for one in self.visitors.values() if one.session_id == session_id]
        if len(mine) >= MOST_OF_SESSION:
            raise introductions.refused("too_many")
        pid = visitors.pid(auth.get("pid"), comes_back=comes_back)
        self.know(eio_sid)
        self.visitors[eio_sid] = Visitor(eio_sid, sid, shown, session_id, pid, wanted)

    def go(self, sid: str, reason: str) -> None:
        """Forget who is gone."""
        visitor = self.visitor(sid)
        if visitor is not None:
            del self.visitors[visitor.eio_sid]
            for shop_id in list(visitor.following):
                visitor.leave(shop_id)
            visitor.part()
            self.hang_up(visitor.eio_sid)

    # --- following shops

    async def join(self, sid: str, said: Any = None, after: Any = None, *_: Any) -> dict[str, Any]:
        """``join_shop <shopId> [after]``: follow a shop, from ``after`` on if that is given."""
        visitor = self.visitor(sid)
        shop_id = visitors.read_shop(said)
        if isinstance(said, dict):
            after = said.get("after", after)
        if visitor is None or shop_id is None:
            return introductions.error("not_found")
        if shop_id in visitor.following and after is None:
            return {"ok": True}
        if len({*visitor.following, shop_id}) > MOST_SHOPS:
            return introductions.error("too_many")
        try:
            await enter(visitor.shown, shop_id)
        except SessionEnded:
            self.later(self.dismiss(visitor, SessionEnded()))
            return introductions.error("token_invalid")
        except Unknown:
            return introductions.error("not_found")
        visitor.leave(shop_id)
        self.begin(visitor, shop_id, visitors.read_cursor(after, shop_id))
        return {"ok": True}

    async def leave(self, sid: str, said: Any = None, *_: Any) -> dict[str, Any]:
        """``leave_shop <shopId>``; without an id every shop."""
        visitor, shop_id = self.visitor(sid), visitors.read_shop(said)
        if visitor is not None:
            for one in [shop_id] if shop_id else list(visitor.following):
                visitor.leave(one)
                row = wire.encode({"shop_id": one}).decode()
                await self.eio.send(visitor.eio_sid, f'2["left_shop",{row},"{visitor.offset()}"]')
        return {"ok": True}

    def visitor(self, sid: str) -> Visitor | None:
        return self.visitors.get(self.manager.eio_sid_from_sid(sid, "/"))

    def begin(self, visitor: Visitor, shop_id: UUID, after: Cursor) -> None:
        task = asyncio.create_task(self.run(visitor, shop_id, after))
        visitor.following[shop_id] = task

    async def run(self, visitor: Visitor, shop_id: UUID, after: Cursor) -> None:
        try:
            await self.follow(visitor, shop_id, after)
        except EngineIOError:
            self.hang_up(visitor.eio_sid)
        except Unknown as end:
            visitor.leave(shop_id)
            await self.tell(visitor, "closed", {"code": end.code, "shop_id": shop_id})
        except Closed as end:
            await self.dismiss(visitor, end)
        except Exception:
            log.exception("A visitor's stream broke")
            await self.dismiss(visitor, Broken())

    async def stay(self, visitor: Visitor) -> None:
        """Watch over a visitor's session, whether or not it follows a shop."""
        try:
            async with hub.join(LOBBY, visitor.session_id) as screen:
                async for _ping in screen.following():
                    pass
        except Closed as end:
            await self.dismiss(visitor, end)

    async def follow(self, visitor: Visitor, shop_id: UUID, after: Cursor) -> None:
        """Send what was missed and what happens, until it ends. Raises ``Closed``."""
        caller = await enter(visitor.shown, shop_id)
        async with hub.join(shop_id, caller.session_id) as screen:  # listen, then catch up
            start = await arrive(shop_id, after.seq, is_known=after.is_known)
            if start.must_resync:
                told = {"shop_id": shop_id, "seq": start.cursor}
                await self.tell(visitor, "resync", told)
            async for frame in onward(screen, start.cursor, start.missed):
                await self.say(visitor, screen, frame)

    async def say(self, visitor: Visitor, screen: Screen, frame: Frame) -> None:
        """Send a frame as its event; ``ready`` says from where on a client comes back."""
        shop_id = screen.room.shop_id
        *twins, words, seq = visitors.wording(frame, shop_id)
        if not words:
            return
        await self.wait_for_room(visitor, screen)
        for text in twins:
            await self.eio.send(visitor.eio_sid, text)
        visitor.stand(shop_id, seq)
        await self.eio.send(visitor.eio_sid, f'{words}"{visitor.offset()}"]')

    async def wait_for_room(self, visitor: Visitor, screen: Screen) -> None:
        """Wait until the client took some of what waits for it, as long as it may."""
        while (line := self.eio.sockets.get(visitor.eio_sid)) and line.queue.qsize() >= QUEUE:
            if screen.refusal:
                raise screen.refusal
            if screen.is_lost:
                raise TooSlow
            await asyncio.sleep(GLANCE)

    async def tell(self, visitor: Visitor, event: str, row: dict[str, Any]) -> None:
        with suppress(EngineIOError):
            await self.eio.send(visitor.eio_sid, f"2{wire.encode([event, row]).decode()}")

    async def dismiss(self, visitor: Visitor, end: Closed) -> None:
        """End a visit: for good, or by a broken line if the client should come back."""
        if visitor.eio_sid not in self.visitors:
            return  # it is dismissed already
        if isinstance(end, TooSlow | Broken):
            self.hang_up(visitor.eio_sid)
            return
        await self.tell(visitor, "closed", {"code": end.code})
        await self.disconnect(visitor.sid)


def _is_welcome(origin: str | None, environ: dict[str, Any]) -> bool:
    return handshakes.is_welcome(origin or "", environ.get("HTTP_HOST", ""))


#: This process's server.
server = Server()
