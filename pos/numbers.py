"""Order numbers: gap-free per shop and business day, and the short one that is called out."""

from datetime import date
from uuid import UUID

from core.statements import Call
from pos import statements

CALL_NUMBERS = 999


def taking(*, shop_id: UUID, day: date) -> Call:
    """Take the next number of the day, as part of a batch: ``order_seq``, from 1.

    The day's row stays locked until commit, and a rollback gives the number back.
    """
    return statements.NUMBER(shop=shop_id, day=day.isoformat())


def order_number(*, prefix: str, day: date, seq: int) -> str:
    """``ORD-20261122-0001``; a day of more than 9,999 orders simply grows longer."""
    return f"{prefix}-{day:%Y%m%d}-{seq:04d}"


def call_number(seq: int) -> str:
    """``001`` to ``999``, then from ``001`` again."""
    return f"{(seq - 1) % CALL_NUMBERS + 1:03d}"
