"""A receipt for thermal printers: ESC/POS, as printers of any make understand it.

The commands are those of Epson's ESC/POS reference that every printer shares: initialise, align,
emphasise, character size, code table, QR code, feed and cut.
"""

import re
from functools import cache

from pos.papers import rows, text
from pos.papers.rows import Row
from pos.receipts import Receipt

INITIALISE = b"\x1b@"
LEFT, CENTER = b"\x1ba\x00", b"\x1ba\x01"
STRONG, WEAK = b"\x1bE\x01", b"\x1bE\x00"
TALL, NORMAL = b"\x1d!\x01", b"\x1d!\x00"
CUT = b"\x1dV\x42\x00"
FEED = b"\n" * 3

#: Letters of the west, the north, the east and the south: a printer's code tables, by number.
TABLES = {"cp858": 19, "cp852": 18, "cp866": 17, "cp857": 13, "cp869": 38}

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")

#: Signs that no table has.
SPELLED = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "×": "x", "₹": "Rs ", "−": "-", "–": "-", "—": "-", "…": "..."}
)


def render(receipt: Receipt) -> bytes:
    """What is sent to the printer as it is."""
    return b"".join([INITIALISE, *map(_row, rows.of(receipt)), FEED, CUT])


def _row(row: Row) -> bytes:
    if row.style == "code":
        return CENTER + _code(row.left) + LEFT
    printed = b"".join(_encoded(f"{line.rstrip()}\n") for line in text.lines(row))
    if row.style == "title":
        return STRONG + TALL + printed + NORMAL + WEAK
    return STRONG + printed + WEAK if row.style == "strong" else printed


def _encoded(line: str) -> bytes:
    """A line, letter by letter in the table in use, else in the first one that has it.

    What would be a command to the printer, which opens drawers too, is left out.
    """
    used, printed = "", b""
    for letter in CONTROL.sub("", line).translate(SPELLED):
        able = (table for table in (used, *TABLES) if table and _has(table, letter))
        table = next(able, used or next(iter(TABLES)))
        if table != used:
            used, printed = table, printed + b"\x1bt" + bytes([TABLES[table]])
        printed += letter.encode(table, "replace")
    return printed


@cache
def _has(table: str, letter: str) -> bool:
    return letter.encode(table, "ignore") != b""


def _code(address: str) -> bytes:
    """A QR code of model 2, modules of 6 dots, medium correction: set it up, store it, print it."""
    stored = b"1P0" + address.encode()
    return b"".join(_sent(each) for each in (b"1A2\x00", b"1C\x06", b"1E1", stored, b"1Q0"))


def _sent(command: bytes) -> bytes:
    return b"\x1d(k" + len(command).to_bytes(2, "little") + command
