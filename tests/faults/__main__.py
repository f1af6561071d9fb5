"""Sell, strike, judge. Ends with 1 on a violation, and where no fault was injected."""

import argparse
import subprocess
import sys

from tests.faults import counter, mutants
from tests.faults.house import OnPostgres, OnSqlite
from tests.faults.live import scenario as live

HOUSES = {"postgresql": OnPostgres, "sqlite": OnSqlite}
#: What is attacked where: settings are read once, so each has its process.
EVERYTHING = [("counter", "postgresql"), ("counter", "sqlite"), ("live", "postgresql")]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", choices=["counter", "live", "all"], default="all")
    parser.add_argument("--database", choices=[*HOUSES, "both"], default="both")
    parser.add_argument(
        "--mutant", choices=["", *mutants.NAMES], default="", help="break this rule"
    )
    parser.add_argument("--mutants", action="store_true", help="break each rule: all must be seen")
    asked = parser.parse_args()
    if asked.mutants:
        return mutants.hunt(seed=asked.seed)
    chosen = [
        (scenario, database)
        for scenario, database in EVERYTHING
        if asked.scenario in (scenario, "all") and asked.database in (database, "both")
    ]
    if len(chosen) > 1:
        return max(again(asked, *each) for each in chosen)
    [(scenario, database)] = chosen
    given = {"seconds": asked.seconds, "seed": asked.seed, "mutant": asked.mutant}
    if scenario == "live":
        return live.attack(**given)
    return counter.attack(HOUSES[database], **given)


def again(asked: argparse.Namespace, scenario: str, database: str) -> int:
    command = [sys.executable, "-m", "tests.faults", f"--seconds={asked.seconds}"]
    chosen = [f"--seed={asked.seed}", f"--scenario={scenario}", f"--database={database}"]
    return subprocess.run([*command, *chosen], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
