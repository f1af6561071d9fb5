"""What goes back to a client: gunicorn's answers, made and sent at less cost."""

import select
import time
from email.utils import formatdate
from functools import lru_cache

from gunicorn.http import wsgi
from gunicorn.http.message import TOKEN_RE
from gunicorn.util import hop_headers

__all__ = ["Answer", "Gone"]

#: Bytes of a file that are sent at once.
BLOCK = 256 * 1024


class Gone(Exception):
    """The client went away, or does not read."""


class Answer(wsgi.Response):
    """gunicorn's answer, its head and its first piece in one packet."""

    head = b""  # made, but not sent yet

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        """Take the application's headers; leave those that need a closer look to gunicorn."""
        length = None
        for name, value in headers:
            if name == "Content-Length" and length is None and value.isdigit():
                length = int(value)
            elif not _ordinary(name):
                return super().process_headers(headers)
        if not wsgi.HEADER_VALUE_RE.fullmatch("".join([value for _, value in headers])):
            return super().process_headers(headers)
        self.headers.extend([(name, value.strip(" \t")) for name, value in headers])
        if length is not None:
            self.response_length = length
        return None

    def send_headers(self) -> None:
        """Make the head; it leaves with what comes next."""
        if self.headers_sent:
            return
        self.headers_sent = True
        kept = "upgrade" if self.upgrade else "close" if self.should_close() else "keep-alive"
        major, minor = self.req.version
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\nServer: {self.version}\r\n"
            f"Date: {_date(int(time.time()))}\r\nConnection: {kept}\r\n",
            "Transfer-Encoding: chunked\r\n" if self.chunked else "",
            *[f"{name}: {value}\r\n" for name, value in self.headers],
            "\r\n",
        ]
        self.head = "".join(lines).encode("latin-1")

    def write_file(self, respiter: wsgi.FileWrapper) -> None:
        """Send a file, in larger pieces than Django asks for."""
        while data := respiter.filelike.read(BLOCK):
            self.write(data)

    def close(self) -> None:
        """Send what is still to be sent. Raises ``Gone``."""
        self.send_headers()
        self._put(b"0\r\n\r\n" if self.chunked else b"")

    @property
    def begun(self) -> bool:
        """Whether the client got the beginning of it."""
        return self.headers_sent and not self.head

    @property
    def complete(self) -> bool:
        """Whether the client got as much as it was told to expect."""
        return self._omits_body or self.sent >= (self.response_length or 0)

    def _emit_body(self, data: bytes) -> None:
        self._put(b"%X\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def _put(self, data: bytes) -> None:
        data, self.head = self.head + data if self.head else data, b""
        try:
            while data:
                try:
                    sent = self.sock.send(data)
                except BlockingIOError:
                    self._wait()
                    continue
                if sent == len(data):
                    return
                data = memoryview(data)[sent:]
        except OSError:
            raise Gone from None

    def _wait(self) -> None:
        room = select.poll()
        room.register(self.sock, select.POLLOUT)
        if not room.poll(self.cfg.timeout * 1000 or None):
            raise Gone


@lru_cache(512)
def _ordinary(name: str) -> bool:
    """Whether a header says nothing about the connection or the length."""
    common = TOKEN_RE.fullmatch(name) and name.lower() not in hop_headers
    return bool(common) and name.lower() != "content-length"


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
