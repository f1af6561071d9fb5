"""L for sockets: the smallest honest broadcast. ``python -m bench.floors.broadcast PORT``.

Raw frames on asyncio and uvloop, one Redis subscription, each frame made once, one ``write`` per
socket. It stores nothing and knows no cursor; a token is verified at the handshake.
"""

import asyncio
import base64
import hashlib
import os
import re
import sys

import jwt
import redis.asyncio
import uvloop

SECRET = os.environ["PEER_SECRET"]
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = re.compile(rb"(?i)sec-websocket-key: (\S+)")
LENGTH = re.compile(rb"(?i)content-length: (\d+)")
redis_server = redis.asyncio.from_url(os.environ["PEER_REDIS"])
rooms: dict[str, set[asyncio.Transport]] = {}
telling: set[asyncio.Future] = set()


def frame(text: bytes) -> bytes:
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    return b"\x81\x7e" + size.to_bytes(2, "big") + text


class Line(asyncio.Protocol):
    room: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport, self.read = transport, b""

    def connection_lost(self, error: Exception | None) -> None:
        rooms.get(self.room, set()).discard(self.transport)

    def data_received(self, data: bytes) -> None:
        if self.room is not None:
            return
        self.read += data
        head, end, body = self.read.partition(b"\r\n\r\n")
        if end and head.startswith(b"POST"):
            self.publish(head, body)
        elif end and b"/health" in head:
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            self.read = b""
        elif end:
            self.join(head)

    def publish(self, head: bytes, body: bytes) -> None:
        if len(body) < int(LENGTH.search(head)[1]):
            return
        self.read = b""
        sent = asyncio.ensure_future(redis_server.publish("floor:shop:1", body))
        telling.add(sent)
        sent.add_done_callback(telling.discard)
        self.transport.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}")

    def join(self, head: bytes) -> None:
        token = re.search(rb"token=([^ &]+)", head)[1]
        self.room = str(jwt.decode(token, SECRET, algorithms=["HS256"])["shop_id"])
        accept = base64.b64encode(hashlib.sha1(KEY.search(head)[1] + MAGIC).digest())
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        rooms.setdefault(self.room, set()).add(self.transport)


async def main() -> None:
    heard = redis_server.pubsub()
    await heard.psubscribe("floor:shop:*")
    loop = asyncio.get_running_loop()
    await loop.create_server(Line, "127.0.0.1", int(sys.argv[1]), backlog=2048)
    async for message in heard.listen():
        if message["type"] == "pmessage":
            text = frame(message["data"])
            for transport in rooms.get(message["channel"].decode().rpartition(":")[2], ()):
                transport.write(text)


uvloop.run(main())
