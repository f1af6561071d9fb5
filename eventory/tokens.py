"""Tokens of stored logins: kept until they end, fetched once however many requests wait for one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from channels.db import database_sync_to_async

from core import limits
from eventory import logins
from eventory.authenticators import Authenticator
from eventory.models import Login

__all__ = ["Tokens", "asking"]

P = ParamSpec("P")
R = TypeVar("R")

#: The proxy's own threads and connections: it waits for its own look-ups, never others for it.
LOOKING = ThreadPoolExecutor(4, "eventory")
#: How often one login is tried at Eventory, which may lock accounts that are tried too often.
SIGN_INS = "20/m"


def asking(function: Callable[P, R]) -> Callable[..., Any]:
    """Call a function that asks the database from the event loop, replacing a dead connection."""
    asked: Callable[..., Any] = database_sync_to_async(
        function, thread_sensitive=False, executor=LOOKING
    )
    return asked


class Tokens:
    """What this process fetches of tokens; those it got lie in the login's row, sealed."""

    def __init__(self, authenticator: Authenticator) -> None:
        self.authenticator = authenticator
        self.fetching: dict[tuple[UUID, str], asyncio.Task[str]] = {}

    async def of(self, row: Login) -> str:
        """The login's token, signing in if there is none.

        Raises ``UpstreamSignInFailed``, ``LoginUnreadable``, ``TooMany``, ``Upstream…``.
        """
        return logins.token_of(row) or await self.fetch(row, stale="")

    async def fetch(self, row: Login, *, stale: str) -> str:
        """A token other than ``stale``, which Eventory has refused. Raises as ``of`` does."""
        name = (row.pk, stale)
        task = self.fetching.get(name)
        if task is None:
            task = self.fetching[name] = asyncio.create_task(self._fetch(row, stale))
            task.add_done_callback(lambda done: self._forget(name, done))
        return await asyncio.shield(task)  # one caller who leaves takes it from nobody

    def _forget(self, name: tuple[UUID, str], done: "asyncio.Task[str]") -> None:
        del self.fetching[name]
        if not done.cancelled():
            done.exception()  # looked at, also if everybody has left

    async def _fetch(self, row: Login, stale: str) -> str:
        now, kept = await look(row.pk, row.owner_id, stale)
        if kept:
            return str(kept)  # another process was first
        access = await self.authenticator.sign_in(
            username=now.username, password=logins.password_of(now)
        )
        await keep(now, token=access.token, expires_at=access.expires_at)
        return access.token


def _look(login_id: UUID, owner_id: UUID, stale: str) -> tuple[Login, str]:
    """The row as it is now, and its token unless that is the stale one, which is dropped."""
    row = logins.pick(login_id, owner_id=owner_id)
    token = logins.token_of(row)
    if token and token != stale:
        return row, token
    if token:
        logins.drop_token(row)
    limits.hit("eventory sign-in", str(login_id), SIGN_INS)
    return row, ""


look = asking(_look)
keep = asking(logins.keep_token)
