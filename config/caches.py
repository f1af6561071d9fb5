"""Redis for counters, with one pool of connections for all threads of a process.

Django gives every thread a client and a pool of its own, whose lines stay open when the thread
has gone.
"""

from functools import cached_property
from threading import Lock
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

_clients: dict[str, RedisCacheClient] = {}
_opening = Lock()


class SharedRedis(RedisCache):
    """Django's backend on a client that threads share; redis-py's pools allow that."""

    @cached_property
    def _cache(self) -> Any:
        name = repr((self._servers, sorted(self._options.items(), key=lambda pair: pair[0])))
        with _opening:
            if name not in _clients:
                client = self._class(self._servers, **self._options)
                client._get_connection_pool(write=True)  # so that no two threads make one each
                _clients[name] = client
        return _clients[name]
