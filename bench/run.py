"""``make bench``: the same work by us and by peers, in turns on one machine.

``python -m bench.run [--quick] [--only W1|W3|W4]``: W1 is an order of three lines, W3 a site's
heartbeat, W4 an event to every screen of a shop. Prints tables, writes ``bench/results/latest.json``, where what was not
measured stays as it was, and ends with 1 if a sale or an event was lost or miscounted. What is
measured and how: docs/decisions/0010.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench import desks, machine, rooms
from bench.database import Durable
from bench.stacks import HERE, ROOT, WORKERS, FastAPI, Ours, Sale, Stack

CONNECTIONS = 8
FIRST_DAY = 400  # orders
FOREIGN = 0.2  # cores that others may use during a round
LABELS = {"ours": "Countertop", "F": "FastAPI + SQLAlchemy"}
MOST = 1 / 3
SAMPLES = [
    Sale(shop, ((n, 1), (n + 66, 3), (n + 133, 2))) for shop, n in ((1, 7), (6, 13), (19, 66))
]
screen = Console(highlight=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke of about two minutes")
    parser.add_argument("--only", choices=["W1", "W3", "W4"])
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--save", type=Path, default=HERE / "results" / "latest.json")
    parser.add_argument("--page", type=Path, default=ROOT / "README.md", help="with its tables")
    asked = parser.parse_args()
    rounds = asked.rounds or (3 if asked.quick else 5)
    worst = 0
    if asked.only in (None, "W1"):
        worst = max(worst, sales(asked, rounds, asked.seconds or (4 if asked.quick else 10)))
    if asked.only in (None, "W3"):
        heartbeats(asked, rounds, asked.seconds or (2 if asked.quick else 5))
    if asked.only in (None, "W4"):
        worst = max(worst, screens(asked, rounds, asked.seconds or (1 if asked.quick else 3)))
    screen.print(f"Written to {asked.save.resolve()}")
    return worst


def sales(asked: argparse.Namespace, rounds: int, seconds: float) -> int:
    """W1; 1 if anything was lost or miscounted."""
    with ExitStack() as running:
        postgres = Durable()
        running.callback(postgres.stop)
        stacks: list[Stack] = []
        for kind in (Ours, FastAPI):
            screen.print(f"Starting {kind.__doc__.splitlines()[0].rstrip('.')}")
            stacks.append(kind(postgres))
            running.callback(stacks[-1].stop)
        compare(stacks)
        found = measured(stacks, rounds=rounds, seconds=seconds)
        wrong = {stack.name: stack.wrong() for stack in stacks}
    result = summed(found, stacks)
    keep(asked.save, result)
    if not asked.quick:
        tell(result, asked.page)
    show(result)
    return verdict(result, wrong)


def heartbeats(asked: argparse.Namespace, rounds: int, seconds: float) -> None:
    """W3; a smoke registers few sites."""
    sizes = desks.SIZES[:1] if asked.quick else desks.SIZES
    w3 = {"at": now(), "rounds": rounds}
    w3 |= desks.measure(rounds=rounds, seconds=seconds, sizes=sizes)
    keep(asked.save, {"W3": w3})
    if not asked.quick:
        between(asked.page, "heartbeats", desks.rows(w3))
    desks.show(w3)


def screens(asked: argparse.Namespace, rounds: int, seconds: float) -> int:
    """W4; 1 if a screen of ours was refused, fell off or missed anything."""
    w4 = {"at": now(), "rounds": rounds} | rooms.measure(rounds=rounds, seconds=seconds)
    keep(asked.save, {"W4": w4})
    if not asked.quick:
        between(asked.page, "sockets", rooms.rows(w4))
    rooms.show(w4)
    wrong = rooms.wrong(w4)
    for each in wrong:
        screen.print(f"[red]{each}")
    return int(bool(wrong))


def keep(file: Path, new: dict[str, object]) -> None:
    """Lay what was measured over what is kept."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(kept | new, indent=1) + "\n")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def compare(stacks: Sequence[Stack]) -> None:
    """Refuse to measure servers that do not count alike."""
    for sale in SAMPLES:
        answers = [stack.place(sale) for stack in stacks]
        sums = [{name: answer[name] for name in ("subtotal", "tax", "total")} for answer in answers]
        if any(each != sums[0] for each in sums):
            raise SystemExit(f"The same order, not the same sums: {sums}")
    screen.print(f"Both count alike: {len(SAMPLES)} orders, the same subtotal, tax and total.")


def measured(stacks: Sequence[Stack], *, rounds: int, seconds: float) -> list[dict[str, dict]]:
    """Warm up, then rounds in turns; a void round is done again, at most as often as there are."""
    for stack in stacks:
        warm(stack)
    good, void = [], []
    for _ in track(range(2 * rounds), "Measuring", console=screen, transient=True):
        if len(good) == rounds:
            break
        taken = {stack.name: load(stack, seconds=seconds) for stack in stacks}
        broken = any(one["failed"] or one["foreign"] > FOREIGN for one in taken.values())
        (void if broken else good).append(taken)
    for taken in void:
        for name, one in taken.items():
            if one["failed"]:
                raise SystemExit(f"{name} failed {one['failed']} orders: {one['failure']}")
    if len(good) < rounds:
        screen.print(
            f"[yellow]Others use this machine: {len(void)} of {len(good) + len(void)} rounds saw "
            f"more than {FOREIGN} cores of foreign work. They count here, not as evidence."
        )
    return good if len(good) == rounds else good + void


def warm(stack: Stack) -> None:
    """Sell as on a first day, and let the database look at its tables.

    Plans made for empty tables read all of them at every order: nobody's counter is like that.
    """
    while stack.acknowledged < FIRST_DAY:
        load(stack, seconds=2)
    stack.postgres.run(stack.database, "VACUUM ANALYZE")
    load(stack, seconds=1)


def load(stack: Stack, *, seconds: float) -> dict[str, float]:
    """Load one stack; what it took of the processor, its database included."""
    file = stack.orders(2000)
    stack.postgres.run(stack.database, "CHECKPOINT")
    command = [sys.executable, "-m", "bench.load.http", str(stack.port), str(CONNECTIONS)]
    before = machine.read(*stack.pids)
    done = subprocess.run(
        [*command, str(seconds), str(file)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    used = machine.read(*stack.pids) - before
    result = json.loads(done.stdout)
    stack.acknowledged += result["good"]
    foreign = (used.all - used.own - result["processor"]) / result["seconds"]
    return {
        "cpu_ms": used.own * 1000 / max(1, result["good"]),
        "rps": result["good"] / result["seconds"],
        "p50_ms": result["p50_ms"],
        "p99_ms": result["p99_ms"],
        "failed": result["failed"],
        "failure": result["failure"],
        "foreign": foreign,
    }


def summed(found: list[dict[str, dict]], stacks: Sequence[Stack]) -> dict[str, object]:
    """Medians over the rounds; the ratio is taken in each round, then its median and range."""
    w1: dict[str, object] = {}
    for stack in stacks:
        w1[stack.name] = {
            name: round(median(taken[stack.name][name] for taken in found), 2)
            for name in ("cpu_ms", "rps", "p50_ms", "p99_ms")
        }
    ratios = [taken["ours"]["cpu_ms"] / taken["F"]["cpu_ms"] for taken in found]
    w1["ratio"] = {"F": round(median(ratios), 3)}
    w1["range"] = {"F": [round(min(ratios), 3), round(max(ratios), 3)]}
    foreign = max(one["foreign"] for taken in found for one in taken.values())
    return {
        "at": now(),
        "machine": machine.described() | {"workers": WORKERS, "connections": CONNECTIONS},
        "rounds": len(found),
        "void": sum(any(one["foreign"] > FOREIGN for one in taken.values()) for taken in found),
        "foreign": round(foreign, 2),
        "W1": w1,
    }


def show(result: dict) -> None:
    table = Table("W1: an order of three lines", "CPU ms", "orders/s", "p50 ms", "p99 ms")
    for name, label in LABELS.items():
        one = result["W1"][name]
        table.add_row(label, *(str(one[key]) for key in ("cpu_ms", "rps", "p50_ms", "p99_ms")))
    screen.print(table)
    low, high = result["W1"]["range"]["F"]
    screen.print(
        f"CPU per order (server and database), ours / F: {result['W1']['ratio']['F']} "
        f"({low} to {high} in {result['rounds']} rounds)"
    )


def tell(result: dict, page: Path) -> None:
    """Renew the table between the page's marks."""
    rows = [
        f"| {label} | {one['cpu_ms']} ms | {one['rps']} | {one['p50_ms']} ms | {one['p99_ms']} ms |"
        for name, label in LABELS.items()
        if (one := result["W1"][name])
    ]
    host, (low, high) = result["machine"], result["W1"]["range"]["F"]
    busy = f" {result['void']} of them shared the machine with other work." * bool(result["void"])
    between(
        page,
        "bench",
        [
            "| An order of three lines | processor | orders/s | p50 | p99 |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"Processor time of server and database for each order: "
            f"{result['W1']['ratio']['F']} of the peer's ({low} to {high} in {result['rounds']} "
            f"rounds).{busy} {desks.goal(result['W1']['ratio']['F'], MOST)} Measured {result['at'][:10]} by `make bench` on {host['cores']} cores "
            f"({host['cpu']}), {host['workers']} workers each, {host['connections']} connections. "
            "We do the whole recipe, the peer does less "
            "([how it is fair](docs/decisions/0010-how-the-bench-is-fair.md)).",
        ],
    )


def between(page: Path, name: str, lines: Sequence[str]) -> None:
    """Put these lines between a page's marks of this name."""
    head, mark, rest = page.read_text().partition(f"<!-- {name} -->\n")
    _, end, tail = rest.partition(f"<!-- /{name} -->\n")
    page.write_text("".join([head, mark, *(f"{line}\n" for line in lines), end, tail]))


def verdict(result: dict, wrong: dict[str, list[str]]) -> int:
    """Say what to make of it; 1 if anything was lost or miscounted."""
    for name, rules in wrong.items():
        for rule in rules:
            screen.print(f"[red]{name}: broken: {rule}")
    if any(wrong.values()):
        return 1
    ratio = result["W1"]["ratio"]["F"]
    said = "within" if ratio <= MOST else "[red]above[/red]"
    screen.print(f"Nothing lost, nothing miscounted. The ratio is {said} the {MOST:.2f} allowed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
