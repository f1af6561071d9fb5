"""Events as screens get them: read from the outbox, each written once as the text of a frame."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.utils import timezone

from core import statements, wire
from live.statements import GONE, NEWS, PAGE, STANDINGS

__all__ = ["BEHIND", "Arrival", "Frame", "Look", "arrive", "look", "notice", "since"]

#: A screen further behind than this reads its page anew (``resync``) instead of catching up.
BEHIND = 5_000


class Frame(NamedTuple):
    """A frame ready to be sent to any number of sockets. ``seq`` 0: about no event."""

    seq: int
    text: str


class Actor(msgspec.Struct):
    id: UUID
    name: str


class Event(msgspec.Struct):
    """The frame's members, in the order in which they are written."""

    seq: int
    type: str
    at: datetime
    actor: Actor | None
    data: msgspec.Raw


def write(row: Any) -> Frame:
    """Write a row of ``NEWS`` as a frame; its data stay byte for byte what was stored."""
    actor = row.actor_id and Actor(row.actor_id, row.actor_name or row.actor_username)
    event = Event(row.seq, row.kind, row.at.astimezone(UTC), actor, msgspec.Raw(row.data.encode()))
    return Frame(row.seq, wire.encode(event).decode())


def notice(kind: str, **members: int) -> Frame:
    """A frame about the stream itself: ``ready``, ``ping``, ``resync``."""
    return Frame(0, wire.encode({"type": kind, **members}).decode())


def since(shop_id: UUID, cursor: int) -> list[Frame]:
    """The shop's next events after ``cursor``, at most ``PAGE``."""
    shops = statements.rows([{"id": shop_id, "cursor": cursor}])
    return [write(row) for row in statements.ask(NEWS(shops=shops))[0]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a screen starts: it is told to read its page anew, or gets what it missed."""

    cursor: int
    must_resync: bool
    missed: list[Frame]

    @property
    def end(self) -> int:
        """Where to go on after what was missed."""
        return self.missed[-1].seq if self.missed else self.cursor


def arrive(shop_id: UUID, cursor: int | None, *, is_known: bool = True) -> Arrival:
    """Find out where a screen with this cursor starts; without one it follows from now.

    ``is_known=False`` is a cursor that nobody could have been given. It, one beyond the newest
    event, one older than the events still kept and one too far behind must resync.
    """
    shops = statements.rows([{"id": shop_id}])
    [standing], news = statements.ask(
        STANDINGS(shops=shops),
        NEWS(shops=statements.rows([{"id": shop_id, "cursor": cursor or 0}])),
    )
    newest = standing.newest
    if not is_known:
        return Arrival(newest, must_resync=True, missed=[])
    if cursor is None:
        return Arrival(newest, must_resync=False, missed=[])
    oldest = newest + 1 if standing.oldest is None else standing.oldest
    lost = max(oldest - 1, newest - BEHIND)
    if cursor > newest or cursor < lost:
        return Arrival(newest, must_resync=True, missed=[])
    return Arrival(cursor, must_resync=False, missed=[write(row) for row in news])


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the outbox found, for many shops and screens at once."""

    news: dict[UUID, list[Frame]]
    #: Where the shops stand that were asked for without a cursor.
    newest: dict[UUID, int]
    #: Shops of which a whole page came: there may be more.
    more: list[UUID]
    #: ``(shop, session, is still signed in)`` of screens that may not watch any more.
    gone: list[tuple[UUID, UUID, bool]]


def look(
    cursors: Mapping[UUID, int | None], screens: Iterable[tuple[UUID, UUID]] | None = None
) -> Look:
    """Read the news of shops after their cursors, and which of these screens must go.

    A constant number of statements, whatever the number of shops and screens. A shop without a
    cursor is only asked where it stands. ``screens`` are pairs of shop and session.
    """
    known = [{"id": shop, "cursor": seq} for shop, seq in cursors.items() if seq is not None]
    unknown = [{"id": shop} for shop, seq in cursors.items() if seq is None]
    pairs = [{"shop": shop, "session": session} for shop, session in screens or ()]
    rows, standings, gone = statements.ask(
        NEWS(shops=statements.rows(known)),
        STANDINGS(shops=statements.rows(unknown)) if unknown else None,
        GONE(screens=statements.rows(pairs), now=timezone.now()) if pairs else None,
    )
    news: dict[UUID, list[Frame]] = {}
    for row in rows:
        news.setdefault(row.shop_id, []).append(write(row))
    return Look(
        news,
        newest={standing.shop_id: standing.newest for standing in standings},
        more=[shop for shop, frames in news.items() if len(frames) == PAGE],
        gone=[tuple(row) for row in gone],
    )
