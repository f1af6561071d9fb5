"""``python -m bench.overdue``: how long the watch over all sites, the first page and a search take.

Prints JSON, in milliseconds: medians of five, once each has been done.
"""

import json
import os
import time
from collections.abc import Callable
from statistics import median

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from licensing import desk, fleet, overdue, tallies  # noqa: E402


def timed(work: Callable[[], object]) -> float:
    times = []
    for _ in range(6):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return round(median(times[1:]), 1)


def look() -> None:
    """Find a site that is one of the oldest of a large fleet."""
    if not list(fleet.find(words="site 4321").order_by("-pk")[:50]):
        raise SystemExit("no site was found")


def main() -> None:
    checked = overdue.check()
    if not checked.sites:
        raise SystemExit("no site was looked at")
    tallies.keep()  # as the worker does every five minutes
    done = {"overdue_ms": overdue.check, "page_ms": desk.first_page, "search_ms": look}
    print(json.dumps({name: timed(work) for name, work in done.items()}))


if __name__ == "__main__":
    main()
