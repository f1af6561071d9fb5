"""Proving a shop's books on live data: what was looked at, and the first row that is wrong."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from accounts import proofs
from core import statements
from pos import z_reports
from pos.models import Shift
from pos.proofs import PROOFS, Proof

__all__ = ["Finding", "verify"]

#: What a Z report says of money, for good.
REPORTED = (
    "float",
    "cash_sales",
    "tips",
    "rounding",
    "cash_refunds",
    "cash_in",
    "cash_out",
    "drops",
    "expected_cash",
    "counted",
    "variance",
    "sales",
    "refunds",
    "tax",
    "refunded_tax",
    "other_tips",
    "payments",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a proof found: how many rows it looked at, how many are wrong, and the first of them.

    ``place`` names the row: its id, or what it is about, such as a business day.
    """

    name: str
    rule: str
    looked: int
    wrong: int = 0
    place: str = ""
    sentence: str = ""


def verify(*, shop_id: UUID) -> list[Finding]:
    """Prove all of a shop's books, its trail too; answers a finding for every rule.

    It only reads, and the shop goes on selling meanwhile.
    """
    answers = statements.ask(*(proof.statement(shop=shop_id) for proof in PROOFS))
    found = [_finding(proof, answer) for proof, answer in zip(PROOFS, answers, strict=True)]
    return [*found, _reports(shop_id), _trail(shop_id)]


def _finding(proof: Proof, answer: statements.Answer) -> Finding:
    if not answer or not answer[0].wrong:
        return Finding(proof.name, proof.rule, answer[0].looked if answer else 0)
    [row] = answer
    place = _place(row.place)
    sentence = f"{proof.table} {place}: {row.found} instead of {row.expected}"
    return Finding(proof.name, proof.rule, row.looked, row.wrong, place, sentence)


def _place(text: str) -> str:
    """An id in its usual form; SQLite keeps it without dashes."""
    try:
        return str(UUID(text))
    except ValueError:
        return text


def _reports(shop_id: UUID) -> Finding:
    """Compare each Z report with the rows that it counted, which nobody can change any more."""
    rule = "A closed shift's report is what its payments, refunds and cash add up to."
    closed = Shift.objects.filter(shop=shop_id).exclude(closed_at=None).order_by("closed_at", "id")
    wrong = []
    for shift in closed.select_related("register", "shop"):
        kept = shift.report or {}
        sums = z_reports.sums(shift, pending=False)
        counted = msgspec.to_builtins(z_reports.fact(shift, sums, shop=shift.shop))
        wrong += [
            (shift.pk, name, kept.get(name), counted[name])
            for name in REPORTED
            if kept.get(name) != counted[name]
        ][:1]
    if not wrong:
        return Finding("shift.report", rule, len(closed))
    place, name, found, expected = wrong[0]
    sentence = f"pos_shift {place}: {name} is {found} instead of {expected}"
    return Finding("shift.report", rule, len(closed), len(wrong), str(place), sentence)


def _trail(shop_id: UUID) -> Finding:
    report = proofs.verify(shop_id)
    rule = "The trail's sealed lines are a whole chain."
    if report.broken is None:
        return Finding("trail.chain", rule, report.length)
    place, sentence = str(report.broken.position), report.broken.sentence
    return Finding("trail.chain", rule, report.length, 1, place, f"Seal {place}: {sentence}")
