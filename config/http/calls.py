"""What comes from a client: heads and bodies, a piece at a time, up to a call of the application."""

import os
import re
from collections.abc import Generator
from functools import lru_cache
from io import BytesIO
from ipaddress import ip_address
from tempfile import SpooledTemporaryFile
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.http.body import CHUNK_EXT_RE, ChunkedReader
from gunicorn.http.errors import (
    ChunkMissingTerminator,
    InvalidChunkExtension,
    InvalidChunkSize,
    InvalidHeader,
    LimitRequestHeaders,
    NoMoreData,
)
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from gunicorn.util import unquote_to_wsgi_str

from config.http.answers import Answer
from core import bodies, errors

__all__ = ["Call", "Reader"]

#: Bytes of a head, and of what follows a chunked body; gunicorn would keep 800 KiB.
LONGEST = 64 * 1024
#: Bytes of a body that are kept in memory; a longer one is written to disk.
IN_MEMORY = 256 * 1024
#: Bytes of a head that the short way takes.
SHORT = 4094

CRLF, END = b"\r\n", b"\r\n\r\n"
LINE = re.compile(rb"[A-Z]{3,20} [!-~]+ HTTP/1\.[01]\r\n")
#: A head without anything odd in it: its target is a path with at most a query.
PLAIN = re.compile(
    rb"([A-Z]{3,20}) (/(?:[!\"$-.0-~][!\"$-~]*)?) HTTP/1\.([01])\r\n"
    rb"((?:[!#$%&'*+\-.^`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)*)\r\n"
)


class Plain:
    """What gunicorn's answers and its error log want to know of a request."""

    __slots__ = ("closes", "method", "query", "uri", "version")
    body = None

    def should_close(self) -> bool:
        """Whether the client wants nothing after this answer."""
        return self.closes


class Call:
    """A request whose head is here: what the application is called with, and the way of its body.

    ``length`` is the body's, in bytes; ``None``: it comes in chunks. Raises ``TooLarge``.
    """

    __slots__ = ("answer", "environ", "length", "reader", "req")

    def __init__(self, req: Any, environ: dict, answer: Answer, length: int | None) -> None:
        if length is not None and length > bodies.LIMIT:
            raise errors.TooLarge
        self.req, self.environ, self.answer, self.length = req, environ, answer, length
        self.reader: Generator[None, bytes, bytes] | None = None

    def take(self, data: bytes) -> bytes | None:
        """Keep what belongs to the body; answers what lies behind it, ``None`` if more must come.

        Raises ``TooLarge``, and gunicorn's errors if the chunks are broken.
        """
        if self.reader is None:
            length = self.length
            if length is not None and length <= len(data):
                self.environ["wsgi.input"] = BytesIO(data[:length])
                return data[length:]
            body = self.environ["wsgi.input"] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
            self.reader = _chunked(self.req, body) if length is None else _sized(length, body)
            next(self.reader)
        try:
            self.reader.send(data)
        except StopIteration as end:
            self.environ["wsgi.input"].seek(0)
            return end.value
        return None


class Reader:
    """Makes calls of heads, as gunicorn's configuration says."""

    def __init__(self, cfg: Config, log: Logger) -> None:
        self.cfg = cfg
        self.environ = wsgi.base_environ(cfg) | {"wsgi.multithread": True, "SCRIPT_NAME": ""}
        self.schemes = [
            ("HTTP_" + name.replace("-", "_"), value)
            for name, value in cfg.secure_scheme_headers.items()
        ]
        # An access log wants gunicorn's requests, and so does a path that is not ours alone.
        short = not (log.access_log_enabled or os.environ.get("SCRIPT_NAME"))
        limits = (SHORT, cfg.limit_request_line, cfg.limit_request_field_size)
        self.short = min(limit for limit in limits if limit > 0) if short else 0
        self.most = cfg.limit_request_fields if cfg.limit_request_fields > 0 else 100
        self.trusts = lru_cache(1024)(self._trusts)

    def begun(self, peer: Any, server: Any) -> dict | None:
        """What the environ of every request on a connection says, if they can be read shortly."""
        if not self.short or isinstance(peer, str | bytes) or isinstance(server, str):
            return None
        return self.environ | {
            "REMOTE_ADDR": peer[0],
            "REMOTE_PORT": str(peer[1]),
            "SERVER_NAME": server[0],
            "SERVER_PORT": str(server[1]),
        }

    def read(self, client: Any, data: bytes) -> tuple[Call | None, bytes]:
        """Read a head: the call, and what follows; no call if the head has not ended.

        Raises ``TooLarge``, and gunicorn's errors for what is no HTTP.
        """
        end = data.find(END) + len(END)
        if end < len(END):
            self._doubt(client, data)
            return None, data
        call = self._plain(client, data, end) if client.environ and end <= self.short else None
        return call or self._odd(client, data[:end]), data[end:]

    def _plain(self, client: Any, data: bytes, end: int) -> Call | None:
        """Read a head the short way; ``None``: it is not for gunicorn to be passed over."""
        head = PLAIN.fullmatch(data, 0, end)
        if head is None:
            return None
        method, target, minor, fields = head.groups()
        lines = fields.decode("latin-1").split("\r\n")
        if len(lines) > self.most or method == b"CONNECT":
            return None
        environ = client.environ.copy()
        for line in lines[:-1]:
            name, _, value = line.partition(":")
            key = _key(name)
            if key in environ:  # twice: some may be joined, some make a request ambiguous
                return None
            environ[key] = value.strip(" \t")
        length = environ.get("CONTENT_LENGTH", "0")
        scheme = self._scheme(environ)
        if (
            "HTTP_TRANSFER_ENCODING" in environ
            or "HTTP_EXPECT" in environ
            or not (length.isascii() and length.isdigit() and len(length) < 16)
            or scheme is None
        ):
            return None
        req = Plain()
        req.method, req.uri = method.decode(), target.decode()
        req.version = (1, 1) if minor == b"1" else (1, 0)
        kept = environ.get("HTTP_CONNECTION", "").lower()
        req.closes = kept == "close" or (minor == b"0" and kept != "keep-alive")
        path, _, req.query = req.uri.partition("?")
        environ["REQUEST_METHOD"] = req.method
        environ["QUERY_STRING"] = req.query
        environ["RAW_URI"] = req.uri
        environ["SERVER_PROTOCOL"] = "HTTP/1.1" if minor == b"1" else "HTTP/1.0"
        environ["PATH_INFO"] = unquote_to_wsgi_str(path) if "%" in path else path
        environ["wsgi.url_scheme"] = scheme
        return Call(req, environ, Answer(req, client.sock, self.cfg), int(length))

    def _scheme(self, environ: dict) -> str | None:
        """What trusted proxies say of the outer connection; ``None`` if they contradict."""
        told = {environ[key] == value for key, value in self.schemes if key in environ}
        if not told or not self.trusts(environ["REMOTE_ADDR"]):
            return "http"
        return ("https" if told.pop() else "http") if len(told) == 1 else None

    def _trusts(self, address: str) -> bool:
        ours = self.cfg.forwarded_allow_networks()
        return "*" in self.cfg.forwarded_allow_ips or any(
            ip_address(address) in network for network in ours
        )

    def _odd(self, client: Any, head: bytes) -> Call:
        """Let gunicorn read a head."""
        req = Request(self.cfg, IterUnreader([head]), client.peer)
        answer, environ = wsgi.create(
            req, client.sock, client.peer, client.server, self.cfg, response_class=Answer
        )
        del environ["wsgi.early_hints"], environ["gunicorn.socket"]
        environ["wsgi.multithread"] = True
        chunked = isinstance(req.body.reader, ChunkedReader)
        return Call(req, environ, answer, None if chunked else req.body.reader.length)

    def _doubt(self, client: Any, data: bytes) -> None:
        """Refuse the beginning of a head that cannot end well."""
        line_ended = CRLF in data
        long = len(data) > (LONGEST if line_ended else self.cfg.limit_request_line or LONGEST)
        bare = data.count(b"\n") != data.count(CRLF)
        if long or bare or (line_ended and not LINE.match(data)):
            try:
                Request(self.cfg, IterUnreader([data]), client.peer)
            except NoMoreData:
                if long:
                    raise LimitRequestHeaders("max buffer headers") from None


@lru_cache(1024)
def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"


def _sized(left: int, body: Any) -> Generator[None, bytes, bytes]:
    while left > len(data := (yield)):
        left -= body.write(data)
    body.write(data[:left])
    return data[left:]


def _chunked(req: Request, body: Any) -> Generator[None, bytes, bytes]:
    """Read chunks and what follows them, as strictly as gunicorn."""
    data = yield
    while True:
        line, data = yield from _line(data, req.limit_request_field_size)
        size = _size(line)
        if not size:
            return (yield from _trailers(req, data))
        if body.tell() + size > bodies.LIMIT:
            raise errors.TooLarge
        while size > len(data):
            size -= body.write(data)
            data = yield
        body.write(data[:size])
        data = data[size:]
        while len(data) < 2:
            data += yield
        if not data.startswith(CRLF):
            raise ChunkMissingTerminator(data[:2])
        data = data[2:]


def _line(data: bytes, limit: int) -> Generator[None, bytes, tuple[bytes, bytes]]:
    while (end := data.find(CRLF)) < 0:
        if len(data) > limit or b"\n" in data:
            raise InvalidChunkSize(data[:20])
        data += yield
    return data[:end], data[end + 2 :]


def _trailers(req: Request, data: bytes) -> Generator[None, bytes, bytes]:
    while not data.startswith(CRLF) and END not in data:
        if len(data) > LONGEST:
            raise LimitRequestHeaders("limit request trailer section size")
        if data.count(b"\n") != data.count(CRLF):
            raise InvalidHeader("bare LF as line terminator")
        data += yield
    if data.startswith(CRLF):
        return data[2:]
    trailers, _, rest = data.partition(END)
    req.parse_headers(trailers, from_trailer=True)  # nobody reads them, yet they must be good
    return rest


def _size(line: bytes) -> int:
    digits, extended, extension = line.partition(b";")
    digits = digits.rstrip(b" \t") if extended else digits
    if not re.fullmatch(rb"[0-9a-fA-F]+", digits):
        raise InvalidChunkSize(digits)
    if extended and not CHUNK_EXT_RE.fullmatch(b";" + extension):
        raise InvalidChunkExtension("invalid chunk extension")
    return int(digits, 16)
