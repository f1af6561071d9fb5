"""The same bytes to our threads and to gunicorn's: the same environ, the same answer."""

import json

import pytest

from core import bodies
from tests.config.http.conftest import answer

END = "\r\n\r\n"


def post(path: str, *lines: str, body: str = "") -> str:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: us", *lines]) + END + body


def get(path: str, *lines: str, version: str = "1.1", method: str = "GET") -> str:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: us", *lines]) + END


def chunked(body: str, *lines: str) -> str:
    return post("/", "Transfer-Encoding: chunked", *lines, body=body)


REQUESTS = {
    "plain": get("/"),
    "bare": "GET / HTTP/1.1" + END,
    "query": get("/a/b?c=d&e=%20+?/"),
    "empty query": get("/?"),
    "headers": get("/", "Accept: */*", "X-Forwarded-For: 192.0.2.1, 10.0.0.1", "Cookie: a=b; c=d"),
    "spaces around a value": get("/", "X-A: \t a  b \t", "X-B:", "X-C:c"),
    "latin": get("/", "X-A: \xe9\xff"),
    "repeated": get("/", "X-A: 1", "x-a: 2", "X-B: 3", "X-A: 4"),
    "underscore": get("/", "X_A: 1", "X-B: 2", "SCRIPT_NAME: /x"),
    "escapes": get("/%E2%82%AC/%2F%41%zz%/%00?%41"),
    "two slashes": get("//evil/a?b"),
    "fragment": get("/a?b#c"),
    "dots": get("/../a/./b;c=d:e@f"),
    "absolute": get("http://other:81/a?b"),
    "absolute without a path": get("http://other"),
    "asterisk": get("*"),
    "asterisk of options": get("*", method="OPTIONS"),
    "authority": get("us:80"),
    "connect": get("us:80", method="CONNECT") + get("/second"),
    "connect to a path": get("/", method="CONNECT") + get("/second"),
    "path without a slash": get("a"),
    "non-ASCII path": get("/\xe9"),
    "control in the path": get("/a\x01"),
    "old": get("/", version="1.0"),
    "old, kept": get("/", "Connection: Keep-Alive", version="1.0") + get("/second", version="1.0"),
    "old and streamed": get("/stream", version="1.0"),
    "closing": get("/", "Connection: close") + get("/second"),
    "closing among others": get("/", "Connection: close, x") + get("/second"),
    "http/2": get("/", version="2.0"),
    "http/1.2": get("/", version="1.2"),
    "http/0.9": "GET /\r\n",
    "http/0.9 behind a good one": get("/") + "GET /second\r\n",
    "no version": "GET / \r\n" + END,
    "version in lower case": "GET / http/1.1" + END,
    "two spaces": "GET  / HTTP/1.1" + END,
    "trailing space": "GET / HTTP/1.1 " + END,
    "method in lower case": get("/", method="get"),
    "short method": get("/", method="GO"),
    "long method": get("/", method="A" * 21),
    "own method": get("/", method="M-SEARCH"),
    "delete": get("/", method="DELETE"),
    "empty line first": "\r\n" + get("/"),
    "two empty lines first": "\r\n\r\n" + get("/"),
    "bare LF": "GET / HTTP/1.1\nHost: us\n\n",
    "bare LF in the head": "GET / HTTP/1.1\r\nHost: us\nX-A: 1" + END,
    "bare CR in a value": get("/", "X-A: 1\r2"),
    "NUL in a value": get("/", "X-A: 1\x002"),
    "folded": get("/", "X-A: 1", " 2"),
    "space before the colon": get("/", "X-A : 1"),
    "no colon": get("/", "X-A"),
    "no name": get("/", ": 1"),
    "bad name": get("/", "X(A): 1"),
    "no Host": "GET / HTTP/1.1\r\nX-A: 1" + END,
    "two Hosts": get("/", "Host: them"),
    "two types": post("/", "Content-Type: a/b", "Content-Type: c/d"),
    "body": post("/", "Content-Length: 5", "Content-Type: text/plain", body="hello"),
    "body of a GET": get("/", "Content-Length: 5") + "hello" + get("/second"),
    "no body": post("/"),
    "empty body": post("/", "Content-Length: 0") + get("/second"),
    "garbage behind the body": post("/", "Content-Length: 2", body="hi\x00\x01garbage" + END),
    "zeros before the length": post("/", "Content-Length: 0005", body="hello"),
    "plus": post("/", "Content-Length: +5", body="hello"),
    "minus": post("/", "Content-Length: -5", body="hello"),
    "hexadecimal length": post("/", "Content-Length: 0x5", body="hello"),
    "two lengths in one": post("/", "Content-Length: 5, 5", body="hello"),
    "two lengths": post("/", "Content-Length: 5", "Content-Length: 6", body="hello!"),
    "one length twice": post("/", "Content-Length: 5", "Content-Length: 5", body="hello"),
    "superscript length": post("/", "Content-Length: \xb2", body="hello"),
    "no length": post("/", "Content-Length:", body="hello"),
    "underscored length": post("/", "Content_Length: 5", body="hello"),
    "expecting": post("/", "Expect: 100-continue", "Content-Length: 5", body="hello"),
    "expecting something else": post("/", "Expect: wonders", "Content-Length: 5", body="hello"),
    "chunks": chunked("5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n") + get("/second"),
    "many chunks": chunked("1\r\nx\r\n" * 3000 + "0\r\n\r\n"),
    "trailers": chunked("5\r\nhello\r\n0\r\nX-A: 1\r\n\r\n") + get("/second"),
    "forbidden trailer": chunked("0\r\nContent-Length: 1\r\n\r\n"),
    "chunks and a length": chunked("0\r\n\r\n", "Content-Length: 4") + get("/smuggled"),
    "length and chunks": post(
        "/", "Content-Length: 4", "Transfer-Encoding: chunked", body="0\r\n\r\n"
    ),
    "identity": post("/", "Transfer-Encoding: identity", "Content-Length: 5", body="hello"),
    "chunked, identity": post("/", "Transfer-Encoding: chunked, identity", body="0\r\n\r\n"),
    "chunked twice": post("/", "Transfer-Encoding: chunked, chunked", body="0\r\n\r\n"),
    "gzip, chunked": post("/", "Transfer-Encoding: gzip, chunked", body="0\r\n\r\n"),
    "unknown coding": post("/", "Transfer-Encoding: xchunked", body="0\r\n\r\n"),
    "vertical tab": post("/", "Transfer-Encoding:\x0bchunked", body="0\r\n\r\n"),
    "chunks in HTTP/1.0": chunked("0\r\n\r\n").replace("1.1", "1.0"),
    "bad chunk size": chunked("zz\r\nhello\r\n0\r\n\r\n"),
    "signed chunk size": chunked("+5\r\nhello\r\n0\r\n\r\n"),
    "chunk size 0x": chunked("0x5\r\nhello\r\n0\r\n\r\n"),
    "space behind a chunk size": chunked("5 \r\nhello\r\n0\r\n\r\n"),
    "bad chunk extension": chunked("5;(\r\nhello\r\n0\r\n\r\n"),
    "garbage behind a chunk": chunked("5\r\nhelloXX0\r\n\r\n"),
    "garbage behind the last chunk": chunked("0\r\n\r\n\x00garbage" + END),
    "bare LF behind a chunk size": chunked("5\nhello\r\n0\r\n\r\n"),
    "pipelined": get("/1") + post("/2", "Content-Length: 2", body="hi") + get("/3") * 3,
    "an error behind a good one": get("/1") + "BAD" + END + get("/3"),
    "upgrade": get("/ws", "Connection: Upgrade", "Upgrade: websocket"),
    "upgrade with a body": post(
        "/", "Connection: Upgrade", "Upgrade: x", "Content-Length: 2", body="hi"
    )
    + get("/second"),
    "upgrade to HTTP/2": get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"),
    "outside it is https": get("/", "X-Forwarded-Proto: https"),
    "outside it is http": get("/", "X-Forwarded-Proto: http"),
    "outside it is HTTPS": get("/", "X-Forwarded-Proto: HTTPS"),
    "outside it is ssl": get("/", "X-Forwarded-Ssl: on", "X-Forwarded-Protocol: ssl"),
    "contradictory": get("/", "X-Forwarded-Ssl: off", "X-Forwarded-Proto: https"),
    "long line": get("/" + "a" * 4070),
    "too long a line": get("/" + "a" * 4090),
    "too long a line without an end": "GET /" + "a" * 5000,
    "100 fields": get("/", *[f"X-{n}: {n}" for n in range(99)]),
    "101 fields": get("/", *[f"X-{n}: {n}" for n in range(100)]),
    "long field": get("/", "X-A: " + "a" * 8100),
    "too long a field": get("/", "X-A: " + "a" * 9000),
    "nothing": "",
    "half a line": "GET / HT",
    "half a head": "GET / HTTP/1.1\r\nHost: us\r\n",
    **{f"HEAD {path}": get(path, method="HEAD") + get("/2") for path in ("/", "/stream", "/large")},
    **{f"{n}": get(f"/status?{n}+Word") + get("/second") for n in (204, 304, 200, 404)},
    **{
        f"answer {kind}": get(f"/{kind}") + get("/second")
        for kind in ("stream", "again", "twice", "writes", "long", "file", "breaks")
    },
    **{
        f"header {kind}": get(f"/headers?{kind}") + get("/second")
        for kind in ("feed", "name", "hop", "spaces", "latin", "upgrade", "length", "server")
    },
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_say_the_same(ours, theirs, request_):
    raw = request_.encode("latin-1")

    assert ours.said(raw) == theirs.said(raw)


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_ways_of_reading_say_the_same(ours, logged, request_):
    raw = request_.encode("latin-1")

    assert ours.said(raw) == logged.said(raw)


@pytest.mark.parametrize(
    "name",
    [
        *["plain", "chunks", "trailers", "pipelined", "body", "old, kept", "closing", "bare LF"],
        *["bad chunk size", "garbage behind a chunk", "expecting", "upgrade with a body", "latin"],
    ],
)
def test_it_does_not_matter_in_which_pieces_a_request_comes(ours, name):
    raw = REQUESTS[name].encode("latin-1")

    assert ours.said(*[raw[n : n + 1] for n in range(len(raw))]) == ours.said(raw)


@pytest.mark.parametrize("name", ["chunks and a length", "two lengths", "two Hosts", "identity"])
def test_an_ambiguous_request_is_refused_and_nothing_behind_it_read(ours, name):
    said = ours.said(REQUESTS[name].encode("latin-1"))

    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1") == 1


# Where we differ.


@pytest.mark.parametrize(
    "request_",
    [
        post("/", "Content-Length: 9", body="half"),
        chunked("9\r\nhalf"),
        chunked("4\r\nhalf\r\n0\r\n"),
    ],
)
def test_who_leaves_before_the_body_ends_calls_nobody(ours, request_):
    assert ours.said(request_.encode()) == b""


@pytest.mark.parametrize(
    "request_",
    [
        post("/", f"Content-Length: {bodies.LIMIT + 1}", body="x"),
        post("/", "Content-Length: 9" + "9" * 30, body="x"),
        chunked(f"{bodies.LIMIT + 1:x}\r\nx"),
        chunked("f" * 30 + "\r\nx"),
        post("/", f"Content-Length: {bodies.LIMIT + 1}", body="x" * bodies.LIMIT),
    ],
)
def test_too_long_a_body_is_not_read(ours, request_):
    head, _, body = ours.said(request_.encode()).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 413 Content Too Large\r\n")
    assert json.loads(body)["code"] == "too_large"


@pytest.mark.parametrize("frame", [post("/{}", "Content-Length: {}"), chunked("{1:x}\r\n")])
def test_a_long_body_goes_by_the_disk(ours, frame):
    body = "0123456789" * 100_000
    end = "\r\n0\r\n\r\n" if "chunked" in frame else ""
    said = ours.said(frame.format("long-ish", len(body)).encode(), (body + end).encode())

    assert json.loads(said.partition(b"\r\n\r\n")[2])["body"] == body


def test_a_head_without_end_is_refused(ours):
    said = ours.said(b"GET / HTTP/1.1\r\n" + b"X-A: 1\r\n" * 20_000)

    assert said.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


def test_the_rest_is_asked_for(ours):
    with ours.connect() as line:
        line.sendall(post("/", "Expect: 100-continue", "Content-Length: 5").encode())
        assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(b"hello")
        assert b'"body": "hello"' in answer(line)


def test_every_request_is_logged_if_asked_for(logged):
    logged.said(get("/logged?in=full").encode())

    assert '"GET /logged?in=full HTTP/1.1" 200' in logged.access.read_text()
