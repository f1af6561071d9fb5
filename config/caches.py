"""Redis for counters, with one client for all threads of a process and a line for each.

Django gives every thread a pool of its own, and every command a client of its own; redis-py
measures, retries and borrows around every command. All that costs more than what a count does.
"""

import os
from functools import cached_property
from threading import Lock, local
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError, ResponseError

_clients: dict[str, "OneClient"] = {}
_opening = Lock()


class Lines(Redis):
    """redis-py's client on a line of the thread's own, which closes when the thread has gone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.own = local()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command and read its answer; once more if the line was dropped while idle."""
        line = self._line()
        was_open = line.is_connected
        try:
            return self._exchange(line, args, options)
        except ConnectionError:
            if not was_open:
                raise
            return self._exchange(line, args, options)

    def _line(self) -> AbstractConnection:
        if getattr(self.own, "pid", None) != os.getpid():  # a parent's line is not ours
            pool = self.connection_pool  # its own count of lines would never go down
            self.own.line = pool.connection_class(**pool.connection_kwargs)
            self.own.pid = os.getpid()
        line: AbstractConnection = self.own.line
        return line

    def _exchange(self, line: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        try:
            line.send_command(*args)
            return self.parse_response(line, args[0], **options)
        except ResponseError:
            raise
        except BaseException:  # an answer that comes late must not answer the next command
            line.disconnect()
            raise


class OneClient(RedisCacheClient):
    """Django's client of one server."""

    @cached_property
    def one(self) -> Lines:
        return Lines(connection_pool=self._get_connection_pool(write=True))

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self.one

    def add(self, key: str, value: object, timeout: int | None) -> bool:
        """As Django's; redis-py's ``set`` looks at a dozen options first."""
        if not timeout:
            return bool(super().add(key, value, timeout))
        said = self._serializer.dumps(value)
        return bool(self.one.execute_command("SET", key, said, "EX", timeout, "NX"))


class SharedRedis(RedisCache):
    """Django's backend on a client that threads share."""

    @cached_property
    def _cache(self) -> Any:
        name = repr((self._servers, sorted(self._options.items(), key=lambda pair: pair[0])))
        with _opening:
            if name not in _clients:
                client = OneClient(self._servers, **self._options)
                client.get_client()  # so that no two threads make one each
                _clients[name] = client
        return _clients[name]
