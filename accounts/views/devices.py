"""The shop's devices: add one, show its pairing code, see who is on it, revoke it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts import devices as nouns
from accounts.errors import RoleTooLow
from accounts.facts import PairingCodeFact
from accounts.models import Device, Membership
from accounts.principals import Principal
from accounts.views import ROLES, for_members, form
from accounts.views.terminal import settle_down
from core.errors import DomainError, Invalid, Missing

__all__ = ["devices"]

#: Kinds as people call them, and their icons.
KINDS = {
    Device.Kind.TILL: (_("Till"), "layout-grid"),
    Device.Kind.KIOSK: (_("Kiosk"), "shopping-bag"),
    Device.Kind.KDS: (_("Kitchen screen"), "utensils"),
    Device.Kind.BOARD: (_("Ready board"), "concierge-bell"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def devices(request: HttpRequest, principal: Principal, verbs: ModuleType) -> HttpResponse:
    """The list, with a form for a new one; a code just made is shown this once.

    ``verbs`` come with the URL map: they know the licence, and tell the shop's screens.
    """
    if not principal.reaches(Membership.Role.MANAGER):
        raise RoleTooLow(Membership.Role.MANAGER)
    refusal = offered = None
    if request.method == "POST":
        try:
            done = ACTS.get(request.POST.get("act", ""), _nothing)(request, principal, verbs)
        except DomainError as problem:
            refusal = problem
        else:
            if not isinstance(done, PairingCodeFact):
                return done or redirect("devices", principal.shop.pk)
            offered = done
    about = _about(principal) | {"sent": request.POST if refusal else {}}
    if offered is not None:
        about |= _shown(request, offered)
    return form(request, "accounts/devices.html", about, refusal)


# --- acts: a code to show, an answer to give, or nothing, which loads the page again ---------

Done = PairingCodeFact | HttpResponse | None


def _add(request: HttpRequest, principal: Principal, verbs: ModuleType) -> Done:
    row = verbs.register(
        shop=principal.shop,
        kind=request.POST.get("kind", ""),
        name=request.POST.get("name", "")[:120],
        actor=principal,
    )
    return verbs.offer(row.pk, shop=principal.shop, actor=principal)


def _offer(request: HttpRequest, principal: Principal, verbs: ModuleType) -> Done:
    return verbs.offer(_device_id(request), shop=principal.shop, actor=principal)


def _pair_here(request: HttpRequest, principal: Principal, verbs: ModuleType) -> Done:
    """Make this very browser the till: nobody has to type a code."""
    offered = verbs.offer(_device_id(request), shop=principal.shop, actor=principal)
    return settle_down(request, verbs.pair(code=offered.code))


def _revoke(request: HttpRequest, principal: Principal, verbs: ModuleType) -> Done:
    verbs.revoke(_device_id(request), shop=principal.shop, actor=principal)
    return None


def _lock_after(request: HttpRequest, principal: Principal, verbs: ModuleType) -> Done:
    minutes = request.POST.get("lock_minutes", "")
    if not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 6):
        raise Invalid(errors={"lock_minutes": [str(_("Send a whole number of minutes."))]})
    verbs.lock_after(int(minutes), shop=principal.shop, actor=principal)
    return None


def _nothing(request: HttpRequest, principal: Principal, verbs: ModuleType) -> Done:
    return None


ACTS: dict[str, Callable[[HttpRequest, Principal, ModuleType], Done]] = {
    "add": _add,
    "offer": _offer,
    "here": _pair_here,
    "revoke": _revoke,
    "lock": _lock_after,
}


def _device_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("device_id", ""))
    except ValueError:
        raise Missing from None


# --- what the page shows ----------------------------------------------------------------------


def _about(principal: Principal) -> dict[str, Any]:
    shop = principal.shop
    rows = list(nouns.of(shop).filter(revoked_at=None).order_by("name", "pk"))
    people = nouns.people_on(rows)
    return {
        "page": "devices",
        "shop": shop,
        "person": principal,
        "role": ROLES[principal.shop_role],
        "kinds": [(kind.value, words) for kind, (words, _icon) in KINDS.items()],
        "rows": [_row(row, people) for row in rows],
        "lock_after": shop.lock_minutes,
        "longest_lock": nouns.LONGEST_LOCK,
    }


def _row(row: Device, people: dict[UUID, Any]) -> dict[str, Any]:
    words, icon = KINDS[Device.Kind(row.kind)]
    session = people.get(row.pk)
    moments = [row.last_seen_at, session.last_used_at if session else None]
    seen = max((at for at in moments if at is not None), default=None)
    return {
        "device": row,
        "kind": words,
        "icon": icon,
        "session": session,
        "seen": seen,
        "is_here": seen is not None and seen > timezone.now() - 2 * nouns.TOUCH_EVERY,
    }


def _shown(request: HttpRequest, offered: PairingCodeFact) -> dict[str, Any]:
    """The code, and a QR code that opens the pairing page with it.

    Behind ``#`` it stays in the browser: no log on the way reads it.
    """
    address = f"{request.build_absolute_uri(reverse('pair'))}#{offered.code}"
    drawn = segno.make(address, micro=False, error="m")
    return {
        "code": offered.code,
        "device": Device.objects.get(pk=offered.device_id),
        "address": request.build_absolute_uri(reverse("pair")),
        "qr": drawn.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True),
    }
