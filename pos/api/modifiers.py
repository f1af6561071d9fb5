"""Modifier groups over the wire."""

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Manager
from core import api, schema, structs, wire
from core.errors import Missing
from pos import modifiers
from pos.api.listing import ACTIVE, wants_active
from pos.menu_facts import ModifierGroupFact
from pos.menu_serializers import AddModifierGroup, ChangeModifierGroup, read_only
from pos.models import ModifierGroup

#: Keys of a row of ours that may come back and have no effect.
READ_ONLY = read_only(ModifierGroupFact, ChangeModifierGroup)


class ModifierGroupList(ShopView):
    """The choices that the shop's products offer."""

    permissions: ClassVar = {"POST": Manager}

    @schema.describe(
        responses={200: list[ModifierGroupFact]},
        parameters=[ACTIVE],
        summary="List modifier groups",
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the choices with all their modifiers; not cut into pages."""
        found = self.shop.modifier_groups.filter(is_active=wants_active(request.GET))
        return api.respond([modifiers.read(one) for one in _ordered(found)])

    @schema.describe(
        request=AddModifierGroup,
        responses={201: ModifierGroupFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Add a modifier group",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Add a modifier group; a retired one of this name comes back."""
        once = api.once(request)
        wish = structs.convert(request.data, AddModifierGroup, ignore=READ_ONLY)
        modifiers.add(
            shop=self.shop, actor=request.user, fields=wish.fields(self.shop.digits), once=once
        )
        return api.reply(once)


class ModifierGroupDetail(ShopView):
    """One choice with its modifiers."""

    permissions: ClassVar = {"PUT": Manager, "PATCH": Manager, "DELETE": Manager}

    @schema.describe(responses={200: ModifierGroupFact}, summary="Read a modifier group")
    def get(self, request: Request, shop_id: UUID, modifier_group_id: UUID) -> HttpResponse:
        """Answer a modifier group, retired ones too."""
        found = self.shop.modifier_groups.filter(pk=modifier_group_id).first()
        if found is None:
            raise Missing
        return api.respond(modifiers.read(found))

    @schema.describe(
        request=ChangeModifierGroup,
        responses={200: ModifierGroupFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a modifier group",
    )
    def patch(self, request: Request, shop_id: UUID, modifier_group_id: UUID) -> HttpResponse:
        """Change some of its fields; what is left out stays.

        `modifiers` is the whole list: those left out of it retire.
        """
        once = api.once(request)
        wish = structs.convert(request.data, ChangeModifierGroup, ignore=READ_ONLY)
        modifiers.change(
            modifier_group_id,
            shop=self.shop,
            actor=request.user,
            fields=wish.fields(self.shop.digits),
            once=once,
        )
        return api.reply(once)

    @schema.describe(
        request=ChangeModifierGroup,
        responses={200: ModifierGroupFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a modifier group (the same as PATCH)",
    )
    def put(self, request: Request, shop_id: UUID, modifier_group_id: UUID) -> HttpResponse:
        """Change some of its fields; what is left out stays.

        `modifiers` is the whole list: those left out of it retire.
        """
        return self.patch(request, shop_id, modifier_group_id)

    @schema.describe(
        responses={200: wire.Message}, errors=[403, 423], summary="Retire a modifier group"
    )
    def delete(self, request: Request, shop_id: UUID, modifier_group_id: UUID) -> HttpResponse:
        """Offer a choice no more, with any product."""
        gone = modifiers.retire(modifier_group_id, shop=self.shop, actor=request.user)
        return api.respond(wire.Message(f"{gone.name} is offered no more."))


def _ordered(found: QuerySet[ModifierGroup]) -> QuerySet[ModifierGroup]:
    rows = found.select_related("shop").prefetch_related("modifiers")
    return rows.order_by("position", "name")
