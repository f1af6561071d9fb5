"""An Eventory of the tests' own: a plain socket server that keeps every byte it was sent.

It speaks HTTP by hand, so that what it says and what it hears is exactly what travelled.
"""

import asyncio
import gzip
import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

MIB = 1024 * 1024
#: One piece of a large answer; its bytes repeat with no power of two.
PIECE = bytes(range(251)) * 256
TEXT = b'{"items": ["caf\xc3\xa9", "th\xc3\xa9"]}' * 200
GZIPPED = gzip.compress(TEXT, mtime=0)
CHUNKS = [b"a", b"bc" * 70_000, b"\x00\xff\r\n0\r\n\r\n", b"end"]


def large(size: int) -> str:
    """The digest of a large answer."""
    digest = hashlib.sha256()
    for begin in range(0, size, len(PIECE)):
        digest.update(PIECE[: size - begin])
    return digest.hexdigest()


@dataclass
class Heard:
    """One request as it came: its head to the byte, and its body."""

    head: bytes
    line: asyncio.StreamReader
    body: bytes = b""
    pieces: int = 0

    @property
    def target(self) -> bytes:
        return self.head.split(b" ", 2)[1]

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.head.split(b"\r\n")[1:]
        pairs = [line.decode("latin1").split(":", 1) for line in lines if line]
        return [(name.lower(), value.strip()) for name, value in pairs]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    async def hung_up(self) -> None:
        """Return when who asked has hung up."""
        while await self.line.read(MIB):
            pass


@dataclass
class Fake:
    """A running fake; ``url`` is where. ``passwords`` are by username, ``tokens`` are accepted."""

    heard: list[Heard] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    expires_in: float | None = 3600
    given: int = 0
    pushed: int = 0
    dropped: int = 0
    waiting: int = 0
    verbatim: bytes = b""
    lines: list[asyncio.StreamWriter] = field(default_factory=list)

    def start(self) -> "Fake":
        ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run(ready)), daemon=True)
        self.thread.start()
        assert ready.wait(30)
        return self

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.ending.set)
        self.thread.join(30)
        assert not self.thread.is_alive()

    def forget(self) -> None:
        """Begin anew for another test."""
        self.heard.clear()
        self.raw.clear()
        self.passwords.clear()
        self.tokens.clear()
        self.expires_in, self.given, self.pushed, self.dropped = 3600, 0, 0, 0
        self._call(self.gate.clear)

    def open_gate(self) -> None:
        """Let those go on that wait for it, and those that come."""
        self._call(self.gate.set)

    def _call(self, function: Callable[[], None]) -> None:
        """Call it on the loop, and return when that is done."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (function(), done.set()))
        assert done.wait(30)

    @property
    def sign_ins(self) -> int:
        return sum(one.target.endswith(b"/login-json") for one in self.heard)

    async def _run(self, ready: threading.Event) -> None:
        self.loop, self.ending = asyncio.get_running_loop(), asyncio.Event()
        self.gate = asyncio.Event()
        # Room for all who come at once: one who finds none tries again a second later.
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MIB, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        ready.set()
        await self.ending.wait()
        server.close()
        for line in self.lines:
            line.transport.abort()
            with suppress(ConnectionError):
                await line.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.raw += head
                heard = Heard(head, reader)
                self.heard.append(heard)
                await self._read(reader, heard)
                await self._answer(heard, writer)
                await writer.drain()
        writer.close()

    async def _read(self, reader: asyncio.StreamReader, heard: Heard) -> None:
        async def take(count: int) -> None:
            piece = await reader.readexactly(count)
            self.raw += piece
            heard.body += piece
            heard.pieces += 1

        if heard.header("transfer-encoding") == "chunked":
            while size := int(await reader.readuntil(b"\r\n"), 16):
                await take(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        elif length := int(heard.header("content-length") or 0):
            await take(length)

    async def _answer(self, heard: Heard, writer: asyncio.StreamWriter) -> None:
        address = urlsplit(heard.target.decode())
        _, _, name = address.path.rpartition("/")
        asked = parse_qs(address.query)
        handler = getattr(self, f"_{name.replace('-', '_')}", self._echo)
        await handler(heard, writer, asked)

    def say(
        self,
        writer: asyncio.StreamWriter,
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def tell(self, writer: asyncio.StreamWriter, what: object, status: int = 200) -> None:
        self.say(writer, status, (("Content-Type", "application/json"),), json.dumps(what).encode())

    # --- what answers at which address --------------------------------------------------

    async def _echo(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        self.tell(
            writer,
            {
                "method": heard.method,
                "target": heard.target.decode(),
                "headers": heard.headers,
                "body": hashlib.sha256(heard.body).hexdigest(),
            },
        )

    async def _login_json(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        form = parse_qs(heard.body.decode())
        name, word = form["username"][0], form["password"][0]
        if self.passwords.get(name) != word:
            self.tell(writer, {"detail": "Incorrect username or password"}, 401)
            return
        self.given += 1
        token = f"upstream-token-{self.given}-{name}"
        self.tokens.add(token)
        said: dict[str, object] = {"access_token": token, "token_type": "bearer"}
        self.tell(writer, said | ({"expires_in": self.expires_in} if self.expires_in else {}))

    async def _guarded(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        token = (heard.header("authorization") or "").removeprefix("Bearer ")
        if token in self.tokens:
            await self._echo(heard, writer, asked)
        else:
            self.tell(writer, {"detail": "Not authenticated"}, 401)

    async def _status(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        self.say(
            writer,
            int(asked["code"][0]),
            (("Content-Type", "text/html"), ("Retry-After", "7")),
            b"<html>their words</html>",
        )

    async def _gzip(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        said = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
        self.say(writer, 200, said, GZIPPED)

    async def _chunked(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for chunk in CHUNKS:
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async def _nothing(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def _unchanged(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        """A 304 may say how long the answer would have been."""
        writer.write(b'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "v1"\r\n\r\n')

    async def _large(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        size, is_chunked = int(asked["size"][0]), "chunked" in asked
        how = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % size
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n%b\r\n\r\n" % how)
        if heard.method == "HEAD":
            return
        self.pushed = 0
        try:
            for begin in range(0, size, len(PIECE)):
                piece = PIECE[: size - begin]
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
                await writer.drain()
                self.pushed += len(piece)
        except ConnectionError:
            self.dropped += 1
            raise
        if is_chunked:
            writer.write(b"0\r\n\r\n")

    async def _silent(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        """Says nothing until who asked gives up."""
        await heard.hung_up()

    async def _gate(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        """Says nothing until ``open_gate``."""
        self.waiting += 1
        try:
            await self.gate.wait()
        finally:
            self.waiting -= 1
        self.say(writer, body=b"ok")

    async def _stall(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        """Begins, says a little, and then nothing until who asked gives up."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 10)
        await writer.drain()
        await heard.hung_up()

    async def _reset(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        """Breaks off: ``after=nothing``, ``head``, or ``some``, which waits for ``open_gate``."""
        after = asked["after"][0]
        if after != "nothing":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        if after == "some":
            writer.write(b"4\r\nsome\r\n")
            await writer.drain()
            await self.gate.wait()
        await writer.drain()
        writer.transport.abort()
        raise ConnectionResetError

    async def _nonsense(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    async def _verbatim(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        """Says what the test has put there, whatever it is, and hangs up."""
        writer.write(self.verbatim)
        await writer.drain()
        raise ConnectionResetError

    async def _redirect(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        to = unquote(asked["to"][0]).replace("HOST", f"127.0.0.1:{self.port}")
        self.say(writer, int(asked.get("code", ["307"])[0]), (("Location", to),))

    async def _rich(self, heard: Heard, writer: asyncio.StreamWriter, asked: dict) -> None:
        """Says all that no answer of ours may repeat, and some that it may."""
        self.say(
            writer,
            200,
            (
                ("Content-Type", "text/html"),
                ("Set-Cookie", "sid=theirs; Path=/"),
                ("Server", "their-server"),
                ("X-Powered-By", "their-framework"),
                ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Allow-Credentials", "true"),
                ("Content-Security-Policy", "default-src *"),
                ("Strict-Transport-Security", "max-age=1"),
                ("Clear-Site-Data", '"*"'),
                ("Refresh", "0; url=https://elsewhere.example"),
                ("Link", "<https://elsewhere.example>; rel=next"),
                ("WWW-Authenticate", "Basic"),
                ("Cache-Control", "public, max-age=999"),
                ("Keep-Alive", "timeout=5"),
                ("ETag", '"v1"'),
                ("Content-Disposition", 'attachment; filename="a.html"'),
                ("X-Total-Count", "12"),
            ),
            b"<script>alert(1)</script>",
        )
