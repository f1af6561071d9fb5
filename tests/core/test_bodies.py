"""No body fills the disk before somebody looks at it."""

import asyncio
import json

import pytest

from core import bodies


async def read_all(scope, receive, send):
    """An application that reads the body whole, as Django does, and says its length."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


def answer(parts, headers=()):
    """Send the parts; return the status, the answer's body and how many parts were taken."""
    waiting, sent = list(parts), []

    async def receive():
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    app = bodies.Bounded(read_all, limit=10)
    asyncio.run(app({"type": "http", "headers": list(headers)}, receive, send))
    return sent[0]["status"], sent[1]["body"], len(parts) - len(waiting)


def test_a_body_within_the_limit_passes():
    assert answer([b"12345", b"67890"]) == (200, b"10", 2)


def test_a_longer_body_is_413_as_soon_as_it_is_longer():
    status, body, taken = answer([b"12345", b"67890", b"1", b"2", b"3"])

    assert (status, taken) == (413, 3)
    assert json.loads(body)["code"] == "too_large"


@pytest.mark.parametrize("told", [b"11", b"9" * 5000])
def test_a_body_that_says_it_is_longer_is_not_read(told):
    status, _, taken = answer([b"1"], [(b"content-length", told)])

    assert (status, taken) == (413, 0)


def test_a_length_that_is_none_is_not_believed():
    assert answer([b"1"], [(b"content-length", b"-5")]) == (200, b"1", 1)
