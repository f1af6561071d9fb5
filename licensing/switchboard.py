"""The lines of sites to this process: who is to be told to check in.

A change of a site rings its lines after a nudge at once, else at the next look; a nudge that tells
of no change rings nothing, or a fleet would call together whenever Redis comes back. A line says
nothing but "check in": what counts is the signed answer to that.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from django.utils import timezone

from core import statements
from licensing.statements import LINES
from live.following import asking
from live.nudges import Ear

__all__ = ["LOOK_SECONDS", "Post", "Switchboard", "switchboard"]

log = logging.getLogger(__name__)

#: How often it is looked for what nudges did not tell, and for keys that open no more; each line
#: hears a sign of life as often.
LOOK_SECONDS = 20


class Post:
    """One site's line. ``revision`` is that of the last change it was told of."""

    def __init__(self, known: Any) -> None:
        self.site_id: UUID = known.id
        self.key_id: UUID = known.key_id
        self.revision: int = -1 if known.has_command else known.revision
        self.rung = asyncio.Event()
        self.is_over = False

    def ring(self) -> None:
        self.rung.set()

    async def waiting(self) -> bool:
        """Whether there is news, once there is; ``False``: only a sign of life is due."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self.rung.wait()
        except TimeoutError:
            return False
        self.rung.clear()
        return True


class Switchboard:
    """All lines of this process. It looks while there is one, and rests otherwise."""

    def __init__(self) -> None:
        self.posts: dict[UUID, set[Post]] = {}
        self.nudged: set[UUID] = set()
        self.tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def plugged(self, known: Any) -> AsyncIterator[Post]:
        """Hold a line of the site that ``keys.holder`` found."""
        post = Post(known)
        if not self.tasks:
            self.ear, self.woken = Ear(self.nudge), asyncio.Event()
            self.nudged.clear()
            self.tasks = [asyncio.create_task(self.look()), asyncio.create_task(self.ear.run())]
        if post.site_id not in self.posts:
            self.ear.follow(post.site_id)
        self.posts.setdefault(post.site_id, set()).add(post)
        if post.revision < 0:
            post.ring()
        try:
            yield post
        finally:
            self.unplug(post)

    def unplug(self, post: Post) -> None:
        left = self.posts[post.site_id]
        left.discard(post)
        if left:
            return
        del self.posts[post.site_id]
        if self.posts:
            self.ear.forget(post.site_id)
            return
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()

    def nudge(self, site_id: UUID) -> None:
        """Look at this site: a nudge only says that there may be news."""
        self.nudged.add(site_id)
        self.woken.set()

    async def look(self) -> None:
        now = asyncio.get_running_loop().time
        next_look = now() + LOOK_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_look):
                    await self.woken.wait()
            self.woken.clear()
            nudged, self.nudged = self.nudged, set()
            if now() >= next_look:
                next_look, nudged = now() + LOOK_SECONDS, {*self.posts}
            posts = [post for site_id in nudged for post in self.posts.get(site_id, ())]
            try:
                await self.look_at(posts)
            except Exception:  # the next look tries again
                log.exception("The sites' lines could not be looked after")

    async def look_at(self, posts: list[Post]) -> None:
        if posts:
            found = await standing([(post.site_id, post.key_id) for post in posts])
            for post in posts:
                self.judge(post, found.get(post.key_id))

    def judge(self, post: Post, revision: int | None) -> None:
        """Ring a line whose site was changed; end one whose key opens no more."""
        if revision is None:
            post.is_over = True
        elif revision == post.revision:
            return
        else:
            post.revision = revision
        post.ring()


@asking
def standing(lines: list[tuple[UUID, UUID]]) -> dict[UUID, int]:
    """The revision of each site whose key still opens, by the key."""
    rows = statements.rows([{"site": site, "key": key} for site, key in lines])
    found = statements.ask(LINES(lines=rows, now=timezone.now()))[0]
    return {row.key_id: row.revision for row in found}


#: This process's.
switchboard = Switchboard()
