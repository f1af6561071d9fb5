"""Redis for counters, with one client for all threads of a process.

Django gives every thread a pool of its own, whose lines stay open when the thread has gone, and
every command a client of its own, which costs more than what the command does.
"""

from functools import cached_property
from threading import Lock
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

_clients: dict[str, "OneClient"] = {}
_opening = Lock()


class OneClient(RedisCacheClient):
    """Django's client of one server. redis-py's client takes a line of its pool for each command."""

    @cached_property
    def one(self) -> Any:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self.one


class SharedRedis(RedisCache):
    """Django's backend on a client that threads share; redis-py's pools allow that."""

    @cached_property
    def _cache(self) -> Any:
        name = repr((self._servers, sorted(self._options.items(), key=lambda pair: pair[0])))
        with _opening:
            if name not in _clients:
                client = OneClient(self._servers, **self._options)
                client.get_client()  # so that no two threads make one each
                _clients[name] = client
        return _clients[name]
