"""Pages of people: signing in and out, the list of one's shops, and who may see a shop's page."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import devices as nouns
from accounts import middleware, otp, sessions
from accounts.models import Membership
from accounts.principals import Principal
from core import errors
from core.errors import DomainError, TooMany

__all__ = [
    "ROLES", "for_members", "for_people", "form", "page_wanted", "shops", "sign_in", "sign_out",
    "visitor",
]  # fmt: skip

#: Roles in a shop as people call them.
ROLES = {
    Membership.Role.CASHIER: _("Cashier"),
    Membership.Role.MANAGER: _("Manager"),
    Membership.Role.OWNER: _("Owner"),
}

Page = Callable[..., HttpResponseBase]


def for_members(page: Page) -> Page:
    """Open a page under ``shops/<shop_id>`` to members; it gets the ``Principal``, with its shop.

    Strangers sign in first. A shop that is not theirs answers as an unknown one. The page is
    never kept by a cache.
    """

    @wraps(page)
    def guarded(request: HttpRequest, shop_id: UUID, **given: Any) -> HttpResponseBase:
        principal = visitor(request, shop_id=shop_id)
        if principal is None:
            return redirect_to_login(request.get_full_path(), reverse("sign-in"))
        if principal.shop is None:
            raise Http404
        return page(request, principal, **given)

    return never_cache(guarded)


def for_people(page: Page) -> Page:
    """Open a page to whoever is signed in; strangers sign in first. No cache keeps it."""

    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        person = visitor(request)
        if person is None:
            return redirect_to_login(request.get_full_path(), reverse("sign-in"))
        return page(request, person)

    return never_cache(guarded)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is; go on to the page they wanted."""
    wanted = page_wanted(request)
    if request.method != "POST":
        known = visitor(request) is not None
        return redirect(wanted or "shops") if known else _ask(request, wanted)
    try:
        session = sessions.sign_in(
            name=request.POST.get("name", "").strip(),
            password=request.POST.get("password", ""),
            user_agent=request.headers.get("User-Agent", ""),
            device=middleware.paired_till(request),
        )
    except DomainError as refusal:
        return _ask(request, wanted, refusal)
    middleware.remember(request, session)
    if session.user.is_staff and otp.is_due(session.pk):
        return redirect_to_login(wanted or reverse("admin:index"), reverse("sign-in-code"))
    return redirect(wanted or "shops")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here and now, on the server too."""
    principal = visitor(request)
    if principal is not None:
        sessions.end(session_id=principal.session_id, actor=principal)
    middleware.forget(request)
    return redirect("sign-in")


@require_safe
@for_people
def shops(request: HttpRequest, principal: Principal) -> HttpResponse:
    """The shops a person belongs to, each with its doors."""
    memberships = Membership.objects.filter(user_id=principal.pk).select_related("shop")
    cards = [
        {"shop": each.shop, "role": ROLES[Membership.Role(each.role)]}
        for each in memberships.order_by("shop__name", "pk")
    ]
    return render(request, "accounts/shops.html", {"person": principal, "cards": cards})


def visitor(request: HttpRequest, shop_id: UUID | None = None) -> Principal | None:
    """Who looks at the page, and what they are in the shop; ``None``: nobody is signed in.

    A till that was left alone too long is locked, whoever comes back to it.
    """
    sid = middleware.session_id(request)
    principal = sessions.principal(sid, shop_id=shop_id) if sid is not None else None
    if principal is None or nouns.locks(principal):
        return None
    sessions.touch(principal)
    return principal


def page_wanted(request: HttpRequest) -> str:
    """The page of ours that ``?next=`` names; blank for none, or for a page elsewhere."""
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else ""


def _ask(request: HttpRequest, wanted: str, refusal: DomainError | None = None) -> HttpResponse:
    """The form, with what was wrong."""
    about = {
        "next": wanted,
        "name": request.POST.get("name", "")[:254],
        "till": middleware.paired_till(request),
    }
    return form(request, "accounts/sign_in.html", about, refusal)


def form(
    request: HttpRequest, template: str, about: dict[str, Any], refusal: DomainError | None = None
) -> HttpResponse:
    """A page with a form, saying what was wrong with what was sent, if anything was."""
    if refusal is None:
        return render(request, template, about)
    about = about | {"error": str(refusal)}
    if isinstance(refusal, TooMany):
        about["minutes"] = ceil(int(refusal.details["retry_after"]) / 60)
    status, _body = errors.describe(refusal, "")
    response = render(request, template, about, status=status)
    for name, value in errors.headers(refusal).items():
        response[name] = value
    return response
