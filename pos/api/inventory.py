"""Stock over the wire."""

from typing import ClassVar
from uuid import UUID

from django.db.models import F, Q
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Manager
from core import api, paging, schema, structs
from core.errors import Invalid, Missing
from pos import facts, stock
from pos.facts import InventoryFact, MovementFact
from pos.serializers import ChangeStock

#: Keys of a level's own row that may come back and have no effect.
READ_ONLY = frozenset(InventoryFact.__struct_fields__) - frozenset(ChangeStock.__struct_fields__)

FILTERS = [OpenApiParameter("low", bool, description="Only what is to be ordered, or the rest.")]


class Inventory(ShopView):
    """What is left of everything."""

    @schema.describe(
        responses={200: list[InventoryFact]}, parameters=FILTERS, summary="List stock levels"
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the level of every product on the menu, by name; not cut into pages."""
        levels = self.shop.levels.filter(product__is_active=True).select_related("product")
        low = request.GET.get("low", "").lower()
        if low not in ("", "true", "false", "1", "0"):
            raise Invalid(errors={"low": ["Must be true or false."]})
        if low:
            is_low = Q(quantity__lte=F("reorder_level"))
            levels = levels.filter(is_low if low in ("true", "1") else ~is_low)
        rows = [stock.read(level) for level in levels.order_by("product__name", "product_id")]
        return api.respond(facts.encode(rows))


class InventoryItem(ShopView):
    """What is left of one product."""

    permissions: ClassVar = {"PUT": Manager}

    @schema.describe(responses={200: InventoryFact}, summary="Read a stock level")
    def get(self, request: Request, shop_id: UUID, item_id: UUID) -> HttpResponse:
        """Answer the level of one product; `item_id` is the product's id."""
        level = self.shop.levels.filter(product=item_id).select_related("product").first()
        if level is None:
            raise Missing
        return api.respond(facts.encode(stock.read(level)))

    @schema.describe(
        request=ChangeStock,
        responses={200: InventoryFact},
        errors=[403, 423],
        creates=True,
        summary="Receive, waste, adjust or count",
    )
    def put(self, request: Request, shop_id: UUID, item_id: UUID) -> HttpResponse:
        """Move pieces by `delta`, or count to `quantity`; answers what is left.

        A count may be told late: what came or went since its `occurred_at` is kept.
        `reorder_level` and `policy` are the shelf's own.
        """
        once = api.once(request)
        wish = structs.convert(request.data, ChangeStock, ignore=READ_ONLY)
        stock.change(
            product_id=item_id,
            step=wish.step(),
            plan=wish.plan(),
            shop=self.shop,
            actor=request.user,
            once=once,
        )
        return api.reply(once)


class Movements(ShopView):
    """Every piece of one product that came or went."""

    @schema.describe(
        responses={200: list[MovementFact]}, lists=True, summary="List stock movements"
    )
    def get(self, request: Request, shop_id: UUID, item_id: UUID) -> HttpResponse:
        """Answer the movements of one product, newest first."""
        if not self.shop.products.filter(pk=item_id).exists():
            raise Missing
        found = self.shop.movements.filter(product=item_id).select_related("actor")
        page = paging.cut(found, request)
        rows = [stock.read_movement(movement) for movement in page.rows]
        return api.respond(facts.encode(rows), headers=page.headers)
