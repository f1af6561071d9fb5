"""The shop itself, for its owner."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import shops as shown
from accounts.facts import ShopFact
from accounts.permissions import Owner
from core import api, schema, structs
from pos import shops
from pos.terms_serializers import ChangeShop


class ShopDetail(shown.ShopDetail):
    """A shop, which its owner may change."""

    permissions: ClassVar = {"PUT": Owner, "PATCH": Owner}

    @schema.describe(
        request=ChangeShop,
        responses={200: ShopFact},
        errors=[403, 423],
        creates=True,
        summary="Change a shop",
        tags=shown.TAGS,
    )
    def put(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Change its name, its time zone or the hour at which its business day begins.

        What is left out stays. The currency is one of the settings.
        """
        once = api.once(request)
        wish = structs.convert(request.data, ChangeShop, ignore=shown.READ_ONLY)
        shops.set_up(
            shop=self.shop,
            actor=request.user,
            fields=wish.fields(self.shop.currency),
            role=self.principal.shop_role or "",
            once=once,
        )
        return api.reply(once)

    @schema.describe(
        request=ChangeShop,
        responses={200: ShopFact},
        errors=[403, 423],
        creates=True,
        summary="Change a shop (the same as PUT)",
        tags=shown.TAGS,
    )
    def patch(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Change its name, its time zone or the hour at which its business day begins."""
        return self.put(request, shop_id)
