"""Forgetting events that every screen has long seen; one that comes later reads its page anew."""

from datetime import timedelta

from django.utils import timezone

from core import statements
from core.statements import Statement

__all__ = ["BATCH", "KEPT_FOR", "prune"]

#: A screen that was away for longer is told to read its page anew (``resync``).
KEPT_FOR = timedelta(days=14)

#: How many events are deleted in one transaction, and of one shop at a time.
BATCH = 1_000

# A shop's oldest events lie together in the primary key, so LATERAL reads only those; no index on
# the time is needed. SQLite, a shop's own server, looks through the table once an hour.
PRUNE = Statement(
    "prune_events",
    """
    DELETE FROM live_event WHERE (shop_id, seq) IN (
        SELECT event.shop_id, event.seq FROM live_shopcounter AS counter
        CROSS JOIN LATERAL (
            SELECT shop_id, seq, at FROM live_event WHERE shop_id = counter.shop_id
            ORDER BY seq LIMIT %(limit)s
        ) AS event
        WHERE event.at < %(before)s LIMIT %(limit)s
    )
    RETURNING seq
    """,
    sqlite="""
    DELETE FROM live_event WHERE (shop_id, seq) IN (
        SELECT shop_id, seq FROM live_event WHERE at < %(before)s
        ORDER BY shop_id, seq LIMIT %(limit)s
    )
    RETURNING seq
    """,
    returns={"seq": int},
)


def prune(*, limit: int = BATCH) -> int:
    """Delete the oldest events of more than two weeks ago, at most ``limit``; answers how many."""
    return len(statements.run(PRUNE(before=timezone.now() - KEPT_FOR, limit=limit))[0])
