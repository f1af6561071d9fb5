"""The constant SQL of the outbox: writing events, following them, dropping ended screens.

One text each for both databases (``core.statements``); lists travel as one JSON parameter, so
that one shop or a thousand, one change or fifty, are the same statement.
"""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.idleness import TOUCH_EVERY
from core.statements import Statement

#: How many events of a shop are read at a time.
PAGE = 200

# Take the shop's next seqs and store the changes under them, in order. The counter row is made
# where it is missing, and stays locked until commit.
PUBLISH = Statement(
    "publish",
    """
    WITH counter AS (
        INSERT INTO live_shopcounter AS kept (shop_id, event_seq, menu_seq)
        VALUES (%(shop)s, %(count)s::bigint, %(menu)s::bigint)
        ON CONFLICT (shop_id) DO UPDATE SET
            event_seq = kept.event_seq + excluded.event_seq,
            menu_seq = CASE
                WHEN excluded.menu_seq > 0 THEN kept.event_seq + excluded.event_seq
                ELSE kept.menu_seq
            END
        RETURNING shop_id, event_seq
    ), stored AS (
        INSERT INTO live_event (shop_id, seq, kind, at, actor_id, data)
        SELECT shop_id, event_seq - %(count)s::bigint + place, kind,
            %(at)s::timestamptz, %(actor)s::uuid, data
        FROM counter CROSS JOIN {changes}
        ORDER BY place
    )
    SELECT event_seq FROM counter
    """,
    sqlite=(
        """
        INSERT INTO live_shopcounter (shop_id, event_seq, menu_seq)
        VALUES (%(shop)s, %(count)s, %(menu)s)
        ON CONFLICT (shop_id) DO UPDATE SET
            event_seq = event_seq + excluded.event_seq,
            menu_seq = CASE
                WHEN excluded.menu_seq > 0 THEN event_seq + excluded.event_seq
                ELSE menu_seq
            END
        """,
        """
        INSERT INTO live_event (shop_id, seq, kind, at, actor_id, data)
        SELECT shop_id, event_seq - %(count)s + place, kind, %(at)s, %(actor)s, data
        FROM live_shopcounter CROSS JOIN {changes}
        WHERE shop_id = %(shop)s
        ORDER BY place
        """,
        "SELECT event_seq FROM live_shopcounter WHERE shop_id = %(shop)s",
    ),
    rows={"changes": "place integer, kind text, data text"},
    returns={"seq": int},
)

# An update that changes nothing: it locks the row, and makes it where it is missing.
LOCK = Statement(
    "lock",
    """
    INSERT INTO live_shopcounter (shop_id, event_seq, menu_seq) VALUES (%(shop)s, 0, 0)
    ON CONFLICT (shop_id) DO UPDATE SET shop_id = excluded.shop_id
    """,
)

COUNTER = Statement(
    "counter",
    "SELECT event_seq, menu_seq FROM live_shopcounter WHERE shop_id = %(shop)s",
    returns={"event_seq": int, "menu_seq": int},
)

# Where shops stand: their last event, and the oldest that is still kept (null: none).
STANDINGS = Statement(
    "standing",
    """
    SELECT shops.id, coalesce(counter.event_seq, 0) AS newest,
        (SELECT min(seq) FROM live_event WHERE shop_id = shops.id) AS oldest
    FROM {shops}
    LEFT JOIN live_shopcounter AS counter ON counter.shop_id = shops.id
    """,
    rows={"shops": "id uuid"},
    returns={"shop_id": UUID, "newest": int, "oldest": int},
)

# Each shop's next events after its cursor. LATERAL makes PostgreSQL walk the primary key per
# shop, however wrong its guess at the number of rows; SQLite walks it anyway.
NEWS = Statement(
    "event",
    f"""
    SELECT shops.id, event.seq, event.kind, event.at, event.data, person.id, person.name,
        person.username
    FROM {{shops}}
    CROSS JOIN LATERAL (
        SELECT seq, kind, at, data, actor_id FROM live_event
        WHERE shop_id = shops.id AND seq > shops.cursor ORDER BY seq LIMIT {PAGE}
    ) AS event
    LEFT JOIN accounts_user AS person ON person.id = event.actor_id
    ORDER BY shops.id, event.seq
    """,  # noqa: S608 (a constant)
    sqlite=f"""
    SELECT shops.id, event.seq, event.kind, event.at, event.data, person.id, person.name,
        person.username
    FROM {{shops}}
    CROSS JOIN live_event AS event ON event.shop_id = shops.id
        AND event.seq > shops.cursor AND event.seq <= shops.cursor + {PAGE}
    LEFT JOIN accounts_user AS person ON person.id = event.actor_id
    ORDER BY shops.id, event.seq
    """,  # noqa: S608 (a constant)
    rows={"shops": "id uuid, cursor bigint"},
    returns={
        "shop_id": UUID,
        "seq": int,
        "kind": str,
        "at": datetime,
        "data": str,
        "actor_id": UUID,
        "actor_name": str,
        "actor_username": str,
    },
)

# Of these screens, those that may not watch any more: their session is over, their till was left
# alone, or its person is no member of the shop any more. The conditions are those of
# accounts.sessions.
GONE_TEXT = """
    SELECT screens.shop, screens.session,
        person.id IS NOT NULL AND NOT coalesce(session.last_used_at < {since}, FALSE)
    FROM {{screens}}
    LEFT JOIN accounts_authsession AS session ON session.id = screens.session
        AND session.revoked_at IS NULL AND session.expires_at > %(now)s
    LEFT JOIN accounts_user AS person ON person.id = session.user_id
        AND person.is_active AND person.token_version = session.token_version
    LEFT JOIN accounts_membership AS membership ON membership.user_id = person.id
        AND membership.shop_id = screens.shop
    LEFT JOIN accounts_device AS device ON device.id = session.device_id
    LEFT JOIN accounts_shop AS home ON home.id = device.shop_id AND home.lock_minutes > 0
    WHERE membership.id IS NULL OR session.last_used_at < {since}
"""
#: ``last_used_at`` is right to this many minutes.
SLACK = TOUCH_EVERY // timedelta(minutes=1)

GONE = Statement(
    "gone",
    GONE_TEXT.format(since=f"%(now)s - (home.lock_minutes + {SLACK}) * interval '1 minute'"),
    sqlite=GONE_TEXT.format(
        since=f"datetime(%(now)s, '-' || (home.lock_minutes + {SLACK}) || ' minutes')"
    ),
    rows={"screens": "shop uuid, session uuid"},
    returns={"shop_id": UUID, "session_id": UUID, "is_signed_in": bool},
)
