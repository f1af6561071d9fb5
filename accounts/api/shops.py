"""The shops a person belongs to."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from accounts import facts, shops, users
from accounts.api.shop_view import ShopView
from accounts.facts import ShopFact
from accounts.permissions import SignedIn
from accounts.serializers import NewShop
from core.api import View, once, reply, respond
from core.paging import cut
from core.parsing import convert
from core.schema import describe

__all__ = ["ShopDetail", "ShopList"]

TAGS = ["Shops"]


class ShopList(View):
    """GET lists the caller's shops, newest first; POST opens one."""

    permission_classes = [SignedIn]

    @describe(responses={200: list[ShopFact]}, lists=True, summary="My shops", tags=TAGS)
    def get(self, request: Any) -> HttpResponse:
        page = cut(shops.of(request.user.pk), request, count=True)
        return respond([facts.shop(row, row.role) for row in page.rows], headers=page.headers)

    @describe(
        request=NewShop,
        responses={201: ShopFact},
        creates=True,
        summary="Open a shop",
        description="The caller becomes its owner.",
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        claim = once(request)
        claim.repeat()
        wish = convert(request.data, NewShop, ignore=READ_ONLY)
        shops.create(
            owner=users.get(request.user.pk),
            actor=request.user,
            name=wish.name,
            currency=wish.currency,
            timezone=wish.timezone,
            day_starts_at=wish.day_starts_at,
            once=claim,
        )
        return reply(claim)


#: What a GET answers and a POST may send back without effect.
READ_ONLY = frozenset({"id", "role", "owner_id", "created_at", "updated_at"})


class ShopDetail(ShopView):
    """GET reads a shop."""

    @describe(responses={200: ShopFact}, summary="A shop", tags=TAGS)
    def get(self, request: Any, shop_id: UUID) -> HttpResponse:
        role = self.principal.shop_role or ""
        self.shop.refresh_from_db(fields=["created_at", "updated_at"])
        return respond(facts.shop(self.shop, role))
