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
* **Lists** are bare arrays with `Link: <…>; rel="next"`; `?limit` (50, at most 500), `?cursor`,
  `?skip`, `?page`.
* **Idempotency**: send `Idempotency-Key` (or `client_id`) with every POST; a repeat returns the
  same bytes with `Idempotent-Replay: true`, the same key with another body is 422.
* **Limits**: wrong passwords 5 per account and address and 20 per address in 15 minutes; pairing
  codes 10 guesses per address in 10 minutes; public forms 5 per address in 10 minutes; heartbeats
  60 per site and 600 per address an hour. Over it: 429 with `Retry-After`.
* **Sizes**: a JSON body has at most 1 MiB and 64 levels, an order 500 lines, a key 255 characters.
"""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "DESCRIPTION": DESCRIPTION,
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
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": True,
        "validatorUrl": None,
    },
}
