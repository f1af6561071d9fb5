"""A shop's events for programs that open no socket: polls that wait, and a stream."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter

from accounts.api.shop_view import ShopView
from accounts.permissions import Cashier
from core.api import respond
from core.errors import TooMany
from core.schema import describe
from live import frames, places, polls
from live.handshakes import SEQ
from live.polls import Wait

__all__ = ["EventList"]

STREAM = "text/event-stream"


class EventRow(msgspec.Struct):
    """One thing that happened; ``data`` is the row as its own ``GET`` answers it."""

    seq: int
    type: str
    at: str
    actor: dict[str, str] | None
    data: dict[str, Any]


class EventPage(msgspec.Struct):
    """What happened, in order, and the cursor to go on with."""

    events: list[EventRow]
    next: int


class EventList(ShopView):
    """GET answers the shop's events after a cursor, at once or as soon as there are any.

    The view itself never waits: it leaves a ``Wait`` in the ASGI scope, where there is one, and
    ``live.streams`` does the waiting without a thread.
    """

    permission_classes = [Cashier]
    #: To watch is not to work: a till that nobody touches locks itself all the same.
    only_watches = True

    @describe(
        responses={200: EventPage},
        errors=[410, 429],
        summary="Events of a shop",
        description=(
            "The events after `after`, in order, at most 200 at once: ask again with `next`. "
            "Without `after` the answer begins now. With `wait` an answer without events is held "
            "back until there is one, so that the next poll may follow at once; a server that "
            "cannot wait answers immediately. 410 `resync`: the cursor is too old; read "
            "everything anew and go on after the body's `next`.\n\n"
            "With `Accept: text/event-stream` the same is a stream of server-sent events. Their "
            "`id` is the `seq` and `data` the event; `Last-Event-ID` goes before `after`. The "
            "events named `resync`, `ready` (all that was missed has been sent) and `closed` "
            "(with the code a socket would be closed with) are about the stream itself."
        ),
        parameters=[
            OpenApiParameter("after", int, description="The last `seq` that you have."),
            OpenApiParameter("wait", int, description="Seconds to wait for news, at most 25."),
        ],
        tags=["Live"],
    )
    def get(self, request: Any, shop_id: UUID) -> HttpResponse:
        asked = polls.read(dict(request.query_params.lists()))
        if STREAM in request.headers.get("Accept", ""):
            return self.stream(asked.after)
        found = polls.page(shop_id, asked.after)
        if asked.wait and not found.missed:
            self.leave(found.end, asked.wait)
        return respond(polls.text(found), headers={"Cache-Control": "no-store"})

    def stream(self, after: int | None) -> HttpResponse:
        """Answer what was missed; the stream goes on from there, or ends where nobody waits."""
        given = self.request.headers.get("Last-Event-ID", "")
        is_known = not given or SEQ.fullmatch(given) is not None
        cursor = int(given) if given and is_known else after
        found = frames.arrive(self.shop_id, cursor, is_known=is_known)
        said = [frames.notice("resync", seq=found.cursor)] if found.must_resync else []
        self.leave(found.end, None)
        return HttpResponse(
            b"retry: 2000\n\n" + b"".join(map(polls.line, [*said, *found.missed])),
            content_type=STREAM,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    def leave(self, cursor: int, seconds: int | None) -> None:
        """Say what this answer waits for, to whoever can wait; HEAD has nothing to wait for.

        Raises ``TooMany`` where too many of this session wait already.
        """
        waits = getattr(self.request._request, "scope", {}).get("waits")
        if waits is not None and self.request.method == "GET":
            if places.are_taken(self.principal.session_id):
                raise TooMany(retry_after=places.RETRY)
            waits.append(Wait(self.shop_id, self.principal.session_id, cursor, seconds))
