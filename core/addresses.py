"""Where a request comes from, and which addresses are the API's."""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings

__all__ = ["client_ip", "is_api", "network", "pick", "routed"]

#: First parts of paths that programs call: refusals there are JSON, both slash forms answer.
PROGRAMS = frozenset(
    {
        "api",
        "auth",
        "logins",
        "eventory",
        "health",
        "healthz",
        "readyz",
        "metrics",
        "docs",
        "client_errors",
        "waitlist",
        "contact",
        "investor_interest",
        "pilot_request",
    }
)

PART = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

#: An IPv4 address as its shortest form says it, which is how proxies tell it.
SHORTEST = re.compile(rf"(?:{PART}\.){{3}}{PART}")


def client_ip(request: Any) -> str:
    """Return the caller's address: the Nth from the right of ``X-Forwarded-For``.

    N is ``TRUSTED_PROXY_COUNT``; 0, a shorter header or one that cannot be read: the peer.
    """
    meta: Mapping[str, str] = request.META
    return pick(meta.get("REMOTE_ADDR") or "", meta.get("HTTP_X_FORWARDED_FOR") or "")


def pick(peer: str, forwarded: str) -> str:
    """Return the caller's address out of the peer's and the forwarded header's text."""
    proxies = settings.TRUSTED_PROXY_COUNT
    if proxies > 0 and forwarded:
        hops = forwarded.split(",")
        if len(hops) >= proxies and (named := _address(hops[-proxies])):
            return named
    return _address(peer) or peer


def network(address: str) -> str:
    """Return what limits count for an address: itself, or the /64 of an IPv6 one.

    One household or attacker has a whole /64.
    """
    if ":" not in address:
        return address
    try:
        return str(ip_network(f"{address}/64", strict=False))
    except ValueError:
        return address


def is_api(path: str) -> bool:
    """Whether a path belongs to programs."""
    return path[1:].partition("/")[0] in PROGRAMS


def routed(path: str) -> str:
    """Return the path that the URL map knows: API routes have no slash at their end.

    The Eventory proxy's paths stay byte for byte.
    """
    if len(path) < 2 or path[-1] != "/" or path.startswith("/eventory/") or not is_api(path):
        return path
    return path[:-1]


@lru_cache(maxsize=4096)
def _address(text: str) -> str:
    """Return an address in its shortest form, without brackets, port or zone; or ``""``."""
    if SHORTEST.fullmatch(text):
        return text
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
