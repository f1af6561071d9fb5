"""The outermost layer of every request: its id, its address, its log line, JSON refusals."""

import logging
import re
from collections.abc import Callable
from time import perf_counter

from csp.middleware import CSPMiddleware
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject, empty

from core import addresses, context, database, errors, ids, views, wire

__all__ = ["ContentPolicy", "RequestContext"]

log = logging.getLogger("countertop.access")

SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{3,79}")

#: Headers that Django does not set, on every answer that has none of its own.
HEADERS = {"Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()"}

#: The policy of what is no page: nothing in it may run or be shown inside another.
CLOSED = "default-src 'none'; frame-ancestors 'none'"

KINDS: dict[int, type[errors.DomainError]] = {
    status: kind for kind, status in errors.STATUS.items()
}


class RequestContext:
    """Gives a request its id and context, both slash forms of API routes, and its log line.

    A refusal that Django itself answers under an API address (unknown route, wrong host, failed
    CSRF check, a crash) leaves as our JSON, whatever ``DEBUG`` says: never as HTML.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        response = self.answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request, without ``HEADERS``."""
        begun = perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if SANE_ID.fullmatch(given) else str(ids.new())
        request.path_info = addresses.routed(request.path_info)
        with context.entered(
            request_id=request_id, address=addresses.client_ip(request), device_id=""
        ):
            response = self.get_response(request)
            if response.status_code >= 400:
                _as_json(request, response)
            response.headers["X-Request-ID"] = request_id
            if log.isEnabledFor(logging.INFO):
                _write_down(request, response, perf_counter() - begun)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a page's view refused, as a page; ``None``: it is our own bug."""
        refusal = error if isinstance(error, errors.DomainError) else None
        if isinstance(error, DatabaseError | InterfaceError):
            refusal = database.refusal(error)
            log.warning("The database refused: %s", error)
        return None if refusal is None else views.page(request, refusal)


class ContentPolicy(CSPMiddleware):
    """The pages' content policy by django-csp; JSON gets a closed one, which is no work."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Say what the answer may load."""
        if response.headers.get("Content-Type") == "application/json":
            response.headers["Content-Security-Policy"] = CLOSED
            return response
        return super().process_response(request, response)


def _as_json(request: HttpRequest, response: HttpResponse) -> None:
    """Replace an HTML refusal under an API address, keeping its status and headers."""
    if response.get("Content-Type", "").startswith("application/json"):
        return
    if response.streaming or not addresses.is_api(request.path_info):
        return
    status = response.status_code
    kind = KINDS.get(status, errors.DomainError)
    refusal = kind(method=request.method) if status == 405 else kind()
    response.content = wire.encode(errors.describe(refusal, context.current().request_id)[1])
    response.headers["Content-Type"] = "application/json"
    response.headers.pop("Content-Length", None)
    for name, value in errors.headers(refusal).items():
        response.headers.setdefault(name, value)


def _write_down(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user._wrapped is empty:
        user = None  # nobody asked who it is; a log line is no reason to
    log.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round(seconds * 1000, 2),
            "user": str(user.pk) if user is not None and user.pk else None,
        },
    )
