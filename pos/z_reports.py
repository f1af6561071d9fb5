"""X and Z reports: what a shift took, gave back and should hold.

Every sum is taken by the database, in whole numbers of the currency's smallest unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from accounts.models import Shop
from core.statements import Call, Statement, run
from pos import drawer_statements, money
from pos.drawer_facts import LateFact, MethodFact, ReportFact
from pos.models import Method, Shift

#: What is written beside money that came while the shift was not open.
LATE_NOTE = "Taken or given back when this shift was not open, and counted in it."


@dataclass(frozen=True, slots=True)
class Sums:
    """What the rows of a shift add up to. ``taken`` and ``given`` have a row for each method."""

    opening: int
    taken: Sequence[Any]
    given: Sequence[Any]
    moved: Mapping[str, int]
    tax: int

    @property
    def cash_rounding(self) -> int:
        """What cash rounding left in the drawer."""
        return self.by_cash(self.taken, "rounding") - self.by_cash(self.given, "rounding")

    @property
    def expected_cash(self) -> int:
        """What the drawer should hold."""
        taken = self.by_cash(self.taken, "amount") + self.by_cash(self.taken, "tip")
        given = self.by_cash(self.given, "amount")
        moved = self.moved.get("in", 0) - self.moved.get("out", 0) - self.moved.get("drop", 0)
        return self.opening + taken + self.cash_rounding - given + moved

    @staticmethod
    def by_cash(rows: Sequence[Any], column: str) -> int:
        """A column of the cash row."""
        return sum(getattr(row, column) for row in rows if row.method == Method.CASH)


def claim(shift: Shift) -> None:
    """Give a shift that is held locked whatever waits for the next report of its register.

    That is, money taken or given back while no shift was open: at the register or, where none was
    named, by the person who opened this shift. Each row is claimed once, whoever asks at once.
    """
    run(
        _about(drawer_statements.CLAIM_PAYMENTS, shift),
        _about(drawer_statements.CLAIM_REFUNDS, shift),
    )


def sums(shift: Shift, *, pending: bool) -> Sums:
    """Add up what a shift counts; ``pending``: with what it would claim if it closed now."""
    taken, given, moved, [taxed] = run(
        _about(drawer_statements.TAKEN, shift, pending=pending, opened_at=shift.opened_at),
        _about(drawer_statements.GIVEN, shift, pending=pending, opened_at=shift.opened_at),
        drawer_statements.MOVED(shift=shift.pk),
        _about(drawer_statements.TAXED, shift, pending=pending),
    )
    return Sums(
        opening=shift.float_amount,
        taken=taken,
        given=given,
        moved={row.kind: row.amount for row in moved},
        tax=taxed.tax,
    )


def fact(shift: Shift, found: Sums, *, shop: Shop, blind: bool = False) -> ReportFact:
    """The report of a shift and its sums; ``blind`` leaves out what the drawer should hold."""

    def text(amount: int | None) -> str | None:
        return None if amount is None else money.text(amount, shop.digits)

    def total(rows: Sequence[Any], column: str) -> str:
        return money.text(sum(getattr(row, column) for row in rows), shop.digits)

    def by_cash(rows: Sequence[Any], column: str) -> str:
        return money.text(found.by_cash(rows, column), shop.digits)

    def moved(kind: str) -> str:
        return money.text(found.moved.get(kind, 0), shop.digits)

    counted = shift.counted
    return ReportFact(
        shift_id=shift.pk,
        register_id=shift.register_id,
        register_name=shift.register.name,
        number=shift.number,
        opened_at=shift.opened_at,
        closed_at=shift.closed_at,
        opening=money.text(shift.float_amount, shop.digits),
        cash_sales=by_cash(found.taken, "amount"),
        tips=by_cash(found.taken, "tip"),
        rounding=money.text(found.cash_rounding, shop.digits),
        cash_refunds=by_cash(found.given, "amount"),
        cash_in=moved("in"),
        cash_out=moved("out"),
        drops=moved("drop"),
        expected_cash=text(None if blind else found.expected_cash),
        counted=text(counted),
        variance=text(None if counted is None else counted - found.expected_cash),
        sales=total(found.taken, "amount"),
        refunds=total(found.given, "amount"),
        tax=money.text(found.tax, shop.digits),
        refunded_tax=total(found.given, "tax"),
        other_tips=total([row for row in found.taken if row.method != Method.CASH], "tip"),
        payments=[
            MethodFact(
                method=row.method, amount=money.text(row.amount, shop.digits), count=row.pieces
            )
            for row in found.taken
        ],
        late=_late(found, shop=shop),
    )


def _late(found: Sums, *, shop: Shop) -> LateFact | None:
    payments, refunds = (sum(row.late for row in rows) for rows in (found.taken, found.given))
    if not payments and not refunds:
        return None
    return LateFact(
        payments=payments,
        amount=money.text(sum(row.late_amount for row in found.taken), shop.digits),
        refunds=refunds,
        refunded=money.text(sum(row.late_amount for row in found.given), shop.digits),
        note=LATE_NOTE,
    )


def kept(shift: Shift) -> ReportFact:
    """The Z report that was stored when the shift closed."""
    return msgspec.convert(shift.report, ReportFact)


def _about(statement: Statement, shift: Shift, **more: object) -> Call:
    return statement(
        shop=shift.shop_id,
        shift=shift.pk,
        register=shift.register_id,
        cashier=shift.opened_by_id,
        **more,
    )
