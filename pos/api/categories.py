"""Categories over the wire."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Manager
from core import api, schema, structs, wire
from core.errors import Missing
from pos import categories
from pos.api.listing import ACTIVE, wants_active
from pos.menu_facts import CategoryFact
from pos.menu_serializers import AddCategory, ChangeCategory, read_only

#: Keys of a row of ours that may come back and have no effect.
READ_ONLY = read_only(CategoryFact, ChangeCategory)


class CategoryList(ShopView):
    """The headings of the shop's menu."""

    permissions: ClassVar = {"POST": Manager}

    @schema.describe(
        responses={200: list[CategoryFact]}, parameters=[ACTIVE], summary="List categories"
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the headings in the order of the menu; not cut into pages."""
        found = self.shop.categories.filter(is_active=wants_active(request.GET))
        return api.respond([categories.read(one) for one in found.order_by("position", "name")])

    @schema.describe(
        request=AddCategory,
        responses={201: CategoryFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Add a category",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Add a category; a retired one of this name comes back."""
        once = api.once(request)
        wish = structs.convert(request.data, AddCategory, ignore=READ_ONLY)
        categories.add(shop=self.shop, actor=request.user, fields=wish.sent(), once=once)
        return api.reply(once)


class CategoryDetail(ShopView):
    """One heading of the menu."""

    permissions: ClassVar = {"PUT": Manager, "PATCH": Manager, "DELETE": Manager}

    @schema.describe(responses={200: CategoryFact}, summary="Read a category")
    def get(self, request: Request, shop_id: UUID, category_id: UUID) -> HttpResponse:
        """Answer a category, retired ones too."""
        found = self.shop.categories.filter(pk=category_id).first()
        if found is None:
            raise Missing
        return api.respond(categories.read(found))

    @schema.describe(
        request=ChangeCategory,
        responses={200: CategoryFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a category",
    )
    def patch(self, request: Request, shop_id: UUID, category_id: UUID) -> HttpResponse:
        """Change some of its fields; what is left out stays."""
        once = api.once(request)
        wish = structs.convert(request.data, ChangeCategory, ignore=READ_ONLY)
        categories.change(
            category_id, shop=self.shop, actor=request.user, fields=wish.sent(), once=once
        )
        return api.reply(once)

    @schema.describe(
        request=ChangeCategory,
        responses={200: CategoryFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a category (the same as PATCH)",
    )
    def put(self, request: Request, shop_id: UUID, category_id: UUID) -> HttpResponse:
        """Change some of its fields; what is left out stays."""
        return self.patch(request, shop_id, category_id)

    @schema.describe(responses={200: wire.Message}, errors=[403, 423], summary="Retire a category")
    def delete(self, request: Request, shop_id: UUID, category_id: UUID) -> HttpResponse:
        """Take a heading off the menu; its products stay on it."""
        gone = categories.retire(category_id, shop=self.shop, actor=request.user)
        return api.respond(wire.Message(f"{gone.name} is offered no more."))
