"""Pages of one-time codes: to show one at the console's door, and to set up one's own."""

from collections.abc import Callable
from typing import Any

import segno
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import authenticators, otp
from accounts.principals import Principal
from accounts.views import for_people, form, page_wanted, visitor
from core.errors import DomainError

__all__ = ["own_codes", "show_code"]


@never_cache
@sensitive_post_parameters("otp")
@require_http_methods(["GET", "HEAD", "POST"])
def show_code(request: HttpRequest) -> HttpResponse:
    """Ask for a one-time code before the page they wanted opens; lead who has none to enrol."""
    person, wanted = visitor(request), page_wanted(request)
    if person is None:
        return redirect_to_login(wanted, reverse("sign-in"))
    if not authenticators.is_enrolled(person.pk):
        return redirect_to_login(wanted, reverse("otp"))
    refusal = None
    if request.method == "POST":
        try:
            otp.prove(person=person, session_id=person.session_id, code=request.POST.get("otp", ""))
        except DomainError as problem:
            refusal = problem
    if refusal is None and otp.is_proven(person.session_id):
        return redirect(wanted or "shops")
    return form(request, "accounts/show_code.html", {"person": person, "next": wanted}, refusal)


@sensitive_post_parameters("otp")
@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def own_codes(request: HttpRequest, person: Principal) -> HttpResponse:
    """Set up one's own one-time codes and recovery codes, step by step."""
    codes: list[str] = []
    refusal = None
    if request.method == "POST":
        act = STEPS.get(request.POST.get("step", ""), _nothing)
        try:
            codes = act(person, request.POST.get("otp", ""))
        except DomainError as problem:
            refusal = problem
        if not codes and refusal is None:
            return redirect(request.get_full_path())
    return form(request, "accounts/otp.html", _about(request, person, codes), refusal)


# --- the steps; those that make recovery codes return them, to be shown this once ----------

Step = Callable[[Principal, str], list[str]]


def _offer(person: Principal, code: str) -> list[str]:
    otp.enrol(person=person, session_id=person.session_id)
    return []


def _confirm(person: Principal, code: str) -> list[str]:
    otp.confirm(person=person, session_id=person.session_id, code=code)
    return otp.renew_recovery_codes(person=person, session_id=person.session_id)


def _withdraw(person: Principal, code: str) -> list[str]:
    authenticators.withdraw(person=person)
    return []


def _renew(person: Principal, code: str) -> list[str]:
    return otp.renew_recovery_codes(person=person, session_id=person.session_id)


def _prove(person: Principal, code: str) -> list[str]:
    otp.prove(person=person, session_id=person.session_id, code=code)
    return []


def _nothing(person: Principal, code: str) -> list[str]:
    return []


STEPS: dict[str, Step] = {
    "offer": _offer,
    "confirm": _confirm,
    "withdraw": _withdraw,
    "prove": _prove,
    "renew": _renew,
}


@sensitive_variables()
def _about(request: HttpRequest, person: Principal, codes: list[str]) -> dict[str, Any]:
    """What the page shows: how they stand, the secret that waits, codes made just now."""
    about: dict[str, Any] = {
        "person": person,
        "next": page_wanted(request),
        "standing": otp.standing(person.pk),
        "proven": otp.is_proven(person.session_id),
        "codes": codes,
    }
    waiting = None if codes else authenticators.pending(person)
    if waiting is not None:
        groups = [waiting.secret[at : at + 4] for at in range(0, len(waiting.secret), 4)]
        about |= {"secret": groups, "qr": _qr(waiting.otpauth_uri)}
    return about


def _qr(text: str) -> str:
    """A QR code as the address of a picture: black on white, whatever the page's colours."""
    drawn = segno.make(text, micro=False, error="m")
    return drawn.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)
