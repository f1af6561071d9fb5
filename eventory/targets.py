"""What is asked for upstream: a path and query kept byte for byte, on one fixed origin.

A path that could mean another place once somebody decodes it, here or upstream, is refused: dot
segments, backslashes, control characters, also encoded, also encoded twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from django.core.exceptions import ImproperlyConfigured

from eventory.errors import BadPath, UpstreamRedirect

__all__ = ["Origin", "Target", "is_ours", "origin", "read"]

#: Where the proxy answers: at the root, and under both mounts of the API.
MOUNT = re.compile(rb"/(?:api/(?:v1/)?)?eventory(?=/|\Z)")
VISIBLE = re.compile(rb"[\x21-\x7e]*")
#: Control characters, and letters that only a broken encoding of "." or "/" has.
HIDDEN = re.compile(rb"[\x00-\x1f\x7f\\]|[\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]")
DOTS = frozenset({b".", b".."})
#: How often a path is decoded to see whether it stays what it seems.
DEEPEST = 8
PORTS = {"http": 80, "https": 443}


class Target(NamedTuple):
    """The mount it was asked under, and what comes after it: path, then query."""

    mount: bytes
    path: bytes
    query: bytes

    @property
    def shown(self) -> str:
        """For the audit: without the query's values, which may be anything."""
        names = [part.partition(b"=")[0] for part in self.query.split(b"&") if part]
        tail = "?" + "&".join(f"{name.decode()}=…" for name in names) if names else ""
        return (self.path.decode() + tail)[:1000]


@dataclass(frozen=True, slots=True)
class Origin:
    """Eventory's API: scheme, host and port, and the path that all of it lies under."""

    scheme: str
    host: str
    port: int
    base: bytes = b""

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def address(self, target: Target) -> bytes:
        """The request's target upstream: path and query, to the byte."""
        path = self.base + target.path or b"/"
        return path + (b"?" + target.query if target.query else b"")

    def location(self, given: bytes, target: Target) -> bytes:
        """Where a redirect of the answer to ``target`` leads to, as an address of ours.

        Raises ``UpstreamRedirect`` for another host, or a path outside of the API's.
        """
        if not VISIBLE.fullmatch(given) or b"\\" in given:
            raise UpstreamRedirect
        try:
            asked = self.url + self.address(target).decode()
            there = urlsplit(urljoin(asked, given.decode()))
            port = there.port or PORTS.get(there.scheme)
        except ValueError:
            raise UpstreamRedirect from None
        # Behind a proxy of its own Eventory may say http of itself: we ask by https all the same.
        is_default = self.port == PORTS[self.scheme] and port == PORTS.get(there.scheme)
        is_same = there.hostname == self.host and (port == self.port or is_default)
        if not is_same or there.scheme not in PORTS or there.username is not None:
            raise UpstreamRedirect
        path = there.path.encode()
        if self.base and path != self.base and not path.startswith(self.base + b"/"):
            raise UpstreamRedirect
        tail = there._replace(scheme="", netloc="", path="").geturl()
        return target.mount + path.removeprefix(self.base) + tail.encode()


@lru_cache(maxsize=8)
def origin(url: str) -> Origin:
    """Read ``EVENTORY_API_URL``. Raises ``ImproperlyConfigured``."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise ImproperlyConfigured("EVENTORY_API_URL: not an http or https address.") from None
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            "EVENTORY_API_URL: write https://host/path, without a name, query or fragment."
        )
    return Origin(parts.scheme, parts.hostname, port, parts.path.rstrip("/").encode())


def is_ours(scope: Mapping[str, Any]) -> bool:
    """Whether an ASGI request is the proxy's, however its path is encoded."""
    if scope["type"] != "http":
        return False
    decoded = scope["path"].encode("utf-8", "surrogateescape")
    return bool(MOUNT.match(scope["raw_path"]) or MOUNT.match(decoded))


def read(scope: Mapping[str, Any]) -> Target:
    """What an ASGI request asks of Eventory. Raises ``BadPath``."""
    raw, query = scope["raw_path"], scope["query_string"]
    mount = MOUNT.match(raw)
    if mount is None or not VISIBLE.fullmatch(raw + query) or b"#" in raw + query:
        raise BadPath
    path = raw[mount.end() :]
    _refuse_escapes(path)
    return Target(mount[0], path, query)


def _refuse_escapes(path: bytes) -> None:
    """Refuse what leaves the path it seems to be, however often it is decoded."""
    for _ in range(DEEPEST):
        # "..;x" is ".." to servers that take parameters out of segments.
        segments = {segment.partition(b";")[0] for segment in path.split(b"/")}
        if HIDDEN.search(path) or not DOTS.isdisjoint(segments) or path.startswith(b"//"):
            raise BadPath
        decoded = unquote_to_bytes(path)
        if decoded == path:
            return
        path = decoded
    raise BadPath
