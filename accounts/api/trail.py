"""What happened in a shop, and who is there: for those who answer for it."""

import re
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter

from accounts import presence, trail
from accounts.api.shop_view import ShopView
from accounts.permissions import Manager
from accounts.presence import PresenceFact
from accounts.trail import LineFact
from core.api import respond
from core.errors import Invalid
from core.paging import cut
from core.periods import wish
from core.schema import describe

__all__ = ["Audit", "Presence"]

TAGS = ["Audit"]
ACTION = re.compile(r"[a-z_]{1,30}(?:\.[a-z_]{1,30})?")
FILTERS = [
    OpenApiParameter("action", str, description="One (`order.placed`) or a noun's (`order`)."),
    OpenApiParameter("actor", UUID, description="The id of who did it."),
    OpenApiParameter("since", str, description="From this time or day on."),
    OpenApiParameter("until", str, description="Before this time, or to the end of this day."),
]


class Audit(ShopView):
    """GET lists what was done in the shop, newest first."""

    permission_classes: ClassVar = [Manager]

    @describe(
        responses={200: list[LineFact]},
        errors=[403],
        lists=True,
        parameters=FILTERS,
        summary="The audit",
        description=(
            "`seal` is the line's place in the shop's chain; null until the worker has sealed it, "
            "seconds later."
        ),
        tags=TAGS,
    )
    def get(self, request: Any, shop_id: UUID) -> HttpResponse:
        period = wish(request.GET)
        found = trail.lines(
            self.shop,
            action=_action(request.GET.get("action", "")),
            actor_id=_actor(request.GET.get("actor", "")),
            since=period.since,
            until=period.until,
        )
        page = cut(found, request)
        names = trail.devices(self.shop, page.rows)
        return respond([trail.read(row, names) for row in page.rows], headers=page.headers)


class Presence(ShopView):
    """GET lists who is signed in, the newest sign-in first."""

    permission_classes: ClassVar = [Manager]

    @describe(
        responses={200: list[PresenceFact]},
        errors=[403],
        lists=True,
        summary="Who is signed in",
        description=(
            "Every living sign-in of the shop's people: on which device, since when, last used "
            "(to the minute), and the last thing done in this shop."
        ),
        tags=TAGS,
    )
    def get(self, request: Any, shop_id: UUID) -> HttpResponse:
        page = cut(presence.of(self.shop), request, count=True)
        return respond(presence.read(self.shop, list(page.rows)), headers=page.headers)


def _action(text: str) -> str:
    if text and not ACTION.fullmatch(text):
        raise Invalid(errors={"action": ["Must be an action such as order.placed, or its noun."]})
    return text


def _actor(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(errors={"actor": ["Must be an id (a UUID)."]}) from None
