"""What the OpenAPI document says: its settings, and how views on structs describe themselves.

The settings import this module, so it loads nothing of DRF before it is used.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

__all__ = ["SPECTACULAR_SETTINGS", "describe"]

V = TypeVar("V", bound=Callable[..., Any])

DESCRIPTION = """
Countertop's API. Every route answers with and without a trailing slash, under `/api/v1` and `/api`.

* **JSON** in and out; keys are snake_case, camelCase is read as the same key. A blank optional
  value means absent.
* **Money** is a decimal string (`"472.00"`), **times** are RFC 3339 UTC (`Z`), **ids** are UUIDs.
* **Refusals** are `{"detail", "error", "code", "errors"?, "request_id"}`; `code` never changes.
  401 is `not_authenticated` or `token_invalid`: sign in again; or `session_locked`: a till was left
  alone and asks for a PIN. A shop whose licence is locked answers 423, never 401 or 403.
* **Lists** are bare arrays with `Link: <…>; rel="next"`; `?limit` (50, at most 500), `?cursor`,
  `?skip`, `?page`.
* **Idempotency**: send `Idempotency-Key` (or `client_id`) with every POST; a repeat returns the
  same bytes with `Idempotent-Replay: true`, the same key with another body is 422.
* **Limits**: wrong passwords 5 per account and address and 20 per address in 15 minutes, and ever
  slower (60 seconds at most) for an account guessed at from many addresses; registering 100 per
  address an hour, 20 taken names in 15 minutes; letters for a new password 5 per address in 10
  minutes; pairing codes 10 guesses per address in 10 minutes; public forms 5 per address in 10 minutes; heartbeats
  60 per site and 500 per address an hour. Over it: 429 with `Retry-After`.
* **Sizes**: a JSON body has at most 1 MiB and 64 levels, an order 500 lines, a key 255 characters.
"""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "DESCRIPTION": DESCRIPTION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "REDOC_UI_SETTINGS": {},
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": False,
    "COMPONENT_SPLIT_REQUEST": False,
    "SORT_OPERATIONS": False,
    "PREPROCESSING_HOOKS": ["core.openapi.one_mount"],
    "POSTPROCESSING_HOOKS": [],  # the one for enums expects serializers
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": True,
        "validatorUrl": None,
    },
}


def describe(
    *,
    request: Any = None,
    responses: Mapping[int, Any] | None = None,
    errors: Sequence[int] = (),
    lists: bool = False,
    creates: bool = False,
    **more: Any,
) -> Callable[[V], V]:
    """Describe a view's method: what it reads, answers and refuses.

    ``request`` and the values of ``responses`` are msgspec structs (or ``list[Struct]``),
    serializers, or ``None`` for no body; ``errors`` are statuses beside the usual 400, 401, 404
    and 429. ``lists`` adds the paging parameters, ``creates`` the ``Idempotency-Key``. ``more``
    goes to ``extend_schema`` (``summary``, ``description``, ``tags``, ``parameters``, …).
    """

    def apply(view: V) -> V:
        from drf_spectacular.utils import extend_schema

        from core import openapi

        more["parameters"] = [
            *more.get("parameters", ()),
            *(openapi.PAGING if lists else ()),
            *(openapi.IDEMPOTENCY if creates else ()),
        ]
        statuses = {400, 401, 404, 429, *errors, *({422} if creates else ())}
        answers = {code: openapi.body(kind) for code, kind in (responses or {204: None}).items()}
        answers |= dict.fromkeys(sorted(statuses), openapi.Refusal)
        return extend_schema(request=openapi.body(request), responses=answers, **more)(view)

    return apply
