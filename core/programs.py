"""The short way of programs: what only browsers need is left out where there is none.

Origins, cookies, forms, messages and static files cost a program's request time and say nothing
about it (docs/decisions/0018). ``Programs`` leaves them out behind any server; ``Straight``, for
WSGI, leaves out Django's own round of handlers and signals too.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.cache import patch_vary_headers

from core import addresses
from core.api import View
from core.middleware import CLOSED, HEADERS, RequestContext

__all__ = ["Programs", "Straight"]

Answers = Callable[[HttpRequest], HttpResponse]

#: Caches keep the answers to browsers apart from those to programs.
VARY = ("origin",)
#: How many of our hosts' names are known at sight.
HOSTS = 1000


class Programs:
    """Middleware that answers a program's request by its view, past the middleware of browsers.

    A program shows no cookie and no origin, and asks one of our API's views. Everybody else,
    and whatever else, goes the whole way.
    """

    def __init__(self, get_response: Answers) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        match = _asked(request.META, request.path_info)
        if match is None:
            return self.get_response(request)
        request.resolver_match = match
        request.get_host()  # refuses a host that is not ours
        return _closed(_view(request))


class Straight:
    """WSGI application that answers a program's request by its view; ``whole`` answers the rest.

    What it tells is what ``Programs`` tells inside the whole way. Headers that never change are
    asked of their layers once. What those would redirect to HTTPS goes the whole way.
    """

    def __init__(self, whole: WSGIHandler) -> None:
        self.whole = whole
        self.hosts: set[str] = set()
        inside = RequestContext(convert_exception_to_response(self._view))
        self.answer: Answers = convert_exception_to_response(inside.answer)
        self.redirects = settings.SECURE_SSL_REDIRECT
        self.constant = {is_secure: _constant(is_secure) for is_secure in (False, True)}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        match = None
        if path.isascii() and not environ.get("SCRIPT_NAME"):
            match = _asked(environ, addresses.routed(path))
        if match is None:
            return self.whole(environ, start)
        request = WSGIRequest(environ)
        is_secure = request.is_secure()
        if self.redirects and not is_secure:
            return self.whole(environ, start)
        close_old_connections()  # as Django does it at every request's start
        request.resolver_match = match
        response = self.answer(request)
        start(
            f"{response.status_code} {response.reason_phrase}",
            _headers(response, self.constant[is_secure]),
        )
        if response.streaming:
            return response
        request.close()
        return [response.content]

    def _view(self, request: HttpRequest) -> HttpResponse:
        """The answer of the view that was found, to who asks a host of ours."""
        host = request.META.get("HTTP_HOST")
        if host not in self.hosts:
            request.get_host()  # refuses a host that is not ours
            if host is not None and len(self.hosts) < HOSTS:
                self.hosts.add(host)
        return _view(request)


Pairs = list[tuple[str, str]]

#: Headers, each with its name in lower case.
Constants = list[tuple[str, tuple[str, str]]]


def _headers(response: HttpResponse, constant: Constants) -> Pairs:
    """All headers of an answer: its own, and those of ``constant`` that it does not set."""
    if response.has_header("Vary"):
        patch_vary_headers(response, VARY)
    named = response.headers._store  # by their names in lower case; its views are slow
    own = list(named.values())
    if not response.streaming and "content-length" not in named:
        own.append(("Content-Length", str(len(response.content))))
    own += [("Set-Cookie", each.output(header="")) for each in response.cookies.values()]
    return own + [pair for name, pair in constant if name not in named]


def _constant(is_secure: bool) -> Constants:
    """What the layers say with every answer that came over HTTPS, or over HTTP."""
    layer: Any = SecurityMiddleware(_view)
    asked = SimpleNamespace(is_secure=lambda: is_secure)
    response = layer.process_response(asked, _closed(HttpResponse()))
    del response.headers["Content-Type"], response.headers["Content-Length"]
    return [(pair[0].lower(), pair) for pair in (*response.items(), *HEADERS.items())]


def _view(request: HttpRequest) -> HttpResponse:
    """The answer of the view that was found."""
    match = request.resolver_match
    assert match is not None, "found before"  # noqa: S101
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response


def _closed(response: HttpResponse) -> HttpResponse:
    """Set what the layers that were left out would have set."""
    headers = response.headers
    if not response.streaming:
        headers.setdefault("Content-Length", str(len(response.content)))
    headers.setdefault("Content-Security-Policy", CLOSED)
    headers.setdefault("X-Frame-Options", "DENY")
    patch_vary_headers(response, VARY)
    return response


def _asked(meta: Mapping[str, Any], path: str) -> ResolverMatch | None:
    """The view that a program asks; ``None``: it is no program, or asks for something else."""
    if meta.get("HTTP_COOKIE") or meta.get("HTTP_ORIGIN"):
        return None
    if not addresses.is_api(path):
        return None
    try:
        match = _match(settings.ROOT_URLCONF, path)
    except Resolver404:
        return None
    kind = getattr(match.func, "view_class", object)
    return match if issubclass(kind, View) else None


@lru_cache(maxsize=4096)
def _match(urlconf: str, path: str) -> ResolverMatch:
    """As Django's ``resolve``, which tries one address after the other, each time."""
    return resolve(path, urlconf)
