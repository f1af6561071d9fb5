"""What clients may send about money, goods and shelves; orders: ``pos.order_serializers``."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.utils import timezone
from msgspec import Meta

from core.errors import Invalid
from core.structs import Exact, Line
from pos import money
from pos.facts import RefundLine
from pos.stock import Step
from pos.tenders import Tender

#: Nothing was sold by this house before.
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
#: A till's clock may be so much ahead of ours.
SKEW = timedelta(minutes=5)

#: One line that says something: not blanks alone.
Named = Annotated[str, Meta(min_length=1, pattern=r"^(?=.*\S)[^\x00-\x1f\x7f]*\Z")]
#: Lines, for paper too, whose printers obey control characters.
PROSE = re.compile(r"^[^\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]*\Z")
Prose = Annotated[str, Meta(pattern=PROSE.pattern)]

Text40 = Annotated[Line, Meta(max_length=40)]
Text64 = Annotated[Line, Meta(max_length=64)]
Text120 = Annotated[Line, Meta(max_length=120)]
Text255 = Annotated[Line, Meta(max_length=255)]
Name = Annotated[Named, Meta(max_length=255)]
Whole = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Free = dict[str, Any]
PayBy = Literal["cash", "card", "qr", "upi", "transfer", "voucher", "other"]
Moment = Annotated[datetime, Meta(tz=True)]


class WishedTender(msgspec.Struct):
    """Money given for an order: ``tendered`` minus ``amount``, rounding and ``tip`` is change."""

    method: PayBy
    amount: Exact | None = None
    tendered: Exact | None = None
    tip: Exact | None = None
    reference: Text120 = ""
    register_id: UUID | None = None

    def tender(self, digits: int, path: str = "") -> Tender:
        """The money in the smallest unit of its currency. Raises ``Invalid``."""
        return Tender(
            method=self.method,
            amount=amount(self.amount, digits, f"{path}amount"),
            tendered=amount(self.tendered, digits, f"{path}tendered"),
            tip=amount(self.tip, digits, f"{path}tip") or 0,
            reference=self.reference,
            register_id=self.register_id,
        )


class ReturnedLine(msgspec.Struct, forbid_unknown_fields=True):
    """Pieces of an order's line that come back."""

    id: UUID
    quantity: Annotated[int, Meta(ge=1, le=999)]


class GiveBack(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Money to be given back: for pieces of ``lines``, or an ``amount``."""

    lines: Annotated[list[ReturnedLine], Meta(max_length=500)] = []
    amount: Exact | None = None
    reason: Name
    restock: bool = False
    approval_id: UUID | None = None
    register_id: UUID | None = None

    def fields(self, digits: int) -> dict[str, Any]:
        """What was sent, as ``refunds.give`` takes it. Raises ``Invalid``."""
        return {
            "lines": [RefundLine(id=line.id, quantity=line.quantity) for line in self.lines],
            "amount": amount(self.amount, digits, "amount"),
            "reason": self.reason,
            "restock": self.restock,
            "approval_id": self.approval_id,
            "register_id": self.register_id,
        }


def amount(written: Decimal | None, digits: int, field: str) -> int | None:
    """Money as it was sent, in the smallest unit; ``None`` stays. Raises ``Invalid``."""
    if written is None:
        return None
    try:
        return money.units(written, digits)
    except ValueError as error:
        raise Invalid(errors={field: [str(error)]}) from None


def percent(written: Decimal, field: str) -> Decimal:
    """A percentage from 0 to 100 with at most three decimals. Raises ``Invalid``."""
    if not 0 <= written <= 100 or written % money.RATE_STEP:
        problem = "Must be a percentage from 0 to 100 with at most three decimals."
        raise Invalid(errors={field: [problem]})
    return Decimal(written)


class ChangeStock(msgspec.Struct, forbid_unknown_fields=True):
    """What happened at the shelf: a counted ``quantity``, or a ``delta`` that came or went."""

    quantity: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)] | None = None
    delta: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)] | None = None
    reason: Literal["count", "receive", "waste", "adjust"] | None = None
    note: Text255 = ""
    occurred_at: Moment | None = None
    policy: Literal["block", "allow"] | None = None
    reorder_level: Whole | None = None

    def plan(self) -> dict[str, Any]:
        """What it says of the shelf itself."""
        said = {"policy": self.policy, "reorder_level": self.reorder_level}
        return {name: value for name, value in said.items() if value is not None}

    def step(self) -> Step | None:
        """The movement it means; ``None`` if it speaks of the shelf alone. Raises ``Invalid``."""
        if self.quantity is None and self.delta is None and self.plan():
            return None
        if (self.quantity is None) == (self.delta is None):
            raise Invalid(errors={"quantity": ["Give either a quantity or a delta."]})
        if self.occurred_at is not None:
            past(self.occurred_at, "occurred_at")
        if self.quantity is not None:
            return Step(
                "count", counted=self.quantity, note=self.note, occurred_at=self.occurred_at
            )
        reason = self.reason or "adjust"
        if reason == "count":
            raise Invalid(errors={"reason": ["A count needs a quantity, not a delta."]})
        if reason in WRONG_WAY and WRONG_WAY[reason](self.delta):
            raise Invalid(
                errors={"delta": ["Goods received come, wasted goods go: check the sign."]}
            )
        return Step(reason, pieces=self.delta, note=self.note, occurred_at=self.occurred_at)


WRONG_WAY: Mapping[str, Callable[[int], bool]] = {
    "receive": lambda delta: delta < 0,
    "waste": lambda delta: delta > 0,
}


def past(moment: datetime, field: str) -> None:
    """Refuse what lies ahead, or before there were tills. Raises ``Invalid``."""
    if not FIRST <= moment <= timezone.now() + SKEW:
        raise Invalid(errors={field: ["Must be a time in the past. Check the clock."]})
