"""The catalogue over the wire."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.models import Membership
from accounts.permissions import Manager
from core import api, schema, structs, wire
from core.errors import Invalid, Missing
from pos import catalog, facts, menus
from pos.menu_facts import ProductFact
from pos.menu_serializers import AddProduct, ChangeProduct, read_only
from pos.models import Product

#: Keys of a product's own row that may come back and have no effect.
READ_ONLY = read_only(ProductFact, ChangeProduct)

FILTERS = [
    OpenApiParameter("q", str, description="Part of a name, or a SKU or barcode."),
    OpenApiParameter("barcode", str),
    OpenApiParameter("category", str, description="A category's id or name."),
    OpenApiParameter("active", bool, description="Only what is on the menu, or only the retired."),
]


class ProductList(ShopView):
    """The shop's products."""

    permissions: ClassVar = {"POST": Manager}

    @schema.describe(
        responses={200: list[ProductFact], 304: None}, parameters=FILTERS, summary="List products"
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the whole catalogue by heading and name, with live stock and an `ETag`.

        It is not cut into pages: a till needs all of it.
        """
        costs = self.principal.reaches(Membership.Role.MANAGER)
        if any(request.GET.get(name) for name in ("q", "barcode", "category", "active")):
            found = _filtered(self.shop.products.with_facts(), request.GET)
            rows = catalog.menu(
                self.shop, list(found.order_by("category__position", "name", "id")), costs=costs
            )
            return api.respond(facts.encode(rows))
        menu = menus.of(self.shop, costs=costs)
        headers = {"ETag": menu.etag, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match", "").removeprefix("W/") == menu.etag:
            return HttpResponse(status=304, headers=headers)
        return api.respond(menu.body, headers=headers)

    @schema.describe(
        request=AddProduct,
        responses={201: ProductFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Add a product",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Add a product with an empty shelf."""
        once = api.once(request)
        wish = structs.convert(request.data, AddProduct, ignore=READ_ONLY)
        fields = wish.fields(self.shop.digits)
        catalog.add(shop=self.shop, actor=request.user, fields=fields, once=once)
        return api.reply(once)


class ProductDetail(ShopView):
    """One product."""

    permissions: ClassVar = {"PUT": Manager, "PATCH": Manager, "DELETE": Manager}

    @schema.describe(responses={200: ProductFact}, summary="Read a product")
    def get(self, request: Request, shop_id: UUID, product_id: UUID) -> HttpResponse:
        """Answer a product, retired ones too."""
        product = self.shop.products.with_facts().filter(pk=product_id).first()
        if product is None:
            raise Missing
        costs = self.principal.reaches(Membership.Role.MANAGER)
        (row,) = catalog.menu(self.shop, [product], costs=costs)
        return api.respond(facts.encode(row))

    @schema.describe(
        request=ChangeProduct,
        responses={200: ProductFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a product",
    )
    def patch(self, request: Request, shop_id: UUID, product_id: UUID) -> HttpResponse:
        """Change some of a product's fields; what is left out stays."""
        once = api.once(request)
        wish = structs.convert(request.data, ChangeProduct, ignore=READ_ONLY)
        fields = wish.fields(self.shop.digits)
        catalog.change(product_id, shop=self.shop, actor=request.user, fields=fields, once=once)
        return api.reply(once)

    @schema.describe(
        request=ChangeProduct,
        responses={200: ProductFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a product (the same as PATCH)",
    )
    def put(self, request: Request, shop_id: UUID, product_id: UUID) -> HttpResponse:
        """Change some of a product's fields; what is left out stays."""
        return self.patch(request, shop_id, product_id)

    @schema.describe(responses={200: wire.Message}, errors=[403, 423], summary="Retire a product")
    def delete(self, request: Request, shop_id: UUID, product_id: UUID) -> HttpResponse:
        """Take a product off the menu for good; what was sold of it stays in the books."""
        gone = catalog.retire(product_id, shop=self.shop, actor=request.user)
        return api.respond(wire.Message(f"{gone.name} is off the menu."))


def _filtered(found: QuerySet[Product], query: Any) -> QuerySet[Product]:
    if q := _text(query, "q"):
        found = found.filter(Q(name__icontains=q) | Q(sku__iexact=q) | Q(barcode=q))
    if barcode := _text(query, "barcode"):
        found = found.filter(barcode=barcode)
    if category := _text(query, "category"):
        by_id = _uuid(category)
        found = found.filter(category=by_id) if by_id else found.filter(category__name=category)
    if active := _text(query, "active"):
        if active.lower() not in ("true", "false", "1", "0"):
            raise Invalid(errors={"active": ["Must be true or false."]})
        found = found.filter(is_active=active.lower() in ("true", "1"))
    return found


def _text(query: Any, name: str) -> str:
    return query.get(name, "").replace("\0", "")[:120]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
