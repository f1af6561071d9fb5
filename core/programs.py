"""The short way of programs: what only browsers need is left out where there is none.

Origins, cookies, forms, messages and static files cost a program's request time and say nothing
about it (docs/decisions/0018).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import patch_vary_headers

from core import addresses
from core.api import View
from core.middleware import CLOSED

__all__ = ["Programs"]


class Programs:
    """Middleware that answers a program's request by its view, past the middleware of browsers.

    A program shows no cookie and no origin, and asks one of our API's views. Everybody else,
    and whatever else, goes the whole way.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        match = _asked(request)
        if match is None:
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        headers = response.headers
        if not response.streaming:
            headers.setdefault("Content-Length", str(len(response.content)))
        headers.setdefault("Content-Security-Policy", CLOSED)
        headers.setdefault("X-Frame-Options", "DENY")
        patch_vary_headers(response, ("origin",))  # caches keep browsers' answers apart from this
        return response


def _asked(request: HttpRequest) -> ResolverMatch | None:
    """The view that a program asks; ``None``: it is no program, or asks for something else."""
    meta = request.META
    if meta.get("HTTP_COOKIE") or meta.get("HTTP_ORIGIN"):
        return None
    if not addresses.is_api(request.path_info):
        return None
    match = _match(request.path_info)
    kind = getattr(match and match.func, "view_class", object)
    return match if issubclass(kind, View) else None


def _match(path: str) -> ResolverMatch | None:
    """As Django's ``resolve``, which tries one address after the other: once for a fixed one."""
    found = FIXED.get((settings.ROOT_URLCONF, path))
    if found is None:
        try:
            found = resolve(path)
        except Resolver404:
            return None
        if found.route == path[1:]:  # nothing of it is a name or a number
            FIXED[settings.ROOT_URLCONF, path] = found
    return found


#: Addresses without parameters, as many as the URL map has.
FIXED: dict[tuple[str, str], ResolverMatch] = {}
