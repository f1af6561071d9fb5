"""Sockets: a screen's view of its shop, each event after its cursor, in order, once."""

import asyncio
import logging
import time

from channels.generic.websocket import AsyncWebsocketConsumer

from live import frames, handshakes, places
from live.errors import Broken, Closed, TooMuch, Unknown
from live.following import asking, onward
from live.frames import Frame
from live.hub import Screen, hub
from live.pressure import Line

__all__ = ["Nowhere", "ShopConsumer"]

log = logging.getLogger(__name__)

#: What a client may say: frames of so many characters, so many in a second.
LONGEST = 64 * 1024
OFTENEST = 20

enter = asking(handshakes.enter)
arrive = asking(frames.arrive)


class Socket(AsyncWebsocketConsumer):
    """A socket that is accepted first, since a close before that loses its code."""

    channel_layer_alias = None  # the hub listens: bound to the layer, a socket falls with Redis

    async def connect(self) -> None:
        offered = self.scope["subprotocols"]
        await self.accept(handshakes.BEARER if handshakes.BEARER in offered else None)
        self.line = Line(self.base_send)
        self.second, self.said = 0, 0
        self.following = asyncio.create_task(self.run())

    async def disconnect(self, code: int) -> None:
        self.following.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Clients have nothing to say; one that says too much is shut out."""
        second = int(time.monotonic())
        self.said = self.said + 1 if second == self.second else 1
        self.second = second
        if self.said > OFTENEST or len(text_data or bytes_data or "") > LONGEST:
            self.following.cancel()
            await self.close(code=TooMuch.code)

    async def run(self) -> None:
        try:
            await self.follow()
        except Closed as end:
            await self.close(code=end.code)
        except OSError as gone:  # of the line: whoever asks the database is told otherwise
            log.debug("A screen hung up: %r", gone)
        except Exception:
            log.exception("A screen's stream broke")
            await self.close(code=Broken.code)

    async def follow(self) -> None:
        raise NotImplementedError


class ShopConsumer(Socket):
    """``/ws/shops/<id>?after=<seq>``. Frames ``{seq, type, at, actor, data}``.

    The server also says ``{type: "resync", seq}`` (read everything anew, go on from ``seq``),
    ``{type: "ready", seq}`` once after catching up, and ``{type: "ping"}`` now and then.
    """

    async def follow(self) -> None:
        shop_id = self.scope["url_route"]["kwargs"]["shop_id"]
        caller = await enter(handshakes.credentials(self.scope), shop_id)
        with places.taken(caller.session_id):
            async with hub.join(shop_id, caller.session_id, self.line) as screen:
                await self.show(screen)  # which listens already: catch up, and nothing is missed

    async def show(self, screen: Screen) -> None:
        after = handshakes.cursor(self.scope)
        start = await arrive(screen.room.shop_id, after.seq, is_known=after.is_known)
        if start.must_resync:
            await self.say(frames.notice("resync", seq=start.cursor))
        async for frame in onward(screen, start.cursor, start.missed):
            await self.say(frame)

    async def say(self, frame: Frame) -> None:
        await self.line.say(frame.text)


class Nowhere(Socket):
    """Any other address: as unknown as somebody else's shop."""

    async def follow(self) -> None:
        raise Unknown
