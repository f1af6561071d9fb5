"""Tax rates over the wire."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Manager
from core import api, schema, structs, wire
from core.errors import Missing
from pos import tax_rates
from pos.api.listing import ACTIVE, wants_active
from pos.menu_facts import TaxRateFact
from pos.menu_serializers import AddTaxRate, ChangeTaxRate, read_only

#: Keys of a row of ours that may come back and have no effect.
READ_ONLY = read_only(TaxRateFact, ChangeTaxRate)


class TaxRateList(ShopView):
    """The shop's named taxes."""

    permissions: ClassVar = {"POST": Manager}

    @schema.describe(
        responses={200: list[TaxRateFact]}, parameters=[ACTIVE], summary="List tax rates"
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer the taxes by name; not cut into pages."""
        found = self.shop.tax_rates.filter(is_active=wants_active(request.GET))
        return api.respond([tax_rates.read(one) for one in found.order_by("name")])

    @schema.describe(
        request=AddTaxRate,
        responses={201: TaxRateFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Add a tax rate",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Add a tax rate; a retired one of this name comes back."""
        once = api.once(request)
        wish = structs.convert(request.data, AddTaxRate, ignore=READ_ONLY)
        tax_rates.add(shop=self.shop, actor=request.user, fields=wish.fields(), once=once)
        return api.reply(once)


class TaxRateDetail(ShopView):
    """One named tax."""

    permissions: ClassVar = {"PUT": Manager, "PATCH": Manager, "DELETE": Manager}

    @schema.describe(responses={200: TaxRateFact}, summary="Read a tax rate")
    def get(self, request: Request, shop_id: UUID, tax_rate_id: UUID) -> HttpResponse:
        """Answer a tax rate, retired ones too."""
        found = self.shop.tax_rates.filter(pk=tax_rate_id).first()
        if found is None:
            raise Missing
        return api.respond(tax_rates.read(found))

    @schema.describe(
        request=ChangeTaxRate,
        responses={200: TaxRateFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a tax rate",
    )
    def patch(self, request: Request, shop_id: UUID, tax_rate_id: UUID) -> HttpResponse:
        """Change some of its fields; what is left out stays."""
        once = api.once(request)
        wish = structs.convert(request.data, ChangeTaxRate, ignore=READ_ONLY)
        tax_rates.change(
            tax_rate_id, shop=self.shop, actor=request.user, fields=wish.fields(), once=once
        )
        return api.reply(once)

    @schema.describe(
        request=ChangeTaxRate,
        responses={200: TaxRateFact},
        errors=[403, 409, 423],
        creates=True,
        summary="Change a tax rate (the same as PATCH)",
    )
    def put(self, request: Request, shop_id: UUID, tax_rate_id: UUID) -> HttpResponse:
        """Change some of its fields; what is left out stays."""
        return self.patch(request, shop_id, tax_rate_id)

    @schema.describe(
        responses={200: wire.Message}, errors=[403, 409, 423], summary="Retire a tax rate"
    )
    def delete(self, request: Request, shop_id: UUID, tax_rate_id: UUID) -> HttpResponse:
        """Offer a tax no more; products on the menu must have another one first."""
        gone = tax_rates.retire(tax_rate_id, shop=self.shop, actor=request.user)
        return api.respond(wire.Message(f"{gone.name} is offered no more."))
