"""Lists page by page: ``?limit`` with an opaque ``?cursor``, or ``?skip``, or ``?page``.

A cursor names the last row's place, so that rows arriving meanwhile shift nothing.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet

from core.errors import Invalid

__all__ = ["DEFAULT_LIMIT", "MAX_LIMIT", "Page", "Wish", "cut", "wish"]

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_SKIP = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of a list is asked for; ``after`` is the cursor's row, if one was sent."""

    limit: int = DEFAULT_LIMIT
    skip: int = 0
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and the headers that say how to go on."""

    rows: Sequence[Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def wish(query: Mapping[str, str]) -> Wish:
    """Read ``limit``, ``cursor``, ``skip`` and ``page`` (from 1). Raises ``Invalid``."""
    limit = _number(query, "limit", DEFAULT_LIMIT, low=1)
    if limit > MAX_LIMIT:
        raise Invalid(errors={"limit": [f"Must be at most {MAX_LIMIT}."]})
    skip = _number(query, "skip", 0, low=0)
    if page := _number(query, "page", 0, low=1 if query.get("page") else 0):
        skip = (page - 1) * limit
    if skip > MAX_SKIP:
        raise Invalid(
            errors={"skip": ["Too far into the list. Use the cursor of the Link header."]}
        )
    return Wish(limit=limit, skip=skip, after=_after(query.get("cursor", "")))


def cut(rows: QuerySet[Any], request: Any, *, count: bool = False) -> Page:
    """Return the part of ``rows`` that the request asks for, newest first by its UUIDv7 key.

    ``rows`` must not be ordered otherwise. With ``count`` the answer says how many there are.
    Raises ``Invalid`` for parameters that make no sense.
    """
    query = request.GET
    asked = wish(query)
    headers = {"X-Total-Count": str(rows.count())} if count else {}
    found = rows.order_by("-pk")
    if asked.after is not None:
        found = found.filter(pk__lt=asked.after)
    shown = list(found[asked.skip : asked.skip + asked.limit + 1])
    return _page(shown, asked, query, request.build_absolute_uri, headers)


def _page(
    shown: list[Any],
    asked: Wish,
    query: Any,
    absolute: Callable[[str], str],
    headers: dict[str, str],
) -> Page:
    """Drop the row that only says whether there is more, and link to it."""
    if len(shown) > asked.limit:
        shown.pop()
        kept = [(k, v) for k in query for v in query.getlist(k) if k not in ("skip", "page")]
        pairs = [pair for pair in kept if pair[0] != "cursor"]
        pairs.append(("cursor", cursor(shown[-1].pk)))
        headers["Link"] = f'<{absolute("?" + urlencode(pairs))}>; rel="next"'
    return Page(rows=shown, headers=headers)


def cursor(key: UUID) -> str:
    """Name a row's place."""
    return urlsafe_b64encode(key.bytes).decode().rstrip("=")


def _after(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(bytes=urlsafe_b64decode(text.encode("ascii") + b"=="))
    except (ValueError, binascii.Error, UnicodeEncodeError):
        raise Invalid(
            errors={"cursor": ["Not a cursor of this list. Start without one."]}
        ) from None


def _number(query: Mapping[str, str], name: str, default: int, *, low: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9) or int(text) < low:
        raise Invalid(errors={name: [f"Must be a whole number of at least {low}."]})
    return int(text)
