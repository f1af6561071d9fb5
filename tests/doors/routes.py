"""What the URL map says: every address, what answers there, and which methods it takes."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.urls import URLResolver, get_resolver

from core import addresses
from core.api import View

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
NAME = re.compile(r"<(?:\w+:)?(\w+)>")
MOUNTS = ("api/v1/", "api/", "")


class Route(NamedTuple):
    """One address below its mount, the first mount it answers under, and what answers."""

    path: str
    mount: str
    callback: Callable[..., Any]

    @property
    def view(self) -> Any:
        """The view's class; ``None`` for a function."""
        return getattr(self.callback, "view_class", getattr(self.callback, "cls", None))

    @property
    def names(self) -> list[str]:
        """What the address names: ``["shop_id", "order_id"]``."""
        return NAME.findall(self.path)

    @property
    def methods(self) -> list[str]:
        """What the view takes, ``HEAD`` and ``OPTIONS`` left out."""
        asked = [name for name in METHODS if name != "HEAD"]
        return [name for name in asked if hasattr(self.view, name.lower())]

    def url(self, ids: dict[str, Any], mount: str | None = None) -> str:
        """The address with these ids in it."""
        where = self.mount if mount is None else mount
        return f"/{where}" + NAME.sub(lambda found: str(ids[found[1]]), self.path)


def walk(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Callable]]:
    """Every address of the URL map, with what answers there."""
    for one in (resolver or get_resolver()).url_patterns:
        address = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from walk(one, address)
        else:
            yield address, one.callback


def below(address: str) -> tuple[str, str]:
    """An address as its mount and what lies below it."""
    mount = next(mount for mount in MOUNTS if address.startswith(mount))
    return mount, address.removeprefix(mount)


def programs() -> list[Route]:
    """The addresses that programs call, each once, whatever mounts it has."""
    found: dict[str, Route] = {}
    for address, callback in walk():
        if addresses.is_api(f"/{address}"):
            mount, path = below(address)
            if path not in found or MOUNTS.index(mount) < MOUNTS.index(found[path].mount):
                found[path] = Route(path, mount, callback)
    return list(found.values())


def api() -> list[Route]:
    """Those that are views of our API."""
    return [one for one in programs() if isinstance(one.view, type) and issubclass(one.view, View)]


def others() -> list[Route]:
    """Those that are not: health and documents."""
    known = {one.path for one in api()}
    return [one for one in programs() if one.path not in known]


def pages() -> list[Route]:
    """What people open in a browser; the console apart."""
    found = [one for one in walk() if not addresses.is_api(f"/{one[0]}")]
    return [Route(path, "", callback) for path, callback in found if not path.startswith("admin/")]


def console() -> list[str]:
    """The addresses of the console, with ``{}`` for what they name."""
    found = [NAME.sub("{}", path) for path, _ in walk() if path.startswith("admin/")]
    return [re.sub(r"\^?\(\?P<[^)]*\)\$?", "{}", path).rstrip("$") for path in found]
