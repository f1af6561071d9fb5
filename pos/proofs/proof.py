"""What must hold of a shop's books, each as one question to the database.

A question answers a row for everything it looked at: its ``place``, what was ``found`` there
and what the other rows say is ``expected``. One statement is one moment, so that a question
holds while the shop goes on selling. Source: docs of the data, "Invariants".
"""

from dataclasses import dataclass

from core.statements import Statement

# Of all that was looked at, the first row that is wrong, or any row; and how many there are.
JUDGED = """
    SELECT place, found, expected, looked, wrong FROM (
        SELECT place AS raw, CAST(place AS text) AS place, CAST(found AS text) AS found,
               CAST(expected AS text) AS expected, count(*) OVER () AS looked,
               sum(CASE WHEN found IS DISTINCT FROM expected THEN 1 ELSE 0 END) OVER () AS wrong,
               CASE WHEN found IS DISTINCT FROM expected THEN 0 ELSE 1 END AS fine
        FROM ({question}) AS seen
    ) AS judged
    ORDER BY fine, raw LIMIT 1
"""

ANSWER = {"place": str, "found": str, "expected": str, "looked": int, "wrong": int}


@dataclass(frozen=True, slots=True)
class Proof:
    """A named rule; ``table`` is where its rows' places are found."""

    name: str
    table: str
    rule: str
    statement: Statement


def prove(name: str, table: str, rule: str, question: str) -> Proof:
    """A proof that asks ``question``, which answers place, found and expected of each row."""
    asked = Statement(
        "proof_" + name.replace(".", "_"), JUDGED.replace("{question}", question), returns=ANSWER
    )
    return Proof(name, table, rule, asked)
