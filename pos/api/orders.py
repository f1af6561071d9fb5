"""Orders over the wire."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.authentication import Screen
from accounts.errors import DeviceNotAllowed
from accounts.permissions import Cashier
from core import api, paging, periods, schema, structs, wire
from core.errors import Invalid, Missing
from pos import changes, facts, orders
from pos.api import versions
from pos.api.kitchen import MOVES, READS, CounterView, KitchenOrStaff
from pos.facts import OrderFact
from pos.models import Order
from pos.order_serializers import ChangeOrder, PlaceOrder, VoidOrder

#: Keys of an order's own row that may come back and have no effect.
READ_ONLY = frozenset(OrderFact.__struct_fields__) - frozenset(ChangeOrder.__struct_fields__)

FILTERS = [
    OpenApiParameter("state", str, enum=Order.State.values),
    OpenApiParameter("channel", str, enum=Order.Channel.values),
    OpenApiParameter("since", str, description="From this time or day on (`startDate` too)."),
    OpenApiParameter("until", str, description="Before this time, or to the end of this day."),
    OpenApiParameter("q", str, description="Part of a number, customer's name or table."),
]


class OrderList(CounterView):
    """The shop's orders."""

    permission_classes: ClassVar = [KitchenOrStaff]

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
        is_paired = self.principal.device_id is not None
        channel = Order.Channel.TILL if by_screen or is_paired else Order.Channel.API
        ticket = wish.ticket(digits=self.shop.digits, channel=channel, at_till=is_paired)
        orders.place(ticket, shop=self.shop, actor=request.user, once=once)
        return api.reply(once)


class OrderDetail(CounterView):
    """One order."""

    permission_classes: ClassVar = [KitchenOrStaff]
    kitchen_may: ClassVar = READS | MOVES

    @schema.describe(responses={200: OrderFact}, summary="Read an order")
    def get(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Answer an order with its lines and payments; its `ETag` is its version."""
        order = self.shop.orders.with_facts().filter(pk=order_id).first()
        if order is None:
            raise Missing
        return _told(facts.encode(orders.read(order, shop=self.shop)), order.version)

    @schema.describe(
        request=ChangeOrder,
        responses={200: OrderFact},
        errors=[403, 409, 412],
        creates=True,
        summary="Change an order",
    )
    def patch(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Add lines to an order, void some of it, or say something else about it.

        Lines are never overwritten, so two devices on one order lose none; send `If-Match` to
        change no version but the one you have seen. A paired kitchen screen may set
        `kitchen_state` and nothing else.
        """
        with self.speaking():
            once = api.once(request)
            wish = structs.convert(_without_sums(request.data), ChangeOrder, ignore=READ_ONLY)
            if self.is_kitchen and not wish.says_only("kitchen_state"):
                raise DeviceNotAllowed
            fact = changes.make(
                order_id,
                wish.change(self.shop.digits),
                shop=self.shop,
                actor=request.user,
                version=versions.wished(request),
                once=once,
            )
        return _told(once.body, fact.version)

    @schema.describe(
        request=ChangeOrder,
        responses={200: OrderFact},
        errors=[403, 409, 412],
        creates=True,
        summary="Change an order (the same as PATCH)",
    )
    def put(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Add lines to an order, void some of it, or say something else about it."""
        return self.patch(request, shop_id, order_id)

    @schema.describe(
        responses={200: wire.Message},
        errors=[403, 409, 412],
        summary="Void an order (as `void`)",
    )
    def delete(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Void an order and put its goods back; it stays in the books."""
        version = versions.wished(request)
        gone = changes.void(
            order_id, reason="", shop=self.shop, actor=request.user, version=version
        )
        return api.respond(wire.Message(f"{gone.order_number} is void."))


class OrderVoid(ShopView):
    """The end of an order that comes to nothing."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        request=VoidOrder,
        responses={200: OrderFact},
        errors=[403, 409, 412],
        creates=True,
        summary="Void an order",
    )
    def post(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Void an order and put its goods back. One that was paid is refunded first.

        Where the shop says so (`void_needs_manager`), a cashier sends a manager's `approval_id`.
        """
        once = api.once(request)
        wish = structs.convert(request.data, VoidOrder)
        version = versions.wished(request)
        changes.void(
            order_id,
            reason=wish.reason,
            approval_id=wish.approval_id,
            shop=self.shop,
            actor=request.user,
            version=version,
            once=once,
        )
        return api.reply(once)


def _told(body: bytes, version: int) -> HttpResponse:
    return api.respond(body, headers={"ETag": versions.tag(version)})


def _without_sums(data: Any) -> Any:
    """A row that comes back has its discount as a sum, which is no wish for one."""
    if type(data) is dict and type(data.get("discount")) is str and "subtotal" in data:
        return {key: value for key, value in data.items() if key != "discount"}
    return data


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
