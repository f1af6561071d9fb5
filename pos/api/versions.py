"""Versions over the wire: an ``ETag`` out, an ``If-Match`` in."""

from typing import Any

from core.errors import Stale

__all__ = ["tag", "wished"]


def tag(version: int) -> str:
    """A row's version as its ``ETag``."""
    return f'"{version}"'


def wished(request: Any) -> int | None:
    """The version that ``If-Match`` asks for; ``None``: any. Raises ``Stale`` for no such thing."""
    sent = request.headers.get("If-Match", "").strip()
    if sent in ("", "*"):
        return None
    text = sent.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Stale
    return int(text)
