"""Tables for spreadsheets: CSV in parts, with no cell that a spreadsheet would run.

Each part is a question of its own, from where the last one ended: a long export holds no cursor
and no more than a part in memory.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import AuditEvent, User
from portal.models import Lead

__all__ = ["BATCH", "leads", "lines", "people", "safe"]

BATCH = 500

#: Tells spreadsheets that it is UTF-8.
BOM = "\ufeff"

#: What a spreadsheet would take for a formula, and our mark before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

LEADS = (
    "id", "kind", "created_at", "name", "email", "company", "phone", "topic", "amount", "message",
    "source", "status", "owner", "spam_score", "spam_reasons", "repeats", "last_at",
)  # fmt: skip
PEOPLE = (
    "id", "username", "email", "name", "phone", "organization", "role", "is_active",
    "is_verified", "created_at", "last_login_at",
)  # fmt: skip
LINES = (
    "id", "at", "action", "actor_id", "actor", "shop_id", "target_kind", "target_id", "address",
    "request_id",
)  # fmt: skip


def leads(rows: QuerySet[Lead], *, batch: int = BATCH) -> Iterator[bytes]:
    """These leads, the newest first."""
    return _parts(LEADS, rows.select_related("owner"), _lead, batch)


def people(rows: QuerySet[User], *, batch: int = BATCH) -> Iterator[bytes]:
    """These people, the newest first."""
    return _parts(PEOPLE, rows, lambda row: [getattr(row, name) for name in PEOPLE], batch)


def lines(rows: QuerySet[AuditEvent], *, batch: int = BATCH) -> Iterator[bytes]:
    """These lines of the trail, the newest first."""
    return _parts(LINES, rows.select_related("actor"), _line, batch)


def safe(value: object) -> str:
    """A cell as text; what would be a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _lead(row: Lead) -> Sequence[object]:
    said = {"owner": row.owner or "", "spam_reasons": "; ".join(row.spam_reasons)}
    return [said[name] if name in said else getattr(row, name) for name in LEADS]


def _line(row: AuditEvent) -> Sequence[object]:
    return [row.actor or "" if name == "actor" else getattr(row, name) for name in LINES]


def _parts(
    columns: Sequence[str],
    rows: QuerySet[Any],
    cells: Callable[[Any], Sequence[object]],
    batch: int,
) -> Iterator[bytes]:
    yield (BOM + _text([columns])).encode()
    last: UUID | None = None
    while True:
        rest = rows if last is None else rows.filter(pk__lt=last)
        part = list(rest.order_by("-pk")[:batch])
        if part:
            last = part[-1].pk
            yield _text([safe(cell) for cell in cells(row)] for row in part).encode()
        if len(part) < batch:
            return


def _text(table: Iterable[Sequence[str]]) -> str:
    written = StringIO()
    csv.writer(written).writerows(table)
    return written.getvalue()
