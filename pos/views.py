"""Pages of the counter: the till, the live list of orders, a customer's receipt."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.principals import Principal
from accounts.views import ROLES, for_members
from licensing import policy
from live import outbox
from pos import catalog, receipts, terms, words
from pos import categories as headings
from pos.papers import page as paper

__all__ = ["orders", "receipt", "till"]

SHOWN = 50  # orders; older ones are found by searching


@require_safe
@for_members
def till(request: HttpRequest, principal: Principal) -> HttpResponse:
    """Where the cashier sells."""
    shop = principal.shop
    page = _page("till", principal)  # holds the cursor, read before the rows
    products = shop.products.with_facts().filter(is_active=True).order_by("name", "id")
    categories = shop.categories.filter(is_active=True).order_by("position", "name")
    page["data"] |= {
        "categories": [headings.read(each) for each in categories],
        "products": catalog.menu(shop, products),
    }
    page["data"] = msgspec.to_builtins(page["data"])
    return render(request, "pos/till.html", page)


@require_safe
@for_members
def orders(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The latest orders; new ones appear as they are placed."""
    page = _page("orders", principal)
    page["orders"] = principal.shop.orders.with_facts().order_by("-created_at", "-id")[:SHOWN]
    included = page["data"]["shop"]["prices_include_tax"]
    page["words"] = page["data"]["words"] = {
        "types": words.TYPES,
        "states": words.STATES,
        "methods": words.METHODS,
        "tax": _("Tax contained") if included else _("Tax"),
    }
    return render(request, "pos/orders.html", page)


@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """A receipt for whoever holds it, or scanned the code on it."""
    written = paper.render(receipts.by_token(token))
    return HttpResponse(written, headers={"Cache-Control": "no-store"})


def _page(name: str, principal: Principal) -> dict[str, Any]:
    """What every page of a shop shows, and what its script starts from."""
    shop = principal.shop
    data = {
        "cursor": outbox.cursor(shop.pk),
        "shop": {
            "id": str(shop.pk),
            "name": shop.name,
            "currency": shop.currency,
            "digits": shop.digits,
            "timezone": shop.timezone,
            "prices_include_tax": terms.of(shop).prices_include_tax,
        },
    }
    return {
        "page": name,
        "live": True,
        "shop": shop,
        "person": principal,
        "role": ROLES[principal.shop_role],
        "licence": policy.of(shop.pk),
        "data": data,
    }
