"""W3: a heartbeat of a site, with 10,000 and with 1,000,000 sites registered."""

import json
import os
import random
import re
import secrets
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import psycopg
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench import machine
from bench.database import Durable
from bench.stacks import HERE, ROOT, FastAPI, Ours, Stack

SIZES = (10_000, 1_000_000)
CONNECTIONS = 8
#: The goal: a heartbeat's processor time is at most this part of the peer's.
MOST = 0.4
BEATS = 20_000  # different requests for each round: no site and no address calls too often
FIGURES = ("cpu_ms", "rps", "p50_ms", "p99_ms")
LABELS = {"ours": "Countertop", "F": "FastAPI + SQLAlchemy", "L": "the bare SQL"}
HOT = """
    SELECT pg_stat_force_next_flush(), 100.0 * n_tup_hot_upd / greatest(n_tup_upd, 1)
    FROM pg_stat_user_tables WHERE relname = 'licensing_sitecontact'
"""
TPS = re.compile(r"tps = ([\d.]+)")
screen = Console(highlight=False)


class Desk(Stack):
    """A server that sites check in at."""

    def __init__(self, postgres: Durable, sites: int) -> None:
        self.sites = sites
        super().__init__(postgres)

    def beats(self) -> Path:
        """A file of raw heartbeats, each of some site at an address of its own."""
        file = self.home / "beats.jsonl"
        file.write_text("".join(f"{json.dumps(self.beat())}\n" for _ in range(BEATS)))
        return file

    def beat(self) -> str:
        number = random.randint(1, self.sites)
        body = json.dumps({"version": "1.0.0", "uptime_seconds": 99, "nonce": "{id}"})
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "X-Site-ID": f"01900000-0000-7000-9000-{number:012x}",
            "X-Site-Key": f"key-{number}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body) - len("{id}") + 36),
        } | self.headers()
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /api/v1/heartbeat HTTP/1.1\r\n{lines}\r\n{body}"

    def headers(self) -> dict[str, str]:
        parts = ".".join(str(random.randint(1, 254)) for _ in range(3))
        return {"X-Forwarded-For": f"10.{parts}", "X-Forwarded-Proto": "https"}


class OurDesk(Desk, Ours):
    """Our desk: a heartbeat answered with a signed verdict."""

    def prepare(self) -> None:
        Ours.begin(self)
        self.secrets["LICENSE_SIGNING_KEY"] = secrets.token_urlsafe(32)
        self.manage("migrate", "--verbosity=0")
        script = (HERE / "sites.sql").read_text().replace("{sites}", str(self.sites))
        self.postgres.run(self.database, script)

    def manage(self, *words: str) -> str:
        return self.ask("manage.py", *words)

    def ask(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            env=os.environ | self.environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr}")
        return done.stdout

    def watch(self) -> dict[str, float]:
        """Milliseconds of the watch over all, and of the console's first page."""
        return json.loads(self.ask("-m", "bench.overdue"))

    def in_place(self) -> float:
        """Of a hundred heartbeats, how many rewrote their row on its page."""
        with psycopg.connect(self.url) as connection:
            return round(float(connection.execute(HOT).fetchone()[1]), 1)

    def bare(self, seconds: float) -> dict[str, float]:
        """The same work by pgbench on the same tables."""
        before = machine.read(self.postgres.pid)
        done = subprocess.run(
            [
                *[self.postgres.binaries / "pgbench", "-n", "-M", "prepared", "-U", "postgres"],
                *["-h", self.postgres.home, "-c", str(CONNECTIONS), "-j", "2"],
                *["-T", str(max(1, round(seconds))), "-D", f"sites={self.sites}"],
                *["-f", HERE / "floors" / "heartbeat.sql", self.database],
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"pgbench failed:\n{done.stderr}")
        used = (machine.read(self.postgres.pid) - before).own
        rps = float(TPS.search(done.stdout)[1])
        return {"rps": rps, "cpu_ms": used * 1000 / (rps * max(1, round(seconds)))}


class PeerDesk(Desk, FastAPI):
    """FastAPI's heartbeat."""

    def prepare(self) -> None:
        self.secret, self.signing_key = "", secrets.token_hex(32)
        script = (HERE / "peers" / "sites.sql").read_text()
        self.postgres.run(self.database, script.replace("{sites}", str(self.sites)))

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PEER_SIGNING_KEY": self.signing_key}

    def command(self) -> list[str]:
        return [word.replace("main:app", "heartbeats:app") for word in super().command()]


def measure(*, rounds: int, seconds: float, sizes: Sequence[int] = SIZES) -> dict[str, object]:
    """What ``results/latest.json`` keeps as ``W3``: the smallest size at the top, then the others.

    All sizes stand at once, each in a database server of its own, and take turns.
    """
    with ExitStack() as running:
        pairs = {size: _started(size, running) for size in sizes}
        for desk in [desk for pair in pairs.values() for desk in pair]:
            load(desk, 2)
        taken: dict[int, list[dict]] = {size: [] for size in sizes}
        for _ in track(range(rounds), "Checking in", console=screen, transient=True):
            for size, (ours, peer) in pairs.items():
                one = {"ours": load(ours, seconds), "F": load(peer, seconds)}
                taken[size].append(one | {"L": ours.bare(seconds)})
        found = {
            size: summed(taken[size]) | {"hot_percent": ours.in_place()} | ours.watch()
            for size, (ours, _) in pairs.items()
        }
    smallest, largest = min(sizes), max(sizes)
    growth = [
        many["ours"]["cpu_ms"] / few["ours"]["cpu_ms"]
        for few, many in zip(taken[smallest], taken[largest], strict=True)
    ]
    others = {str(size): found[size] for size in sizes if size != smallest}
    return {"sites": smallest, "growth": round(median(growth), 3)} | found[smallest] | others


def _started(size: int, running: ExitStack) -> tuple[OurDesk, PeerDesk]:
    """Both desks with so many sites, on one database server."""
    screen.print(f"Registering {size:,} sites")
    postgres = Durable()
    running.callback(postgres.stop)
    ours = OurDesk(postgres, size)
    running.callback(ours.stop)
    peer = PeerDesk(postgres, size)
    running.callback(peer.stop)
    return ours, peer


def load(desk: Desk, seconds: float) -> dict[str, float]:
    file = desk.beats()
    desk.postgres.run(desk.database, "CHECKPOINT")
    before = machine.read(*desk.pids)
    command = [sys.executable, "-m", "bench.load.http", str(desk.port), str(CONNECTIONS)]
    done = subprocess.run(
        [*command, str(seconds), str(file)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    used = (machine.read(*desk.pids) - before).own
    result = json.loads(done.stdout)
    if result["failed"]:
        raise SystemExit(f"{desk.name} failed {result['failed']} times: {result['failure']}")
    return {
        "cpu_ms": used * 1000 / max(1, result["good"]),
        "rps": result["good"] / result["seconds"],
        "p50_ms": result["p50_ms"],
        "p99_ms": result["p99_ms"],
    }


def summed(taken: Sequence[dict[str, dict]]) -> dict[str, dict]:
    """Medians; the ratio of processor time is taken in each round, then its median and range."""
    result: dict[str, dict] = {
        name: {
            figure: round(median(one[name][figure] for one in taken), 2)
            for figure in FIGURES
            if figure in taken[0][name]
        }
        for name in taken[0]
    }
    result["ratio"], result["range"] = {}, {}
    for name in ("F", "L"):
        ratios = [one["ours"]["cpu_ms"] / one[name]["cpu_ms"] for one in taken]
        result["ratio"][name] = round(median(ratios), 3)
        result["range"][name] = [round(min(ratios), 3), round(max(ratios), 3)]
    return result


def by_size(w3: dict) -> list[tuple[int, dict]]:
    """The figures of each size, the smallest first."""
    others = [(int(size), w3[size]) for size in w3 if size.isdigit()]
    return sorted([*others, (w3["sites"], w3)], key=lambda pair: pair[0])


def show(w3: dict) -> None:
    for size, found in by_size(w3):
        table = Table(f"W3: {size:,} sites", "CPU ms", "heartbeats/s", "p50 ms", "p99 ms")
        for name, label in LABELS.items():
            table.add_row(label, *(str(found[name].get(figure, "")) for figure in FIGURES))
        screen.print(table)
        screen.print(
            f"CPU per heartbeat, ours / F: {found['ratio']['F']}, ours / L: {found['ratio']['L']}; "
            f"{found['hot_percent']} % in place; looking for who is overdue takes "
            f"{found['overdue_ms']} ms, the console's first page {found['page_ms']} ms, looking "
            f"for one of them {found['search_ms']} ms"
        )
    screen.print(f"CPU with most sites / with fewest: {w3['growth']}")


def rows(w3: dict) -> list[str]:
    """The table for the README."""
    lines = ["| A heartbeat | sites | processor | heartbeats/s | p99 |", "|---|---|---|---|---|"]
    for size, found in by_size(w3):
        for name, label in LABELS.items():
            one = found[name]
            p99 = f"{one['p99_ms']} ms" if "p99_ms" in one else ""
            lines.append(f"| {label} | {size:,} | {one['cpu_ms']} ms | {one['rps']} | {p99} |")
    ratios = " and ".join(str(found["ratio"]["F"]) for _, found in by_size(w3))
    highest = max(found["ratio"]["F"] for _, found in by_size(w3))
    scans, pages, searches = (
        " and ".join(f"{found[name]} ms" for _, found in by_size(w3))
        for name in ("overdue_ms", "page_ms", "search_ms")
    )
    return [
        *lines,
        "",
        f"Processor time of server and database: {ratios} of the peer's; both sign. With most "
        f"sites it is {w3['growth']} of that with fewest. Looking for who is overdue takes {scans}, "
        f"filling the console's first page {pages}, looking for a site by its name {searches}. "
        f"{goal(highest, MOST)} Medians of {w3['rounds']} rounds, measured {w3['at'][:10]} by "
        "`make bench`.",
    ]


def goal(ratio: float, most: float) -> str:
    """Say whether a ratio is as low as it shall be."""
    return f"The goal is {most:.2f}, which is {'reached' if ratio <= most else 'not reached yet'}."
