"""What breaks other proxies: lengths that disagree, answers that are none, tokens in disguise."""

import socket
from contextlib import suppress

import pytest

from tests.eventory.conftest import ask, token_of

pytestmark = pytest.mark.sqlite_only  # the database has no part in it

SMUGGLED = b"GET /v2/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def said_to(server, head: str, body: bytes = b"") -> bytes:
    """All that the server says to these bytes until it ends the line."""
    said = b""
    with socket.create_connection(("127.0.0.1", server.port), 60) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        with suppress(ConnectionError):  # broken off: so is the answer
            while piece := line.recv(65_536):
                said += piece
    return said


def head(token: str, path: str = "verbatim", method: str = "GET") -> str:
    return (
        f"{method} /eventory/{path} HTTP/1.1\nHost: us\nConnection: close\n"
        f"X-Backend-Authorization: Bearer {token}"
    )


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 4\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\nContent-Length: 4",
        "Content-Length: 4\nContent-Length: 5",
        "Content-Length: 4, 5",
        "Content-Length: +4",
        "Content-Length: 0x4",
        "Content-Length : 4",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\nTransfer-Encoding: identity",
        "Transfer-Encoding:\x0bchunked",
    ],
)
def test_a_body_whose_length_is_disputed_smuggles_nothing(server, eventory, token, lengths):
    said = said_to(server, f"{head(token, 'items', 'POST')}\n{lengths}", b"0\r\n\r\n" + SMUGGLED)

    assert said.startswith(b"HTTP/1.1 400 ") or not said
    assert b"smuggled" not in eventory.raw


def test_a_length_beside_chunks_does_not_come_back(server, eventory, token):
    """Who believed it would take the rest of this answer for the next one."""
    eventory.verbatim = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"8\r\nabcdefgh\r\n0\r\n\r\n"
    )
    said = said_to(server, head(token))

    assert b"content-length" not in said.lower()
    assert said.endswith(b"8\r\nabcdefgh\r\n0\r\n\r\n")


@pytest.mark.parametrize("status", [b"101", b"000", b"099", b"600", b"999"])
def test_a_status_that_no_server_of_ours_can_say_is_a_502(server, eventory, token, status):
    eventory.verbatim = b"HTTP/1.1 %b Odd\r\nContent-Length: 3\r\nUpgrade: x\r\n\r\nabc" % status
    said = said_to(server, head(token))

    assert said.startswith(b"HTTP/1.1 502 ")
    assert b'"code":"upstream_' in said


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 8\r\n\r\nabcdefgh",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nETag: a\nb\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nETag: a\rX-Evil: 1\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nETag: a\x00b\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"",
    ],
    ids=lambda answer: repr(answer[:70]),
)
def test_an_answer_that_is_none_is_a_502(server, eventory, token, answer):
    eventory.verbatim = answer
    said = said_to(server, head(token))

    assert said.startswith(b"HTTP/1.1 502 ")
    assert b'"code":"upstream_unreachable"' in said


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_an_answer_that_ends_too_early_does_not_end_well(server, eventory, token, answer):
    eventory.verbatim = answer
    said = said_to(server, head(token)).lower()

    if b"content-length: 9" in said:
        assert len(said.partition(b"\r\n\r\n")[2]) < 9
    else:  # all that stood in the broken chunk is one chunk of ours; the last one never comes
        assert not said.endswith(b"\r\n0\r\n\r\n") or said.endswith(b"\r\n0\r\n\r\n\r\n")


@pytest.mark.parametrize(
    ("status", "headers", "shown"),
    [
        (b"302", b"Location: /v2/a\r\nLocation: http://elsewhere.example/\r\n", b"502"),
        (b"304", b"Location: http://elsewhere.example/\r\n", b"304"),
        (b"201", b"Location: http://elsewhere.example/\r\n", b"201"),
        (b"200", b"Content-Location: http://elsewhere.example/\r\n", b"200"),
        (b"200", b"Connection: x-total-count, close\r\nKeep-Alive: timeout=9\r\n", b"200"),
        (b"200", b"Trailer: X-Evil\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\n", b"200"),
    ],
)
def test_no_header_leads_elsewhere_or_speaks_of_the_line(
    server, eventory, token, status, headers, shown
):
    eventory.verbatim = b"HTTP/1.1 %b OK\r\n%bContent-Length: 0\r\n\r\n" % (status, headers)
    said = said_to(server, head(token)).lower()

    assert said.startswith(b"http/1.1 %b " % shown)
    for name in (b"elsewhere", b"keep-alive", b"trailer", b"upgrade", b"proxy-"):
        assert name not in said


@pytest.mark.parametrize("whose", ["own", "another's"])
@pytest.mark.parametrize("spelt", ["as it is", "encoded", "encoded twice"])
def test_a_token_of_ours_in_the_address_is_refused(server, eventory, token, user, whose, spelt):
    canary = token if whose == "own" else token_of(user)
    if spelt != "as it is":
        dot = "%2e" if spelt == "encoded" else "%252E"
        canary = canary.replace(".", dot).replace("J", "%4a" if spelt == "encoded" else "%254A")
    ours = ("X-Backend-Authorization", f"Bearer {token}")
    for path in (f"/eventory/items?a=1&token={canary}", f"/eventory/{canary}/items"):
        answer = ask(server, "GET", path, ours)

        assert (answer.status, answer.json()["code"]) == (400, "bad_path")
    assert eventory.heard == []


@pytest.mark.parametrize("name", ["Accept", "Prefer", "If-None-Match", "Content-Type"])
def test_nor_does_one_go_up_in_any_header(passing, eventory, user, name):
    canary = token_of(user)
    assert passing("POST", "/eventory/items", (name, f'"{canary}"'), body=b"{}").status == 200

    assert canary.encode() not in eventory.raw
