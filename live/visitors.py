"""Visitors over Socket.IO: who is connected, which shops they follow, and from where on.

A client keeps the last argument of the last event, a text, and shows it when it comes back
(Socket.IO's connection state recovery). Ours names the shops and their seqs, ``<shop>:<seq>``, so
whichever server it comes back to can go on: none of them remembers anybody.
"""

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec

from live.frames import Frame
from live.handshakes import SEQ, Credentials, Cursor

__all__ = ["MOST_SHOPS", "Pace", "Visitor", "offsets", "read_cursor", "read_shop", "wording"]

#: Shops one client may follow at once.
MOST_SHOPS = 20

PLACE = re.compile(r"([0-9a-f-]{36}):([0-9]{1,18})", re.ASCII)
PID = re.compile(r"[\w-]{1,64}", re.ASCII)

#: Events that are sent under another name, too.
TWINS = {"settings_changed": "settings_updated"}
#: The most packets of words whose text is kept: what all who follow a shop get at once.
KEPT = 1_024


class Pace:
    """Counts what a client says, by the second."""

    def __init__(self, oftenest: int) -> None:
        self.oftenest = oftenest
        self.second, self.said = 0, 0

    def is_kept(self) -> bool:
        """Count one more; whether it is still not too often."""
        second = int(monotonic())
        self.said = self.said + 1 if second == self.second else 1
        self.second = second
        return self.said <= self.oftenest


@dataclass(slots=True)
class Visitor:
    """One connected client. ``pid`` is its name across connections, as the protocol wants one."""

    eio_sid: str
    sid: str
    shown: Credentials
    session_id: UUID
    pid: str
    #: Shops to be followed as soon as the client knows that it is connected.
    wanted: dict[UUID, Cursor] = field(default_factory=dict)
    following: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    seqs: dict[UUID, int] = field(default_factory=dict)
    #: Watches over its session.
    staying: asyncio.Task[None] | None = None

    def stand(self, shop_id: UUID, seq: int) -> None:
        """Remember the last event the client has of a shop; of all shops it is the latest."""
        self.seqs.pop(shop_id, None)
        self.seqs[shop_id] = seq

    def offset(self) -> str:
        """Where the client stands, the shop of its last event at the end."""
        return ",".join(f"{shop}:{last}" for shop, last in self.seqs.items())

    def leave(self, shop_id: UUID) -> None:
        """Follow a shop no more."""
        self.seqs.pop(shop_id, None)
        task = self.following.pop(shop_id, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def part(self) -> None:
        """Watch over its session no more."""
        if self.staying is not None and self.staying is not asyncio.current_task():
            self.staying.cancel()


# --- what clients say ---------------------------------------------------------------------


def read_shop(said: Any) -> UUID | None:
    """A shop's id, alone or in ``{"shopId"}``; ``None``: none that could be one."""
    if isinstance(said, Mapping):
        said = said.get("shopId") or said.get("shop_id")
    try:
        return UUID(said) if isinstance(said, str) and len(said) <= 64 else None
    except ValueError:
        return None


def read_cursor(said: Any, shop_id: UUID) -> Cursor:
    """The last event a client has: a number, or an offset of ours; nothing: from now on."""
    if said is None or said == "":
        return Cursor(None, is_known=True)
    if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 10**18:
        return Cursor(said, is_known=True)
    if isinstance(said, str) and SEQ.fullmatch(said):
        return Cursor(int(said), is_known=True)
    return offsets(said).get(shop_id, Cursor(None, is_known=False))


def offsets(said: Any) -> dict[UUID, Cursor]:
    """The shops and places of an offset; empty where it is none of ours."""
    parts = said.split(",", MOST_SHOPS)[:MOST_SHOPS] if isinstance(said, str) else []
    found = [PLACE.fullmatch(part) for part in parts]
    try:
        return {UUID(one[1]): Cursor(int(one[2]), is_known=True) for one in found if one}
    except ValueError:
        return {}


def pid(said: Any, *, comes_back: bool) -> str:
    """The name of a client that comes back, or a new one."""
    if comes_back and isinstance(said, str) and PID.fullmatch(said):
        return said
    return secrets.token_urlsafe(12)


# --- what clients are told ----------------------------------------------------------------


class Told(msgspec.Struct):
    """What a frame says, its row as it was written."""

    type: str
    seq: int = 0
    data: msgspec.Raw = msgspec.Raw(b"null")


@lru_cache(KEPT)
def wording(frame: Frame, shop_id: UUID) -> tuple[Any, ...]:
    """A frame's events as Socket.IO writes them, and its seq; the last waits for its offset.

    Written once for all who follow the shop. Of what is about the line only ``ready`` has words.
    """
    told = msgspec.json.decode(frame.text, type=Told)
    if not frame.seq:
        row = f'{{"shop_id":"{shop_id}","seq":{told.seq}}}'
        return (f'2["ready",{row},' if told.type == "ready" else "", told.seq)
    row = bytes(told.data).decode()
    twins = [f'2["{TWINS[told.type]}",{row}]'] if told.type in TWINS else []
    return (*twins, f'2["{told.type}",{row},', frame.seq)
