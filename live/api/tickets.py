"""Tickets for sockets."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse

from accounts.permissions import SignedIn
from core.api import View, once, reply
from core.parsing import convert
from core.schema import describe
from live import tickets
from live.tickets import TicketFact

__all__ = ["TicketList"]


class NewTicket(msgspec.Struct, forbid_unknown_fields=True):
    """Which shop the socket shall follow."""

    shop_id: UUID


class TicketList(View):
    """POST makes a ticket for one socket."""

    permission_classes = [SignedIn]

    @describe(
        request=NewTicket,
        responses={201: TicketFact},
        creates=True,
        summary="A ticket for a socket",
        description=(
            "For pages that can give a socket neither a cookie nor a subprotocol: open "
            "`/ws/shops/{shop_id}?ticket=…` within 30 seconds. A ticket works once, for this shop, "
            "as long as the session that asked for it lasts."
        ),
        tags=["Live"],
    )
    def post(self, request: Any) -> HttpResponse:
        claim = once(request, secret=True)
        claim.repeat()
        wish = convert(request.data, NewTicket)
        tickets.issue(shop_id=wish.shop_id, actor=request.user, once=claim)
        response = reply(claim)
        response["Cache-Control"] = "no-store"
        return response
