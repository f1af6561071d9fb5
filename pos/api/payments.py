"""Money for orders, over the wire."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Cashier
from core import api, schema, structs
from pos import payments
from pos.facts import OrderFact
from pos.serializers import WishedTender


class OrderPayments(ShopView):
    """Money for an order."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        request=WishedTender,
        responses={201: OrderFact},
        errors=[409],
        creates=True,
        summary="Pay an order",
    )
    def post(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Take money towards an open order; what is left out pays all that is due."""
        once = api.once(request)
        tender = structs.convert(request.data, WishedTender).tender(self.shop.digits)
        payments.take(order_id, tender, shop=self.shop, actor=request.user, once=once)
        return api.reply(once)
