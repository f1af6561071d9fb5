"""Polls: a shop's next events as one answer, for programs that open no socket.

Here is what is asked and what is answered now. Where an ASGI server answers, ``live.streams`` lets
the answer wait until there is something to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from core.errors import Invalid
from live import frames
from live.errors import Behind
from live.frames import Arrival, Frame
from live.handshakes import SEQ

__all__ = ["LONGEST", "Poll", "Wait", "closing", "line", "page", "read", "text"]

#: The longest that a poll may wait, in seconds.
LONGEST = 25


@dataclass(frozen=True, slots=True)
class Poll:
    """What is asked: events after this seq (``None``: from now on), waiting so many seconds."""

    after: int | None
    wait: int


@dataclass(frozen=True, slots=True)
class Wait:
    """What an answer waits for: news of the shop after ``cursor``, as this session may see them.

    ``seconds`` is for how long; ``None``: it is a stream, which goes on until somebody ends it.
    """

    shop_id: UUID
    session_id: UUID
    cursor: int
    seconds: int | None


def read(asked: Mapping[str, Sequence[str]]) -> Poll:
    """Read the parameters of the address, each a list of what it was given; blank means absent.

    More seconds than we wait are as many as we wait. Raises ``Invalid`` naming what is wrong.
    """
    return Poll(_number(asked, "after"), min(LONGEST, _number(asked, "wait") or 0))


def _number(asked: Mapping[str, Sequence[str]], name: str) -> int | None:
    given = asked.get(name)
    if not given or given == [""]:
        return None
    if len(given) > 1 or not SEQ.fullmatch(given[0]):
        raise Invalid(errors={name: ["Must be one whole number, 0 or more."]})
    return int(given[0])


def page(shop_id: UUID, after: int | None) -> Arrival:
    """The events that there are after this seq, and where to go on. Raises ``Behind``."""
    found = frames.arrive(shop_id, after)
    if found.must_resync:
        raise Behind(next=found.cursor)
    return found


def text(found: Arrival) -> bytes:
    """Write them as a poll's answer; each event stays byte for byte what sockets get."""
    events = ",".join(frame.text for frame in found.missed)
    return f'{{"events":[{events}],"next":{found.end}}}'.encode()


def line(frame: Frame) -> bytes:
    """Write a frame as a server-sent event: its id is the seq, by which readers come back."""
    if frame.seq:
        return f"id: {frame.seq}\ndata: {frame.text}\n\n".encode()
    said = msgspec.json.decode(frame.text)
    if "seq" not in said:  # a ping: for whoever watches the line, not for the page
        return b": ping\n\n"
    return f"id: {said['seq']}\nevent: {said['type']}\ndata: {frame.text}\n\n".encode()


def closing(code: int) -> bytes:
    """The last event of a stream: why it ends, by the code a socket would be closed with."""
    return b'event: closed\ndata: {"type":"closed","code":%d}\n\n' % code
