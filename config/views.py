"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts import middleware
from config import health
from config.roles import CLOUD, does
from core.views import wants_json
from portal.views import forms


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """A page for people; for programs, what this server is."""
    if wants_json(request):
        return health.about(request)
    known = middleware.session_id(request) is not None and request.user.is_authenticated
    about = forms.blank() if does(CLOUD) else {}
    response = render(request, "landing.html", {"known": known} | about)
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response
