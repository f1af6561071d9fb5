"""Pages of a shared terminal: pair this browser, pick a name and type a PIN, lock."""

from types import ModuleType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import devices, middleware, pins, sessions, views
from accounts.models import Device
from accounts.views import ROLES, form, page_wanted, visitor
from core.errors import DomainError

__all__ = ["lock", "pair", "settle_down", "sign_in"]


@never_cache
@sensitive_post_parameters("pin", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """At a paired till pick a name and type a PIN; elsewhere, or if asked for, a password."""
    till = middleware.paired_till(request)
    if till is None or "password" in request.GET or "name" in request.POST:
        return views.sign_in(request)
    devices.touch(till)
    wanted = page_wanted(request)
    home = reverse("till", args=[till.shop_id])
    if request.method != "POST":
        known = visitor(request) is not None
        return redirect(wanted or home) if known else _ask(request, till, wanted)
    person = _id(request.POST.get("user_id", ""))
    try:
        session = pins.sign_in(
            device=till,
            user_id=person,
            pin=request.POST.get("pin", ""),
            user_agent=request.headers.get("User-Agent", ""),
        )
    except DomainError as refusal:
        return _ask(request, till, wanted, refusal)
    middleware.remember(request, session)
    return redirect(wanted or home)


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """End the session and leave the screen to the next person; what they wanted waits."""
    sid = middleware.session_id(request)
    principal = sessions.principal(sid) if sid is not None else None
    if principal is not None:
        because = "left alone" if request.POST.get("idle") else "locked"
        sessions.end(session_id=principal.session_id, actor=principal, because=because)
    middleware.forget(request)
    after = {"next": page_wanted(request)}
    if principal is not None and request.POST.get("idle"):
        after["who"] = str(principal.pk)
    kept = urlencode({name: value for name, value in after.items() if value})
    return redirect(f"{reverse('sign-in')}{'?' if kept else ''}{kept}")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, verbs: ModuleType) -> HttpResponse:
    """Ask for the code that makes this browser a device of a shop; ``verbs`` pair it."""
    if request.method != "POST":
        about = {"till": middleware.paired_till(request)}
        return form(request, "accounts/pair.html", about)
    try:
        paired = verbs.pair(code=request.POST.get("code", ""))
    except DomainError as refusal:
        about = {"code": request.POST.get("code", "")[:64]}
        return form(request, "accounts/pair.html", about, refusal)
    return settle_down(request, paired)


def settle_down(request: HttpRequest, paired: devices.Paired) -> HttpResponse:
    """Make this browser the device: whoever was signed in here is not on it."""
    device = paired.device
    person = visitor(request)
    if person is not None:
        sessions.end(session_id=person.session_id, actor=person)
    middleware.forget(request)
    if device.kind == Device.Kind.TILL:
        response: HttpResponse = redirect("sign-in")
    else:
        response = form(request, "accounts/pair.html", {"done": device})
    middleware.remember_device(response, paired.token)
    return response


def _ask(
    request: HttpRequest, till: Device, wanted: str, refusal: DomainError | None = None
) -> HttpResponse:
    """The faces, and what was wrong with the PIN."""
    faces = pins.faces(till.shop_id)
    who = _id(request.POST.get("user_id") or request.GET.get("who") or "")
    about: dict[str, Any] = {
        "till": till,
        "next": wanted,
        "faces": [(face, ROLES[face.role]) for face in faces if face.has_pin],
        "others": [face for face in faces if not face.has_pin],
        "who": who if any(face.user_id == who and face.has_pin for face in faces) else None,
    }
    return form(request, "accounts/terminal.html", about, refusal)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
