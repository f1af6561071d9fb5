"""The developer console's lists: ``{items, total, pagination}``, and the same as CSV."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from core.api import View, respond
from core.errors import Invalid
from core.paging import cut, wish
from portal import console, facts
from portal.permissions import Developer

__all__ = ["ConsoleList", "ConsoleTable", "flag"]

DONE = b""  # no part of a table is empty


class ConsoleView(View):
    """The base of both forms of a list; ``what`` is what the trail calls it."""

    permission_classes: ClassVar[list[type]] = [Developer]
    what: ClassVar[str]

    def rows(self, query: Any) -> QuerySet[Any]:
        """What the query asks for."""
        raise NotImplementedError


class ConsoleList(ConsoleView):
    """GET answers a page, the newest first."""

    described: ClassVar[Callable[[Any], list[Any]]]

    def get(self, request: Any) -> HttpResponse:
        query = request.GET
        asked = wish(query)
        page = cut(self.rows(query), request, count=True)
        total = int(page.headers["X-Total-Count"])
        filters = sorted({*query} - {"page", "limit", "cursor", "skip"})
        console.looked(
            self.what, actor=request.user, rows=len(page.rows), skip=asked.skip, filters=filters
        )
        said = {
            "items": type(self).described(page.rows),
            "total": total,
            "pagination": facts.pages(skip=asked.skip, limit=asked.limit, total=total),
        }
        return respond(said, headers=page.headers)


class ConsoleTable(ConsoleView):
    """GET answers all of it as CSV, in parts."""

    parts: ClassVar[Callable[[Any], Iterator[bytes]]]

    def get(self, request: Any) -> HttpResponseBase:
        found = self.rows(request.GET)
        console.exported(self.what, actor=request.user, filters=sorted(request.GET))
        parts = type(self).parts(found)
        asked = isinstance(request._request, ASGIRequest)
        return StreamingHttpResponse(
            _apart(parts) if asked else parts,
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{self.what}.csv"',
                "Cache-Control": "no-store",
            },
        )


async def _apart(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Ask for each part in the thread of the request, so that an event loop does not wait."""
    while part := await sync_to_async(next)(parts, DONE):
        yield part


def flag(query: Any, name: str) -> bool | None:
    """Read a yes or no of the query. Raises ``Invalid``."""
    text = query.get(name, "").lower()
    if text not in ("", "true", "false", "1", "0"):
        raise Invalid(errors={name: ["Must be true or false."]})
    return None if not text else text in ("true", "1")
