"""The people of a shop: add one, change what they may do, take it away."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import staff as nouns
from accounts.errors import RoleTooLow
from accounts.models import Membership
from accounts.principals import SHOP_ROLES, Principal
from accounts.views import ROLES, for_members, form
from core.errors import DomainError, Missing

__all__ = ["staff"]

FIELDS = ("name", "username", "email")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def staff(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The list, with what may be changed about each, and a form for somebody new."""
    if not principal.reaches(Membership.Role.MANAGER):
        raise RoleTooLow(Membership.Role.MANAGER)
    refusal = None
    if request.method == "POST":
        try:
            ACTS.get(request.POST.get("act", ""), _nothing)(request, principal)
        except DomainError as problem:
            refusal = problem
        else:
            return redirect("staff", principal.shop.pk)
    return form(request, "accounts/staff.html", _about(request, principal, refusal), refusal)


# --- acts -------------------------------------------------------------------------------------


def _add(request: HttpRequest, principal: Principal) -> None:
    sent = {name: request.POST.get(name, "").strip()[:254] for name in FIELDS}
    user = nouns.add(
        actor=principal,
        shop_id=principal.shop.pk,
        role=request.POST.get("role", ""),
        password=request.POST.get("password", ""),
        **sent,
    )
    messages.success(request, _("%(name)s can sign in now.") % {"name": user})


def _give_role(request: HttpRequest, principal: Principal) -> None:
    user = nouns.change(
        _user_id(request),
        actor=principal,
        role=request.POST.get("role", ""),
        shop_id=principal.shop.pk,
    )
    messages.success(request, _("%(name)s has a new role and signs in anew.") % {"name": user})


def _set_password(request: HttpRequest, principal: Principal) -> None:
    password = request.POST.get("password", "")
    user = nouns.change(_user_id(request), actor=principal, password=password)
    messages.success(request, _("%(name)s has a new password.") % {"name": user})


def _remove(request: HttpRequest, principal: Principal) -> None:
    nouns.remove(_user_id(request), actor=principal)
    messages.success(request, _("Their access has ended, on every device."))


def _let_in(request: HttpRequest, principal: Principal) -> None:
    user = nouns.change(_user_id(request), actor=principal, is_active=True)
    messages.success(request, _("%(name)s can sign in again.") % {"name": user})


def _nothing(request: HttpRequest, principal: Principal) -> None:
    return None


ACTS: dict[str, Callable[[HttpRequest, Principal], None]] = {
    "add": _add,
    "role": _give_role,
    "password": _set_password,
    "remove": _remove,
    "restore": _let_in,
}


def _user_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("user_id", ""))
    except ValueError:
        raise Missing from None


# --- what the page shows ----------------------------------------------------------------------


def _about(
    request: HttpRequest, principal: Principal, refusal: DomainError | None
) -> dict[str, Any]:
    shop = principal.shop
    members = shop.memberships.select_related("user").order_by("user__name", "user__username")
    mine = SHOP_ROLES.index(Membership.Role(principal.shop_role))
    return {
        "page": "staff",
        "shop": shop,
        "person": principal,
        "role": ROLES[principal.shop_role],
        "roles": [(role.value, ROLES[role]) for role in SHOP_ROLES[: mine + 1]],
        "rows": [_row(each, principal) for each in members],
        "sent": request.POST if refusal is not None else {},
    }


def _row(each: Membership, principal: Principal) -> dict[str, Any]:
    role = Membership.Role(each.role)
    return {
        "user": each.user,
        "role": role.value,
        "words": ROLES[role],
        "is_me": each.user_id == principal.pk,
        "is_above": not principal.reaches(role),
    }
