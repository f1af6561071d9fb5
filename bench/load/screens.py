"""A screen as small as it can be: a raw websocket that counts the events it is told."""

import asyncio
import base64
import os
import re
from time import perf_counter
from typing import Any

TEXT, PING, PONG = 1, 9, 10
MARK = re.compile(rb'"mark": ?(\d+)')


def masked(kind: int, content: bytes) -> bytes:
    return bytes((0x80 | kind, 0x80 | len(content))) + bytes(4) + content


class Screen(asyncio.Protocol):
    """One socket: joins, and counts the marks it is told."""

    def __init__(self, run: Any, place: int) -> None:
        self.run, self.place = run, place
        self.read, self.is_up, self.is_in = b"", False, False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        plan = self.run.plan
        lines = {
            "Host": f"127.0.0.1:{plan.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
        } | plan.headers[self.place % len(plan.headers)]
        path = plan.paths[self.place % len(plan.paths)]
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        transport.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())

    def connection_lost(self, error: Exception | None) -> None:
        self.run.left()

    def data_received(self, data: bytes) -> None:
        read = self.read + data if self.read else data
        if not self.is_up:
            head, end, read = read.partition(b"\r\n\r\n")
            if not end:
                self.read = head
                return
            if b" 101 " not in head[:40]:
                self.run.refused(head + read)
                self.transport.close()
                return
            self.is_up = True
            if not self.run.plan.ready and not self.run.plan.socket_io:
                self.enter()
        self.read = self.frames(read)

    def frames(self, read: bytes) -> bytes:
        """Take the whole frames; what is left is the beginning of one."""
        place, end, now = 0, len(read), perf_counter()
        while end - place >= 2:
            length, head = read[place + 1], 2
            if length == 126:
                length, head = int.from_bytes(read[place + 2 : place + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(read[place + 2 : place + 10], "big"), 10
            if end - place < head + length:
                break
            kind, start = read[place] & 15, place + head
            place = start + length
            if kind == TEXT:
                found = MARK.search(read, start, place)
                if found:
                    self.run.told(int(found[1]), now)
                else:
                    self.notice(read[start:place])
            elif kind == PING:
                self.transport.write(masked(PONG, read[start:place]))
        return read[place:]

    def notice(self, text: bytes) -> None:
        """Something that is no event."""
        ready = self.run.plan.ready.encode()
        if self.run.plan.socket_io and text[:1] == b"0":
            self.transport.write(masked(TEXT, b"40"))
        elif self.run.plan.socket_io and text == b"2":
            self.transport.write(masked(TEXT, b"3"))
        elif ready and ready in text:
            self.enter()

    def enter(self) -> None:
        if not self.is_in:
            self.is_in = True
            self.run.entered()
