"""Say what was done, and whether what was promised held."""

import sys
from collections.abc import Mapping

from tests.faults.clients import Journal
from tests.faults.judge import Verdict


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def tell(
    house: str, seed: int, journal: Journal, struck: Mapping[str, int], verdict: Verdict
) -> None:
    say(f"{house}, seed {seed}")
    say("faults injected: " + str(sum(struck.values())))
    for name, number in sorted(struck.items()):
        say(f"  {number:>6}  {name}")
    statuses = [status for wish in journal.wishes for status, _ in wish.answers]
    answers = {each: statuses.count(each) for each in sorted({*statuses})}
    for title, figures in [
        ("answers", answers), ("sent", journal.sent), ("trouble", journal.trouble)
    ]:  # fmt: skip
        listed = ", ".join(f"{number} × {name}" for name, number in figures.items())
        say(f"{title}: {listed or 'none'}")
    for promise, figure in verdict.figures.items():
        say(f"{promise}: {figure}")
    for violation in verdict.violations[:20]:
        say(f"VIOLATED {violation}")
    if not struck:
        say("VIOLATED no fault was injected: nothing was proven")
