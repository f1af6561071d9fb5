"""Eventory's answers as they come, late or never: what the tests of the proxy cannot wait for."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from core import errors
from eventory.errors import UpstreamTimeout
from eventory.targets import Target
from eventory.upstream import Upstream


def asked(settings, url: str, path: bytes) -> bytes:
    """What Eventory answers, all of it."""
    settings.EVENTORY_API_URL = url

    async def run() -> bytes:
        upstream = Upstream()
        try:
            answer = await upstream.ask("GET", Target(b"", path, b""), [])
            try:
                return b"".join([piece async for piece in answer.pieces()])
            finally:
                await answer.close()
        finally:
            await upstream.close()

    return asyncio.run(run())


@pytest.mark.parametrize("path", [b"/silent", b"/stall"])
def test_silence_is_waited_for_so_long(settings, eventory, path):
    """Before the answer, and in the middle of it."""
    settings.EVENTORY_READ_TIMEOUT = 0.2

    with pytest.raises(UpstreamTimeout) as refusal:
        asked(settings, eventory.url, path)
    assert errors.describe(refusal.value, "")[0] == 504


def test_a_connection_is_waited_for_so_long(settings):
    settings.EVENTORY_CONNECT_TIMEOUT = 0.2
    with ExitStack() as open_lines:
        full = open_lines.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = full.getsockname()
        for _ in range(2):  # nobody takes them up, and there is room for no more
            line = open_lines.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(address)

        with pytest.raises(UpstreamTimeout):
            asked(settings, f"http://127.0.0.1:{address[1]}", b"/items")
