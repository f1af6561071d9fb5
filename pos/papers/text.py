"""A receipt as plain text, as wide as a roll of paper."""

import textwrap
import unicodedata
from collections.abc import Iterator

from pos.papers import rows
from pos.papers.rows import Row
from pos.receipts import Receipt

#: Characters in a line.
WIDTH = 42


def render(receipt: Receipt) -> str:
    """The receipt, line by line; its code is the address it leads to."""
    return "".join(f"{line.rstrip()}\n" for row in rows.of(receipt) for line in lines(row))


def lines(row: Row) -> Iterator[str]:
    """A row in lines no wider than the paper."""
    if row.style == "rule":
        yield "-" * WIDTH
    elif row.style == "code":
        yield row.left  # an address that is cut leads nowhere
    elif row.style in ("title", "center"):
        for text in _wrapped(row.left, WIDTH):
            yield " " * ((WIDTH - wide(text)) // 2) + text
    else:
        yield from _pair(row)


def wide(text: str) -> int:
    """How many columns a text takes: some letters of the east are two wide, marks are none."""
    columns = 0
    for letter in text:
        if not unicodedata.combining(letter):
            columns += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
    return columns


def _pair(row: Row) -> Iterator[str]:
    """The name on the left, in as many lines as it takes, the amount at the right of the last."""
    left, right = row.left, row.right
    if row.style == "struck":
        right = f"({right})"  # paper does not strike through
    indent = " " * (len(left) - len(left.lstrip()))
    parts = _wrapped(left.strip(), WIDTH - len(indent) - (wide(right) + 1 if right else 0))
    yield from (indent + part for part in parts[:-1])
    last = indent + parts[-1]
    yield last + " " * (WIDTH - wide(last) - wide(right)) + right


def _wrapped(text: str, width: int) -> list[str]:
    """A text in parts of at most so many columns."""
    letters = max(width, 8)
    if wide(text) > len(text):
        letters = max(letters // 2, 4)
    return textwrap.wrap(text, letters) or [""]
