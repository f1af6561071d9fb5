"""What happened in a shop, stored beside the change that caused it.

The outbox is the truth: a screen reads it from its cursor, and a nudge after commit only ends
the wait for the next look. A shop's ``seq`` is taken from its counter row, which a verb locks
last and holds until commit, so commit order is ``seq`` order, without gaps.

    with transaction.atomic():
        ...                                              # the change itself, its rows locked
        counter = outbox.lock(shop.pk)                   # the last lock
        audit.record(...)
        outbox.publish(counter, Change.of("product_updated", row), actor=actor)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor
from core import statements, wire
from core.statements import Call
from live import nudges
from live.statements import COUNTER, LOCK, PUBLISH

__all__ = [
    "MENU_KINDS",
    "Change",
    "Counter",
    "announce",
    "cursor",
    "lock",
    "menu_version",
    "publish",
    "publishing",
]

#: What changes what may be sold, or for how much: these kinds make a new menu.
MENU_KINDS = frozenset(
    {
        "category_created",
        "category_updated",
        "category_deleted",
        "modifier_group_created",
        "modifier_group_updated",
        "modifier_group_deleted",
        "product_created",
        "product_updated",
        "product_deleted",
        "settings_changed",
        "stock_changed",
        "tax_rate_created",
        "tax_rate_updated",
        "tax_rate_deleted",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: its kind and its row, as JSON text."""

    kind: str
    data: bytes | str

    @classmethod
    def of(cls, kind: str, row: object) -> "Change":
        """Write ``row``, the struct or dict that a ``GET`` answers, as this change's data."""
        return cls(kind, wire.encode(row))


@dataclass(frozen=True, slots=True)
class Counter:
    """A shop's counter, locked until commit. ``lock`` alone gives it out."""

    shop_id: UUID


# --- Writing ------------------------------------------------------------------------------


def publishing(
    shop_id: UUID, changes: Sequence[Change], *, actor_id: UUID | None, at: datetime
) -> Call:
    """Take the next seqs and store these changes in order, as part of a hot verb's batch.

    Answers one row, ``seq``: the last one taken. It locks the shop's counter, so it comes after
    every other lock, and the verb calls ``announce`` as well. ``at`` is aware.
    """
    rows = [
        {"place": place, "kind": change.kind, "data": _text(change.data)}
        for place, change in enumerate(changes, start=1)
    ]
    makes_menu = any(change.kind in MENU_KINDS for change in changes)
    return PUBLISH(
        shop=shop_id,
        count=len(rows),
        menu=len(rows) if makes_menu else 0,
        at=at,
        actor=actor_id,
        changes=statements.rows(rows),
    )


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode()


def lock(shop_id: UUID) -> Counter:
    """Lock the shop's counter row: the last lock a verb takes, held until commit."""
    statements.run(LOCK(shop=shop_id))
    return Counter(shop_id)


def publish(counter: Counter, *changes: Change, actor: Actor | None = None) -> int:
    """Store what changed, in this order, and wake the screens after commit.

    Returns the last ``seq``. ``actor`` is who did it, ``None`` the system.
    """
    actor_id = None if actor is None else actor.pk
    seq: int = statements.one(
        publishing(counter.shop_id, changes, actor_id=actor_id, at=timezone.now())
    ).seq
    announce(counter.shop_id)
    return seq


def announce(shop_id: UUID) -> None:
    """Wake the shop's screens once this transaction has committed.

    Costs the caller no waiting and never fails it, whatever Redis does: screens also poll.
    """
    transaction.on_commit(lambda: nudges.send(shop_id), robust=True)


# --- Reading ------------------------------------------------------------------------------


def cursor(shop_id: UUID) -> int:
    """The shop's last ``seq``. A page reads it before its rows, and follows from there."""
    kept = statements.one(COUNTER(shop=shop_id))
    return kept.event_seq if kept else 0


def menu_version(shop_id: UUID) -> int:
    """The ``seq`` that last changed what may be sold, or for how much; 0: none yet."""
    kept = statements.one(COUNTER(shop=shop_id))
    return kept.menu_seq if kept else 0
