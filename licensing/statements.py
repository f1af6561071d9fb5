"""The statements of a heartbeat and of the watch over all: constant, and quick with a million sites.

An ordinary heartbeat is one rewrite in place. What brings news, or is refused, is one read first,
and what only some need.
"""

from datetime import datetime
from uuid import UUID

from core.statements import Statement

__all__ = [
    "ACKNOWLEDGE", "ALONE", "BEAT", "DELIVER", "FIRST_USE", "FLEET", "HOLD", "KEEP_HOUR", "KNOWN", "LINES",
    "MARK", "ORDINARY", "RETIRE", "SAMPLE", "SETTLE", "UNTOLD",
]  # fmt: skip

#: What a verdict is made of.
SAID = {
    "site_id": UUID,
    "is_active": bool,
    "is_locked": bool,
    "lock_reason": str,
    "license_expires_at": datetime,
    "grace_days": int,
    "watched_until": datetime,
}

# The site that calls, with what it was told last: a row for each key that opens.
KNOWN = Statement(
    "known_site",
    """
    SELECT site.id, site.site_id, site.is_active, site.is_locked, site.lock_reason,
           site.license_expires_at, site.grace_days, site.watched_until,
           contact.revision, contact.has_command, contact.version, contact.is_licensed,
           contact.is_locked, contact.hour_at, contact.calls, contact.sampled_at,
           held.id, held.digest, held.first_used_at
    FROM licensing_site AS site
    JOIN licensing_sitecontact AS contact ON contact.site_id = site.id
    JOIN licensing_sitekey AS held ON held.site_id = site.id
    WHERE site.site_id = %(site_id)s AND site.deleted_at IS NULL
      AND (held.retires_at IS NULL OR held.retires_at > %(now)s)
    """,
    returns={
        "id": UUID,
        **SAID,
        "revision": int,
        "has_command": bool,
        "last_version": str,
        "was_licensed": bool,
        "was_locked": bool,
        "hour_at": datetime,
        "calls": int,
        "sampled_at": datetime,
        "key_id": UUID,
        "digest": bytes,
        "first_used_at": datetime,
    },
)

# Nobody changes the site until the transaction ends.
HOLD = Statement(
    "hold_contact",
    """
    SELECT contact.site_id FROM licensing_sitecontact AS contact
    WHERE contact.site_id = %(id)s {lock[contact]}
    """,
    returns={"site_id": UUID},
)

# What every heartbeat writes. A site that has applied more than we remember (our database is an
# older copy) is answered beyond that; nobody is taken further on than a thousand changes are.
SEEN = """
    seq = 1 + CASE WHEN %(applied_seq)s BETWEEN contact.seq AND contact.seq + 1000000
                   THEN %(applied_seq)s ELSE contact.seq END,
    applied_seq = COALESCE(%(applied_seq)s, contact.applied_seq),
    last_seen_at = %(now)s,
    address = %(address)s,
    uptime_seconds = %(uptime_seconds)s,
    site_time = %(site_time)s,
    clock_skew_seconds = %(clock_skew_seconds)s,
    calls = CASE WHEN contact.hour_at > %(hour_ago)s THEN contact.calls + 1 ELSE 1 END,
    hour_at = CASE WHEN contact.hour_at > %(hour_ago)s THEN contact.hour_at ELSE %(now)s END
"""

TOO_OFTEN = """
    (contact.calls >= %(most_calls)s AND COALESCE(contact.hour_at > %(hour_ago)s, false))
"""

# A heartbeat of a site in order, with a key in use, that brings nothing new: read, judged and
# written in one. No answer: it is of another kind, or a stranger's, and nothing was written.
#
# The key's digest is compared under a salt that no caller knows, so that how long it takes says
# nothing of the digest. Whoever waits here for a change of the site finds the contact's new row,
# but of the other tables those that were there before: `seen` is the contact of then, and where
# its revision is not that of the new row, what would be answered is of yesterday.
#
# It does not wait for the disk, this transaction alone: what a crash would take of the last moment
# is written at the next call (docs/decisions/0022).
#
# SQLite is not asked: there a heartbeat is a read and a write, which no network lies between.
ORDINARY = Statement(
    "ordinary_beat",
    f"""
    UPDATE licensing_sitecontact AS contact
    SET {SEEN}
    FROM licensing_site AS site
    JOIN licensing_sitekey AS held ON held.site_id = site.id
    JOIN licensing_sitecontact AS seen ON seen.site_id = site.id
    WHERE site.site_id = %(site_id)s AND site.deleted_at IS NULL
      AND (held.retires_at IS NULL OR held.retires_at > %(now)s)
      AND sha256(held.digest || %(salt)s) = %(salted)s AND held.first_used_at IS NOT NULL
      AND site.is_active AND NOT site.is_locked
      AND (site.license_expires_at IS NULL OR site.license_expires_at > %(now)s)
      AND contact.site_id = site.id AND contact.revision = seen.revision
      AND contact.is_licensed AND NOT contact.is_locked AND NOT contact.has_command
      AND contact.version = %(version)s AND contact.sampled_at > %(sampled_after)s
      AND NOT {TOO_OFTEN}
    RETURNING site.site_id, site.is_active, site.is_locked, site.lock_reason,
              site.license_expires_at, site.grace_days, site.watched_until, contact.seq,
              set_config('synchronous_commit', 'off', true)
    """,  # noqa: S608 (constants)
    sqlite=(),
    returns={**SAID, "seq": int, "waits_for_disk": str},
)

# Any heartbeat. No answer: the site was changed, or called too often, since it was read.
BEAT = Statement(
    "beat",
    f"""
    UPDATE licensing_sitecontact AS contact
    SET {SEEN},
        version = %(version)s,
        is_licensed = %(is_licensed)s,
        is_locked = %(is_locked)s,
        sampled_at = %(sampled_at)s
    WHERE contact.site_id = %(id)s AND contact.revision = %(revision)s AND NOT {TOO_OFTEN}
    RETURNING seq
    """,  # noqa: S608 (constants)
    returns={"seq": int},
)

# The new key is in use: from now on it alone opens. No answer: it was replaced meanwhile.
FIRST_USE = Statement(
    "first_use_of_key",
    """
    UPDATE licensing_sitekey SET first_used_at = %(now)s
    WHERE id = %(key_id)s AND first_used_at IS NULL
    RETURNING id
    """,
    returns={"id": UUID},
)

RETIRE = Statement(
    "retire_keys",
    """
    DELETE FROM licensing_sitekey
    WHERE site_id = %(id)s AND id <> %(key_id)s AND retires_at IS NOT NULL
    """,
)

# The site has applied a verdict that carried the command, or a later one.
ACKNOWLEDGE = Statement(
    "acknowledge_commands",
    """
    UPDATE licensing_command SET acknowledged_at = %(now)s
    WHERE site_id = %(id)s AND acknowledged_at IS NULL AND seq <= %(applied_seq)s
    """,
)

# The verdict that is being answered carries what waits.
DELIVER = Statement(
    "deliver_commands",
    """
    UPDATE licensing_command
    SET delivered_at = %(now)s,
        seq = (SELECT contact.seq FROM licensing_sitecontact AS contact
               WHERE contact.site_id = %(id)s)
    WHERE site_id = %(id)s AND seq IS NULL AND superseded_at IS NULL
    """,
)

SETTLE = Statement(
    "settle_commands",
    """
    UPDATE licensing_sitecontact
    SET has_command = EXISTS (
        SELECT 1 FROM licensing_command AS command
        WHERE command.site_id = %(id)s
          AND command.acknowledged_at IS NULL AND command.superseded_at IS NULL
    )
    WHERE site_id = %(id)s
    RETURNING has_command
    """,
    returns={"has_command": bool},
)

SAMPLE = Statement(
    "sample_heartbeat",
    """
    INSERT INTO licensing_heartbeat
        (id, site_id, at, seq, version, uptime_seconds, clock_skew_seconds, is_licensed, is_locked)
    SELECT %(sample_id)s, contact.site_id, contact.last_seen_at, contact.seq, contact.version,
           contact.uptime_seconds, contact.clock_skew_seconds, contact.is_licensed,
           contact.is_locked
    FROM licensing_sitecontact AS contact
    WHERE contact.site_id = %(id)s AND contact.last_seen_at IS NOT NULL
    """,
)

NOW_TOLD = """
    CASE WHEN last_seen_at > %(late)s THEN 0
         WHEN last_seen_at > %(offline)s THEN 1
         WHEN last_seen_at > %(dark)s THEN 2
         ELSE 3 END
"""

# One look at the fleet at a time: two would each open the same incident.
ALONE = Statement(
    "look_alone", "LOCK TABLE licensing_fleethour IN SHARE ROW EXCLUSIVE MODE", sqlite=()
)

# The fleet in one pass: who was heard of when. ``together``: silent since not so long ago;
# ``changed``: who stands otherwise than people were told.
FLEET = Statement(
    "fleet",
    f"""
    SELECT COUNT(*),
           COUNT(*) FILTER (WHERE last_seen_at >= %(hour)s),
           COUNT(*) FILTER (WHERE last_seen_at <= %(late)s AND last_seen_at > %(offline)s),
           COUNT(*) FILTER (WHERE last_seen_at <= %(offline)s AND last_seen_at > %(dark)s),
           COUNT(*) FILTER (WHERE last_seen_at <= %(dark)s),
           COUNT(*) FILTER (WHERE last_seen_at <= %(late)s AND last_seen_at > %(since)s),
           COUNT(*) FILTER (WHERE told <> {NOW_TOLD})
    FROM licensing_sitecontact WHERE is_counted AND last_seen_at IS NOT NULL
    """,  # noqa: S608 (constants)
    returns={
        "sites": int,
        "seen": int,
        "late": int,
        "offline": int,
        "dark": int,
        "together": int,
        "changed": int,
    },
)

# Everybody who stands otherwise than people were told, so many at once.
MARK = Statement(
    "mark_overdue",
    f"""
    UPDATE licensing_sitecontact SET told = {NOW_TOLD}
    WHERE site_id IN (
        SELECT site_id FROM licensing_sitecontact
        WHERE is_counted AND last_seen_at IS NOT NULL AND told <> {NOW_TOLD}
        LIMIT %(limit)s
    ) AND is_counted AND told <> {NOW_TOLD}
    RETURNING site_id, told
    """,  # noqa: S608 (constants)
    returns={"site_id": UUID, "told": int},
)

# Who stands otherwise than the open alerts say, once an incident is over, so many at once.
UNTOLD = Statement(
    "untold",
    """
    SELECT contact.site_id, contact.told
    FROM licensing_sitecontact AS contact
    LEFT JOIN licensing_alert AS alert
           ON alert.site_id = contact.site_id AND alert.closed_at IS NULL
    WHERE contact.is_counted AND (contact.told > 0) <> (alert.id IS NOT NULL)
    LIMIT %(limit)s {lock[contact]}
    """,
    returns={"site_id": UUID, "told": int},
)

KEEP_HOUR = Statement(
    "keep_fleet_hour",
    """
    INSERT INTO licensing_fleethour (hour, sites, seen, late, offline, dark)
    VALUES (%(hour)s, %(sites)s, %(seen)s, %(late)s, %(offline)s, %(dark)s)
    ON CONFLICT (hour) DO UPDATE
    SET sites = excluded.sites, seen = excluded.seen, late = excluded.late,
        offline = excluded.offline, dark = excluded.dark
    """,
)

# Of these lines, those whose key still opens.
LINES = Statement(
    "lines_of_sites",
    """
    SELECT held.id, contact.revision
    FROM {lines}
    JOIN licensing_sitekey AS held ON held.id = lines.key AND held.site_id = lines.site
    JOIN licensing_sitecontact AS contact ON contact.site_id = lines.site
    JOIN licensing_site AS site ON site.id = lines.site AND site.deleted_at IS NULL
    WHERE held.retires_at IS NULL OR held.retires_at > %(now)s
    """,
    rows={"lines": "site uuid, key uuid"},
    returns={"key_id": UUID, "revision": int},
)
