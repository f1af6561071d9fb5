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

__all__ = ["BATCH", "parts", "safe"]

BATCH = 500

#: Tells spreadsheets that it is UTF-8.
BOM = "\ufeff"

#: What a spreadsheet would take for a formula, and our mark before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def parts(
    columns: Sequence[str],
    rows: QuerySet[Any],
    cells: Callable[[Any], Sequence[object]],
    batch: int = BATCH,
) -> Iterator[bytes]:
    """These rows, the newest first; ``cells`` answers those of a row, one for each column."""
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
