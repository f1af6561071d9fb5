"""The way back in for who forgot their password: ask for a letter, open it, choose anew."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import passwords
from accounts.views import form
from core.errors import DomainError

__all__ = ["forgot", "reset"]

LONGEST_NAME = 254


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask who it is; the same page follows whoever it is."""
    if request.method != "POST":
        return render(request, "accounts/forgot.html")
    name = request.POST.get("name", "").strip()[:LONGEST_NAME]
    try:
        passwords.forgot(name=name)
    except DomainError as refusal:
        return form(request, "accounts/forgot.html", {"name": name}, refusal)
    return render(request, "accounts/forgot.html", {"asked": True})


@never_cache
@sensitive_post_parameters("new_password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest) -> HttpResponse:
    """Choose a new password with the letter's token; then sign in with it."""
    token = request.POST.get("token") or request.GET.get("token", "")
    if request.method == "POST":
        try:
            passwords.reset(token=token, new=request.POST.get("new_password", ""))
        except DomainError as refusal:
            return form(request, "accounts/reset.html", {"token": token}, refusal)
        messages.success(request, _("Your password is changed. Sign in with it."))
        return redirect("sign-in")
    response = render(request, "accounts/reset.html", {"token": token})
    response["Referrer-Policy"] = "no-referrer"  # the token is in this page's address
    return response
