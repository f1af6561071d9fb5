"""DRF's side of the house: one exception handler, one base view, idempotency and answers.

Nothing here decides; refusals are described by ``core.errors`` wherever they come from.
"""

import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core import exceptions as django_exceptions
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from rest_framework import exceptions, renderers, request, views

from core import context, database, errors, parsing, sealing, wire
from core.idempotency import Once, Repeated, Secret
from core.views import csrf_failure, handler400, handler403, handler404, handler500, refuse

__all__ = [
    "JSONRenderer",
    "View",
    "answer",
    "csrf_failure",
    "handler400",
    "handler403",
    "handler404",
    "handler500",
    "once",
    "refuse",
    "reply",
    "respond",
]

log = logging.getLogger(__name__)

MAX_KEY = 255
MAX_ROUTE = 200  # the column; the fingerprint has all of it
JSON = "application/json"
NO_FILES: MultiValueDict[str, Any] = MultiValueDict()

#: Both mounts of the API, so that a key means the same under either.
MOUNT = re.compile(r"^/api(?:/v1)?(?=/)")


# --- answers ----------------------------------------------------------------------------


def respond(
    payload: object = None, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Answer with JSON: bytes as they are, anything else encoded; 204 has no body."""
    if status == 204:
        return HttpResponse(status=204, headers=headers)
    body = payload if isinstance(payload, bytes) else wire.encode(payload)
    return HttpResponse(body, status=status, headers=headers, content_type=JSON)


class JSONRenderer(renderers.BaseRenderer):
    """Writes ``Response`` data the way ``respond`` does."""

    media_type = JSON
    format = "json"
    charset = None

    def render(self, data: Any, media_type: Any = None, renderer_context: Any = None) -> bytes:
        """Encode; no data, no body."""
        return b"" if data is None else wire.encode(data)


# --- idempotency ------------------------------------------------------------------------


def once(request: Any, *, secret: bool = False) -> Once:
    """Return the request's right to happen once, from ``Idempotency-Key`` or ``client_id``.

    ``secret``: it holds a password, or its answer a token; neither shall lie about readable.
    Raises ``Invalid`` for a key that is too long or not printable. Without a key: each time.
    """
    data = request.data
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key and type(data) is dict:
        key = data.get("client_id") or ""
    if not key:
        return Once()  # remembers the answer for ``reply``, and nothing after
    if type(key) is not str or len(key) > MAX_KEY or not key.isprintable():
        raise errors.Invalid(
            errors={"client_id": [f"Must be text of at most {MAX_KEY} printable characters."]}
        )
    route = f"{request.method} {MOUNT.sub('', request.path_info)}"
    said = route.encode() + b"\0" + wire.plain(data)
    kind, digest = (Secret, sealing.fingerprint) if secret else (Once, _sha256)
    return kind(
        principal=principal(request), route=route[:MAX_ROUTE], key=key, fingerprint=digest(said)
    )


def _sha256(said: bytes) -> bytes:
    return hashlib.sha256(said).digest()


def principal(request: Any) -> str:
    """Say who asks, as idempotency keys are kept apart: a device, a person or an address."""
    user = request.user
    if user is not None and user.pk is not None:
        return f"user:{user.pk}"
    now = context.current()
    return f"device:{now.device_id}" if now.device_id else f"address:{now.address}"


def reply(once: Once) -> HttpResponse:
    """Answer with the bytes that the verb kept."""
    return respond(once.body, once.status)


# --- refusals ---------------------------------------------------------------------------


def answer(error: Exception, about: Mapping[str, Any]) -> HttpResponse:
    """Turn whatever a view raised into our JSON: DRF's ``EXCEPTION_HANDLER``."""
    if isinstance(error, Repeated):
        return respond(error.body, error.status, {"Idempotent-Replay": "true"})
    refusal = error if isinstance(error, errors.DomainError) else translate(error)
    if refusal is None:
        refusal = errors.Internal()
        log.error("A view failed", exc_info=error)
        asked = about.get("request")
        got_request_exception.send(sender=None, request=getattr(asked, "_request", asked))
    elif isinstance(error, DatabaseError | InterfaceError):
        log.warning("The database refused: %s", error)
    return refuse(refusal)


def translate(error: Exception) -> errors.DomainError | None:
    """Say what somebody else's exception means; ``None``: it is our own bug."""
    if isinstance(error, exceptions.APIException):
        return from_drf(error)
    if isinstance(error, DatabaseError | InterfaceError):
        return database.refusal(error)
    if isinstance(error, Http404 | django_exceptions.ObjectDoesNotExist):
        return errors.Missing()
    if isinstance(error, django_exceptions.PermissionDenied):
        return errors.Forbidden()
    if isinstance(error, django_exceptions.RequestDataTooBig):
        return errors.TooLarge()
    if isinstance(error, django_exceptions.ValidationError):
        return errors.Invalid(errors=_django_errors(error))
    bad = django_exceptions.SuspiciousOperation | django_exceptions.BadRequest
    if isinstance(error, bad | MultiPartParserError | UnicodeError):
        return errors.Invalid()
    return None


DRF: dict[type[exceptions.APIException], type[errors.DomainError]] = {
    exceptions.NotAuthenticated: errors.Unauthenticated,
    exceptions.AuthenticationFailed: errors.Unauthenticated,
    exceptions.PermissionDenied: errors.Forbidden,
    exceptions.NotFound: errors.Missing,
    exceptions.UnsupportedMediaType: errors.UnsupportedMedia,
    exceptions.ParseError: errors.Invalid,
}


def from_drf(error: exceptions.APIException) -> errors.DomainError | None:
    """Say what DRF's exception means."""
    if isinstance(error, exceptions.Throttled):
        return errors.TooMany(retry_after=int(error.wait or 60))
    if isinstance(error, exceptions.ValidationError):
        return errors.Invalid(errors=_flat(error.detail) or None)
    if isinstance(error, exceptions.MethodNotAllowed):
        return errors.MethodNotAllowed(method=str(error.args[0] if error.args else ""))
    kind = next((DRF[kind] for kind in type(error).__mro__ if kind in DRF), None)
    if kind is None:
        return errors.Invalid(str(error.detail)) if error.status_code < 500 else None
    said = str(error.detail)
    refusal = kind() if said == str(type(error).default_detail) else kind(said)
    codes = error.get_codes()
    if isinstance(codes, str) and codes != type(error).default_code:
        refusal.code = codes
    return refusal


def _flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Flatten nested field errors: ``{"items.0.quantity": ["…"]}``."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for key, inner in detail.items():
            found |= _flat(inner, f"{path}.{key}" if path else str(key))
        return found
    if isinstance(detail, list) and any(isinstance(one, Mapping) for one in detail):
        return _flat({str(i): one for i, one in enumerate(detail) if one}, path)
    texts = [str(one) for one in (detail if isinstance(detail, list) else [detail])]
    return {path or "body": texts} if texts else {}


def _django_errors(error: django_exceptions.ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return {key: list(texts) for key, texts in error.message_dict.items()}
    return {"body": list(error.messages)}


# --- the base view ----------------------------------------------------------------------


class Request(request.Request):
    """DRF's request, reading JSON bodies by the strict parser without a detour."""

    def _parse(self) -> tuple[Any, MultiValueDict[str, Any]]:
        asked: HttpRequest = self._request
        if asked.content_type != JSON:
            if not asked.content_type and parsing.read(asked):
                raise errors.UnsupportedMedia
            return super()._parse()
        view = self.parser_context["view"]
        if not any(parser.media_type == JSON for parser in self.parsers):
            raise errors.UnsupportedMedia
        return parsing.parse(asked, view.body_type), NO_FILES


class View(views.APIView):
    """The base of every API view: JSON in, JSON out, permissions first, refusals by ``answer``.

    DRF's negotiation, throttles, versions and metadata are left out of the path of a request.
    Set ``parser_classes`` where forms are taken, ``body_type = list`` where a list is.
    """

    parser_classes: ClassVar[list[type]] = [parsing.StrictJSONParser]
    renderer_classes: ClassVar[list[type]] = [JSONRenderer]
    throttle_classes: ClassVar[list[type]] = []
    metadata_class = None
    versioning_class = None
    body_type: ClassVar[type] = dict
    renderer: ClassVar[JSONRenderer] = JSONRenderer()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer one request."""
        self.args, self.kwargs, self.headers = args, kwargs, {}
        self.request = asked = Request(
            request,
            parsers=[parser() for parser in self.parser_classes],
            authenticators=[one() for one in self.authentication_classes],
            negotiator=NEGOTIATOR,
            parser_context={"view": self, "args": args, "kwargs": kwargs},
        )
        asked.accepted_renderer, asked.accepted_media_type = self.renderer, JSON
        asked.version = asked.versioning_scheme = self.format_kwarg = None
        try:
            method = (request.method or "").lower()
            handler = getattr(self, method, None) if method in self.http_method_names else None
            if handler is None:
                raise errors.MethodNotAllowed(method=request.method)
            if method != "options":
                self.perform_authentication(asked)
                self.check_permissions(asked)
            response = handler(asked, *args, **kwargs)
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(asked, response, *args, **kwargs)
        return self.response

    def handle_exception(self, exc: Exception) -> HttpResponse:
        """Answer with the refusal; 405 says what is taken instead."""
        response = answer(exc, {"view": self, "request": self.request})
        if response.status_code == 405:
            response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def permission_denied(self, request: Any, message: Any = None, code: Any = None) -> None:
        """Refuse whom a permission of DRF's kind refused without saying why."""
        if request.user is None:
            raise errors.Unauthenticated
        raise errors.Forbidden(message or "")

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say which methods are taken; whoever asks needs no permission for that."""
        return respond(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


NEGOTIATOR = View.content_negotiation_class()
