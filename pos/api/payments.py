"""Money for orders, over the wire."""

import re
from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Cashier
from core import api, schema, structs
from core.errors import Stale
from pos import payments
from pos.facts import OrderFact
from pos.serializers import WishedTender

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` of the order as it was read."
)
TAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})"')


def version(request: Request) -> int | None:
    """The version that the caller has seen; ``None``: any. Raises ``Stale`` for no version of ours."""
    tag = request.META.get("HTTP_IF_MATCH", "*").strip()
    if tag == "*":
        return None
    if match := TAG.fullmatch(tag):
        return int(match[1])
    raise Stale


class OrderPayments(ShopView):
    """Money for an order."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        request=WishedTender,
        responses={201: OrderFact},
        errors=[409, 412],
        creates=True,
        parameters=[IF_MATCH],
        summary="Pay an order",
    )
    def post(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Take money towards an open order; what is left out pays all that is due.

        With `If-Match` the order must still be of that version.
        """
        once = api.once(request)
        tender = structs.convert(request.data, WishedTender).tender(self.shop.digits)
        payments.take(
            order_id,
            tender,
            version=version(request),
            shop=self.shop,
            actor=request.user,
            once=once,
        )
        return api.reply(once)
