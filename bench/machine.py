"""Who used how much of this machine's processor, from ``/proc``."""

import os
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds of processor time so far: of some processes, and of everybody."""

    own: float
    all: float

    def __sub__(self, before: "Reading") -> "Reading":
        return Reading(self.own - before.own, self.all - before.all)


def read(*roots: int) -> Reading:
    """The time used by these processes and all that they started, ended ones included."""
    return Reading(sum(_used(pid) for root in roots for pid in family(root)), _everybody())


def family(root: int) -> list[int]:
    """A process and its living descendants."""
    pids, children = [], _children()
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        pids.append(pid)
        waiting += children.get(pid, [])
    return pids


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(folder)):
            found.setdefault(int(fields[1]), []).append(int(folder.name))
    return found


def _stat(folder: Path) -> list[str]:
    """The fields after the name, which may hold anything: state first."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _used(pid: int) -> float:
    """Own time, and that of children that ended and were waited for."""
    fields = _stat(Path("/proc") / str(pid))
    return sum(int(field) for field in fields[11:15]) / TICK


def _everybody() -> float:
    user, nice, system, _, _, irq, softirq, *_ = (
        int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / TICK


def described() -> dict[str, object]:
    """What this machine is."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"cores": os.cpu_count(), "cpu": names[0] if names else "unknown"}
