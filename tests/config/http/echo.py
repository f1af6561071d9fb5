"""An application that says what it was asked, and misbehaves on demand."""

import json
import os
import time
from pathlib import Path

closed = 0


class Counted:
    """Pieces whose end is counted."""

    def __init__(self, pieces) -> None:
        self.pieces = iter(pieces)

    def __iter__(self):
        return self.pieces

    def close(self) -> None:
        global closed
        closed += 1


def application(environ, start_response):
    kind = environ["PATH_INFO"].strip("/").partition("/")[0]
    return KINDS.get(kind, echo)(environ, start_response)


def plain(start_response, body: bytes, status: str = "200 OK"):
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def echo(environ, start_response):
    known = {
        key: value
        for key, value in environ.items()
        if isinstance(value, str | bool | tuple) and key not in ("REMOTE_PORT", "SERVER_PORT")
    }
    known["body"] = environ["wsgi.input"].read().decode("latin-1")
    return plain(start_response, json.dumps(known, sort_keys=True).encode())


def stream(environ, start_response):
    start_response("200 OK", [("X-Streamed", "yes")])
    return Counted([b"one", b"", b"two"])


def endless(environ, start_response):
    start_response("200 OK", [])
    return Counted(iter(lambda: b"x" * 100_000, None))


def large(environ, start_response):
    return plain(start_response, b"x" * 50_000_000)


def ended(environ, start_response):
    return plain(start_response, str(closed).encode())


def status(environ, start_response):
    start_response(environ["QUERY_STRING"].replace("+", " "), [("ETag", '"1"')])
    return [b"no body should follow"]


def fails(environ, start_response):
    raise OSError("before anything was said")


def breaks(environ, start_response):
    start_response("200 OK", [("Content-Length", "100")])

    def pieces():
        yield b"begun"
        raise ValueError("in the middle")

    return Counted(pieces())


def short(environ, start_response):
    start_response("200 OK", [("Content-Length", "100")])
    return [b"less than was said"]


def long(environ, start_response):
    start_response("200 OK", [("Content-Length", "4")])
    return [b"more", b" than was said"]


def again(environ, start_response):
    start_response("200 OK", [("X-First", "1")])
    try:
        raise ValueError("thought better of it")
    except ValueError as error:
        start_response(
            "503 Busy",
            [("Content-Length", "4")],
            (type(error), error, error.__traceback__),
        )
    return [b"busy"]


def twice(environ, start_response):
    start_response("200 OK", [])
    start_response("200 OK", [])
    return []


def writes(environ, start_response):
    write = start_response("200 OK", [("Content-Length", "6")])
    write(b"one")
    return [b"two"]


def file(environ, start_response):
    content = Path(__file__).open("rb")  # noqa: SIM115
    start_response("200 OK", [("Content-Type", "text/plain")])
    return environ["wsgi.file_wrapper"](content, 16)


def headers(environ, start_response):
    lines = {
        "feed": [("X-Bad", "one\r\nX-Two: 2")],
        "name": [("X Bad", "1")],
        "hop": [("Connection", "close"), ("Transfer-Encoding", "chunked"), ("X-Good", "1")],
        "spaces": [("X-Good", "  a b\t"), ("content-length", "2")],
        "latin": [("X-Good", "é"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
        "upgrade": [("Connection", "Upgrade"), ("Upgrade", "websocket")],
        "length": [("Content-Length", "many")],
        "server": [("Server", "mine"), ("Date", "never")],
    }
    start_response("200 OK", lines[environ["QUERY_STRING"]])
    return [b"ok"]


def waits(environ, start_response):
    """Says in a file that it waits, until there is another."""
    here = Path(environ["QUERY_STRING"])
    here.with_suffix(".begun").touch()
    while not here.exists():
        time.sleep(0.01)
    return plain(start_response, b"waited")


def pid(environ, start_response):
    return plain(start_response, str(os.getpid()).encode())


KINDS = {
    "again": again,
    "breaks": breaks,
    "ended": ended,
    "endless": endless,
    "fails": fails,
    "file": file,
    "headers": headers,
    "large": large,
    "long": long,
    "pid": pid,
    "short": short,
    "status": status,
    "stream": stream,
    "twice": twice,
    "waits": waits,
    "writes": writes,
}
