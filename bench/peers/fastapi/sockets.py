"""Sockets by FastAPI, as its documentation and Redis' would have one write them.

A manager per process with a set of sockets for each shop, fed by one Redis subscription. It
stores nothing and knows no cursor: what a screen misses is lost.
"""

import asyncio
import os
from contextlib import suppress

import jwt
import redis.asyncio
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect

SECRET = os.environ["PEER_SECRET"]
redis_server = redis.asyncio.from_url(os.environ["PEER_REDIS"])
app = FastAPI()


class Manager:
    def __init__(self) -> None:
        self.shops: dict[int, set[WebSocket]] = {}
        self.pumps: dict[int, asyncio.Task[None]] = {}

    async def pump(self, shop: int) -> None:
        heard = redis_server.pubsub()
        await heard.subscribe(f"shop:{shop}")
        async for message in heard.listen():
            if message["type"] == "message":
                text = message["data"].decode()
                for socket in list(self.shops[shop]):
                    await socket.send_text(text)

    def join(self, shop: int, socket: WebSocket) -> None:
        self.shops.setdefault(shop, set()).add(socket)
        if shop not in self.pumps:
            self.pumps[shop] = asyncio.create_task(self.pump(shop))

    def leave(self, shop: int, socket: WebSocket) -> None:
        self.shops[shop].discard(socket)


manager = Manager()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.websocket("/ws")
async def follow(socket: WebSocket, token: str) -> None:
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    await socket.accept()
    manager.join(claims["shop_id"], socket)
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
    manager.leave(claims["shop_id"], socket)


@app.post("/publish/{shop}", status_code=202)
async def publish(shop: int, request: Request) -> dict[str, str]:
    await redis_server.publish(f"shop:{shop}", await request.body())
    return {}
