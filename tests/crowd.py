"""Many at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(number: int, act: Callable[[], T]) -> list[T]:
    """Run ``act`` so often at the same moment, each on its own connection; what it returned."""
    start = Barrier(number)

    def run(_: int) -> T:
        try:
            start.wait(20)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(run, range(number)))
