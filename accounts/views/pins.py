"""A person's own PIN, for the shared terminals of a shop."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import pins, users
from accounts.models import Membership
from accounts.principals import Principal
from accounts.views import for_people, form, visitor
from core.errors import DomainError, Invalid

__all__ = ["own_pin"]


@sensitive_post_parameters("pin", "again", "current_pin", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def own_pin(request: HttpRequest, person: Principal) -> HttpResponse:
    """Choose the PIN that opens the shop's terminals; in each shop another, if one likes."""
    places = users.memberships(person.pk)
    place = _picked(request, places)
    refusal = None
    if request.method == "POST" and place is not None:
        try:
            _change(request, place)
        except DomainError as problem:
            refusal = problem
        else:
            return redirect(f"{reverse('own-pin')}?shop={place.shop_id}&done=1")
    about = {
        "person": person,
        "places": places,
        "place": place,
        "done": "done" in request.GET and refusal is None,
        "asks": place is not None and bool(place.pin) and person.device_id is not None,
    }
    return form(request, "accounts/pin.html", about, refusal)


def _change(request: HttpRequest, place: Membership) -> None:
    actor: Principal | None = visitor(request, shop_id=place.shop_id)
    if actor is None:
        raise Http404
    pin = request.POST.get("pin", "")
    if pin != request.POST.get("again", ""):
        raise Invalid(str(_("The two PINs are not the same. Type them again.")))
    pins.change(
        user_id=actor.pk,
        pin=pin,
        actor=actor,
        current_pin=request.POST.get("current_pin", ""),
        password=request.POST.get("password", ""),
    )


def _picked(request: HttpRequest, places: list[Membership]) -> Membership | None:
    """The shop asked for, else the one that is worked in most likely: the first."""
    try:
        wanted = UUID(request.POST.get("shop") or request.GET.get("shop") or "")
    except ValueError:
        wanted = None
    return next((each for each in places if each.shop_id == wanted), next(iter(places), None))
