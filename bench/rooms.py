"""W4: one event to every screen of a shop, by us, by peers and by the floor, in turns."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.broadcasts import KINDS, LABELS, Broadcast
from bench.database import Durable
from bench.stacks import ROOT
from tests.services.valkey import Valkey

#: How many screens, and how many events a second while latency is measured.
SIZES = {200: 20.0, 1000: 5.0}
FIGURES = ("deliveries_s", "p50_ms", "p99_ms", "cpu_s", "join_s")
screen = Console(highlight=False)


def measure(
    *, rounds: int, seconds: float, sizes: Sequence[int] = tuple(SIZES), names: str = ""
) -> dict[str, dict]:
    """The rounds of each size; answers what ``results/latest.json`` keeps as ``W4``.

    The figures of the largest size stand at the top, those of the others under their size.
    """
    with ExitStack() as running:
        postgres, valkey = Durable(), Valkey()
        running.callback(postgres.stop)
        running.callback(valkey.stop)
        servers = []
        for kind in KINDS:
            if not names or kind.name in names.split(","):
                screen.print(f"Starting {kind.__doc__.splitlines()[0].rstrip('.')}")
                servers.append(kind(valkey, postgres, max(sizes)))
                running.callback(servers[-1].stop)
        found = {
            size: summed(
                [
                    {server.name: load(server, size, seconds) for server in turn(servers, number)}
                    for number in track(
                        range(rounds), f"{size} screens", console=screen, transient=True
                    )
                ]
            )
            for size in sizes
        }
    largest = max(sizes)
    smaller = {str(size): found[size] for size in sizes if size != largest}
    return {"screens": largest} | found[largest] | smaller


def by_size(w4: Mapping) -> list[tuple[int, dict]]:
    """The figures of each size, the smallest first."""
    sizes = [(int(size), w4[size]) for size in w4 if size.isdigit()]
    return sorted([*sizes, (w4["screens"], w4)], key=lambda pair: pair[0])


def turn(servers: Sequence[Broadcast], number: int) -> list[Broadcast]:
    """Each round begins with another one."""
    first = number % len(servers)
    return [*servers[first:], *servers[:first]]


def load(server: Broadcast, size: int, seconds: float) -> dict[str, float]:
    file = server.home / "plan.json"
    file.write_text(json.dumps(server.plan(size, seconds=seconds, rate=SIZES[size])))
    done = subprocess.run(
        [sys.executable, "-m", "bench.load.sockets", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        log = (server.home / "log").read_text(errors="replace")[-2000:]
        raise SystemExit(f"{server.name} could not be loaded:\n{done.stderr}\n{log}")
    return json.loads(done.stdout)


def summed(found: Sequence[dict[str, dict]]) -> dict[str, dict]:
    """Medians over the rounds; ratios are taken in each round, then their median and range."""
    names = list(found[0])
    result: dict[str, dict] = {}
    for name in names:
        whole = [taken[name] for taken in found if not taken[name]["failed"]]
        result[name] = {
            figure: round(median(one[figure] for one in whole), 2) if whole else None
            for figure in FIGURES
        }
        for figure in ("failed", "lost", "gone"):
            result[name][figure] = sum(taken[name].get(figure, 0) for taken in found)
    result["ratio"], result["range"] = {}, {}
    for name in names:
        ratios = [
            taken["ours"]["deliveries_s"] / taken[name]["deliveries_s"]
            for taken in found
            if name != "ours" and not (taken["ours"]["failed"] or taken[name]["failed"])
        ]
        if ratios:
            result["ratio"][name] = round(median(ratios), 3)
            result["range"][name] = [round(min(ratios), 3), round(max(ratios), 3)]
    return result


def show(w4: dict[str, dict]) -> None:
    for size, found in by_size(w4):
        columns = ("deliveries/s", "p50 ms", "p99 ms", "CPU s per 10,000", "all in after s")
        table = Table(f"W4: one event to {size} screens", *columns, "refused", "lost", "ours / it")
        for name, label in LABELS.items():
            if one := found.get(name):
                figures = [str(one[figure]) for figure in (*FIGURES, "failed", "lost")]
                table.add_row(label, *figures, str(found["ratio"].get(name, "")))
        screen.print(table)


def rows(w4: dict[str, dict]) -> list[str]:
    """The table for the README."""
    lines = [
        "| One event to every screen | screens | deliveries/s | p50 | p99 | processor for 10,000 |",
        "|---|---|---|---|---|---|",
    ]
    for size, found in by_size(w4):
        lines += [
            f"| {label} | {size} | {one['deliveries_s']:,.0f} | {one['p50_ms']} ms | "
            f"{one['p99_ms']} ms | {one['cpu_s']} s |"
            for name, label in LABELS.items()
            if (one := found.get(name)) and one["deliveries_s"]
        ]
    ours = w4["ratio"]
    return [
        *lines,
        "",
        f"At {w4['screens']} screens we deliver {ours.get('F')} times what FastAPI does and "
        f"{ours.get('N')} times what Node does; medians of {w4['rounds']} rounds, measured "
        f"{w4['at'][:10]} by `make bench`, one process for the sockets of each, latency to the last "
        "screen. Ours are stored in the outbox before they are sent, and a screen that was away "
        "goes on where it was; nobody else's are.",
    ]


def wrong(w4: dict[str, dict]) -> list[str]:
    """What must not happen to our screens, however fast."""
    said = {"failed": "were refused", "gone": "fell off", "lost": "deliveries were lost"}
    return [
        f"{size} screens: {found['ours'][figure]} {what}"
        for size, found in by_size(w4)
        for figure, what in said.items()
        if found["ours"][figure]
    ]
