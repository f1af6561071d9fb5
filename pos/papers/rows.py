"""A receipt from top to bottom, as rows of a roll of paper."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pos.receipts import Receipt, Sum

Style = Literal["plain", "strong", "title", "center", "struck", "rule", "code"]


@dataclass(frozen=True, slots=True)
class Row:
    """A name on the left and an amount on the right, or one text; a ``code`` is a QR code."""

    left: str = ""
    right: str = ""
    style: Style = "plain"


RULE = Row(style="rule")


def of(receipt: Receipt) -> Iterator[Row]:
    """The rows of a receipt."""
    yield Row(receipt.shop, style="title")
    yield from (Row(text, style="center") for text in receipt.header)
    yield from (Row(f"*** {mark} ***", style="title") for mark in receipt.marks)
    yield Row(receipt.call_number, style="title")
    yield from (Row(name, said) for name, said in receipt.facts)
    yield RULE
    for item in receipt.items:
        style: Style = "struck" if item.is_void else "plain"
        yield Row(f"{item.quantity} × {item.name}", item.amount, style)
        yield from (Row(f"    {note}") for note in item.notes)
    yield RULE
    yield from _sums(receipt.sums)
    yield from _sums(receipt.taxes)
    if receipt.payments:
        yield RULE
        yield from _sums(receipt.payments)
    yield RULE
    yield from (Row(text, style="center") for text in receipt.footer)
    yield Row(receipt.link, style="code")


def _sums(sums: Iterable[Sum]) -> Iterator[Row]:
    yield from (
        Row(each.name, each.amount, "strong" if each.is_strong else "plain") for each in sums
    )
