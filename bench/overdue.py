"""``python -m bench.overdue``: how long the watch over all sites and the first page take.

Prints JSON, in milliseconds: medians of five, once both have been done.
"""

import json
import os
import time
from collections.abc import Callable
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from licensing import desk, overdue, tallies  # noqa: E402


def timed(work: Callable[[], object]) -> float:
    times = []
    for _ in range(6):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return round(median(times[1:]), 1)


def main() -> None:
    checked = overdue.check()
    if not checked.sites:
        raise SystemExit("no site was looked at")
    tallies.keep()  # as the worker does every five minutes
    print(json.dumps({"overdue_ms": timed(overdue.check), "page_ms": timed(desk.first_page)}))


if __name__ == "__main__":
    main()
