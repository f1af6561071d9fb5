"""All followers together, in one loop on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self, TypeVar

from tests.faults.live.diaries import Diary
from tests.faults.live.followers import Follower, Screen

T = TypeVar("T")


class Audience:
    """``with Audience(followers):`` they follow meanwhile."""

    def __init__(self, followers: Sequence[Follower]) -> None:
        self.followers = followers
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, name="audience")

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.end)
        self.thread.join()
        for each in self.followers:
            each.close()

    def run(self) -> None:
        self.tasks = [self.loop.create_task(each.follow()) for each in self.followers]
        with suppress(asyncio.CancelledError):
            self.loop.run_until_complete(asyncio.gather(*self.tasks))
        self.loop.run_until_complete(asyncio.gather(*self.tasks, return_exceptions=True))
        self.loop.close()

    def end(self) -> None:
        for task in self.tasks:
            task.cancel()

    def do(self, what: Callable[[], T]) -> T:
        """Do it where the followers live."""

        async def done() -> T:
            return what()

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result()

    @property
    def diaries(self) -> list[Diary]:
        return [each.diary for each in self.followers]

    @property
    def failures(self) -> list[str]:
        """Followers that gave up by a mistake of their own."""
        return [
            f"{each.diary.name}: {task.exception()!r}"
            for each, task in zip(self.followers, self.tasks, strict=True)
            if task.done() and not task.cancelled() and task.exception()
        ]

    @property
    def screens(self) -> list[Screen]:
        return [each for each in self.followers if isinstance(each, Screen)]
