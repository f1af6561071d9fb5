"""How drf-spectacular reads our views: msgspec structs, refusals, paging, one of the two mounts."""

from typing import Any, get_args, get_origin

import msgspec
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from core.paging import DEFAULT_LIMIT, MAX_LIMIT
from core.structs import Exact

__all__ = ["IDEMPOTENCY", "PAGING", "Operation", "Refusal", "body", "one_mount"]

REF = "#/components/schemas/{name}"


class Refusal(msgspec.Struct, omit_defaults=True):
    """Why a request was refused: a sentence for people, a code for programs."""

    detail: str
    error: str
    code: str
    request_id: str
    errors: dict[str, list[str]] | msgspec.UnsetType = msgspec.UNSET


class Listed:
    """Stands for a bare array of structs; ``body`` makes one for each."""

    of: type


PAGING = [
    OpenApiParameter(
        "limit", int, description=f"How many at once: {DEFAULT_LIMIT}, at most {MAX_LIMIT}."
    ),
    OpenApiParameter("cursor", str, description="Where to go on, from the Link header."),
    OpenApiParameter("skip", int, description="How many to leave out."),
    OpenApiParameter("page", int, description="Which page, from 1."),
]
IDEMPOTENCY = [
    OpenApiParameter(
        "Idempotency-Key",
        str,
        OpenApiParameter.HEADER,
        description="Your name for this request: a repeat gets the first answer's bytes.",
    )
]

_lists: dict[type, type] = {}


def body(described: Any) -> Any:
    """Return what spectacular can read for a struct, ``list[Struct]``, serializer or schema."""
    if get_origin(described) is not list:
        return described
    of = get_args(described)[0]
    if of not in _lists:
        _lists[of] = type(f"{of.__name__}List", (Listed,), {"of": of})
    return _lists[of]


def one_mount(endpoints: list[Any], **_: Any) -> list[Any]:
    """Describe each route once: under ``/api/v1``, not again under ``/api``."""
    return [
        endpoint
        for endpoint in endpoints
        if endpoint[0].startswith("/api/v1/") or not endpoint[0].startswith("/api/")
    ]


class Structs(OpenApiSerializerExtension):
    """msgspec structs, by their own JSON Schema."""

    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: str) -> str:
        """Name the component after the class."""
        return self.target.__name__

    def get_identity(self, auto_schema: Any, direction: str) -> str:
        """Components of one name are one, however they were reached."""
        return self.target.__name__

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Describe the struct, and put those inside it beside it."""
        return _schema(self.target, auto_schema)


class Lists(OpenApiSerializerExtension):
    """Bare arrays of structs."""

    target_class = "core.openapi.Listed"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: str) -> str:
        """Name the component after what it lists."""
        return self.target.__name__

    def get_identity(self, auto_schema: Any, direction: str) -> str:
        """Components of one name are one, however they were reached."""
        return self.target.__name__

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Describe the array, and put what it lists beside it."""
        found = _schema(self.target.of, auto_schema)
        _register(auto_schema, self.target.of.__name__, found)
        return {"type": "array", "items": {"$ref": REF.format(name=self.target.of.__name__)}}


class Authenticators(OpenApiAuthenticationExtension):
    """Whoever authenticates by ``Authorization`` is a bearer, anybody else reads the cookie."""

    target_class = "rest_framework.authentication.BaseAuthentication"
    match_subclasses = True
    priority = -1

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name the scheme after the class."""
        kind = self.target if isinstance(self.target, type) else type(self.target)
        return kind.__name__.lower()

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe how to sign a request."""
        if self.name == "bearer":
            return {"type": "http", "scheme": "bearer"}
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def _schema(kind: type, auto_schema: Any) -> dict[str, Any]:
    (schema,), parts = msgspec.json.schema_components([kind], ref_template=REF, schema_hook=_exact)
    for name, part in parts.items():
        if name != kind.__name__:
            _register(auto_schema, name, part)
    return parts[kind.__name__] if "$ref" in schema else schema


def _register(auto_schema: Any, name: str, schema: dict[str, Any]) -> None:
    component = ResolvedComponent(
        name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema
    )
    auto_schema.registry.register_on_missing(component)


def _exact(kind: type) -> dict[str, Any]:
    if kind is Exact:
        return {"type": "string", "format": "decimal", "examples": ["12.50"]}
    raise NotImplementedError


class Operation(AutoSchema):
    """One operation of one address; its id is the method and the path: ``get_shops_by_shop_id``."""

    def get_operation_id(self) -> str:
        """Return a name that no other operation has, on either mount."""
        path = self.path.removeprefix("/api/v1")
        mount = [] if path != self.path else ["root"]
        parts = [
            f"by_{part[1:-1]}" if part.startswith("{") else part.replace("-", "_")
            for part in path.strip("/").split("/")
        ]
        return "_".join([self.method.lower(), *mount, *parts])
