"""Orders over the wire."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.authentication import Screen
from accounts.permissions import Cashier
from core import api, paging, periods, schema, structs
from core.errors import Invalid, Missing
from pos import facts, orders
from pos.facts import OrderFact
from pos.models import Order
from pos.serializers import PlaceOrder

FILTERS = [
    OpenApiParameter("state", str, enum=Order.State.values),
    OpenApiParameter("channel", str, enum=Order.Channel.values),
    OpenApiParameter("since", str, description="From this time or day on (`startDate` too)."),
    OpenApiParameter("until", str, description="Before this time, or to the end of this day."),
    OpenApiParameter("q", str, description="Part of a number, customer's name or table."),
]


class OrderList(ShopView):
    """The shop's orders."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        responses={200: list[OrderFact]}, lists=True, parameters=FILTERS, summary="List orders"
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the shop's orders, newest first."""
        page = paging.cut(_filtered(self.shop.orders.with_facts(), request.GET), request)
        rows = [orders.read(order, shop=self.shop) for order in page.rows]
        return api.respond(facts.encode(rows), headers=page.headers)

    @schema.describe(
        request=PlaceOrder,
        responses={201: OrderFact},
        errors=[409, 423],
        creates=True,
        summary="Place an order",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Place an order: priced, taxed, its stock taken, its money counted, told to screens."""
        once = api.once(request)
        wish = structs.convert(request.data, PlaceOrder)
        by_screen = isinstance(request.successful_authenticator, Screen)
        at_till = by_screen or self.principal.device_id is not None
        channel = Order.Channel.TILL if at_till else Order.Channel.API
        ticket = wish.ticket(digits=self.shop.digits, channel=channel)
        orders.place(ticket, shop=self.shop, actor=request.user, once=once)
        return api.reply(once)


class OrderDetail(ShopView):
    """One order."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(responses={200: OrderFact}, summary="Read an order")
    def get(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Answer an order with its lines and payments."""
        order = self.shop.orders.with_facts().filter(pk=order_id).first()
        if order is None:
            raise Missing
        headers = {"ETag": f'"{order.version}"'}
        return api.respond(facts.encode(orders.read(order, shop=self.shop)), headers=headers)


def _filtered(found: QuerySet[Order], query: Any) -> QuerySet[Order]:
    for name, allowed in (("state", Order.State.values), ("channel", Order.Channel.values)):
        if value := query.get(name):
            if value not in allowed:
                raise Invalid(errors={name: [f"Must be one of {', '.join(allowed)}."]})
            found = found.filter(**{name: value})
    since, until = periods.wish(query)
    if since:
        found = found.filter(created_at__gte=since)
    if until:
        found = found.filter(created_at__lt=until)
    if q := query.get("q", "")[:100].replace("\0", ""):
        found = found.filter(
            Q(number__icontains=q) | Q(customer_name__icontains=q) | Q(table__iexact=q)
        )
    return found
