"""The sockets' addresses."""

import asyncio
from typing import Any

import socketio
from channels.sessions import CookieMiddleware
from django.urls import path, re_path

from core.bodies import Bounded
from live.consumers import Nowhere, ShopConsumer
from live.pressure import Line
from live.socketio import LONGEST, server

shop = CookieMiddleware(ShopConsumer.as_asgi())

urlpatterns = [
    path("ws/shops/<uuid:shop_id>", shop),
    path("ws/shops/<uuid:shop_id>/", shop),
]
#: Any other address: it comes last.
nowhere = re_path("", Nowhere.as_asgi())


#: How long a client may take nothing at all before its line is given up, in seconds.
STALLED = 20


class SocketIO:
    """Takes ``/socket.io/`` of an ASGI application, polls and sockets; the rest goes on."""

    def __init__(self, onward: Any) -> None:
        self.onward = onward
        self.ours = socketio.ASGIApp(server)
        self.polls = Bounded(self.ours, LONGEST)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] not in ("/socket.io", "/socket.io/"):
            await self.onward(scope, receive, send)
        elif scope["type"] == "websocket":
            line = Line(send)

            async def pass_on(message: Any) -> None:
                async with asyncio.timeout(STALLED):
                    await line.pass_on(message)

            await self.ours(scope, receive, pass_on)
        else:
            await self.polls(scope, receive, send)
