"""Proving a shop's books on live data: what was looked at, and the first row that is wrong."""

from dataclasses import dataclass
from uuid import UUID

from accounts import proofs
from core import statements
from pos.proofs import PROOFS, Proof

__all__ = ["Finding", "verify"]


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


def verify(*, shop_id: UUID, with_trail: bool = True) -> list[Finding]:
    """Prove all of a shop's books, its trail too; answers a finding for every rule.

    It only reads, and the shop goes on selling meanwhile.
    """
    answers = statements.ask(*(proof.statement(shop=shop_id) for proof in PROOFS))
    found = [_finding(proof, answer) for proof, answer in zip(PROOFS, answers, strict=True)]
    return [*found, _trail(shop_id)] if with_trail else found


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


def _trail(shop_id: UUID) -> Finding:
    report = proofs.verify(shop_id)
    rule = "The trail's sealed lines are a whole chain."
    if report.broken is None:
        return Finding("trail.chain", rule, report.length)
    place, sentence = str(report.broken.position), report.broken.sentence
    return Finding("trail.chain", rule, report.length, 1, place, f"Seal {place}: {sentence}")
