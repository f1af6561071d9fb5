"""Refusals outside of API views: JSON where programs ask, a page where people do."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import select_template

from core import addresses, context, errors, wire

__all__ = ["csrf_failure", "handler400", "handler403", "handler404", "handler500", "page", "refuse"]

log = logging.getLogger(__name__)


class CSRFFailed(errors.Forbidden):
    """A form or a call by session came without its token."""

    code = "csrf_failed"
    message = "This form is too old or came from elsewhere. Load the page again and repeat."


class BadRequest(errors.DomainError):
    """A request Django itself refuses."""

    code = "bad_request"
    message = "The request is not valid. Check the address, the host and the form."


def refuse(error: errors.DomainError) -> HttpResponse:
    """Answer a program with a refusal."""
    status, body = errors.describe(error, context.current().request_id)
    return HttpResponse(
        wire.encode(body),
        status=status,
        headers=errors.headers(error),
        content_type="application/json",
    )


def page(request: HttpRequest, error: errors.DomainError, template: str = "") -> HttpResponse:
    """Answer a refusal as the asker can read it: JSON for a program, a page for a person."""
    if wants_json(request):
        return refuse(error)
    status, body = errors.describe(error, context.current().request_id)
    try:
        names = [template or f"{status}.html", "refusal.html"]
        text = select_template(names).render({"status": status} | body)
    except Exception:  # the error page may be what is broken
        log.exception("The error page failed")
        text = f"<!doctype html><title>{status}</title><p>{body['detail']}</p>"
    return HttpResponse(text, status=status, headers=errors.headers(error))


def wants_json(request: HttpRequest) -> bool:
    """Whether the answer goes to a program: under an API address, or where only JSON is taken."""
    if addresses.is_api(request.path_info):
        return True
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def handler400(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer what Django calls suspicious."""
    return page(request, BadRequest())


def handler403(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer a refused page."""
    return page(request, errors.Forbidden())


def handler404(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer an unknown address."""
    return page(request, errors.Missing())


def handler500(request: HttpRequest) -> HttpResponse:
    """Answer our own failure; Django has logged it."""
    return page(request, errors.Internal())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without its token."""
    return page(request, CSRFFailed(), "403_csrf.html")
