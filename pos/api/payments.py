"""Money for orders, over the wire."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Cashier
from core import api, schema, structs
from pos import payments, refunds
from pos.api import versions
from pos.facts import OrderFact
from pos.serializers import GiveBack, WishedTender

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` of the order as it was read."
)


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
            version=versions.wished(request),
            shop=self.shop,
            actor=request.user,
            once=once,
        )
        return api.reply(once)


class OrderRefunds(ShopView):
    """Money of an order given back."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        request=GiveBack,
        responses={201: OrderFact},
        errors=[403, 409],
        creates=True,
        summary="Refund an order",
    )
    def post(self, request: Request, shop_id: UUID, sale_id: UUID) -> HttpResponse:
        """Give back what pieces of lines cost, or an amount; a cashier needs an approval.

        `sale_id` is the order's id. It goes back by the methods it came by, cash first, never more than was paid. `restock`
        puts the pieces back on the shelf.
        """
        once = api.once(request)
        wish = structs.convert(request.data, GiveBack).fields(self.shop.digits)
        refunds.give(sale_id, **wish, shop=self.shop, actor=request.user, once=once)
        return api.reply(once)
