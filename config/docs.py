"""The API's documents: the OpenAPI file and two ways to read it, all from this server."""

from functools import cache

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

__all__ = ["api", "root"]

OPENAPI = "/api/v1/openapi.json"


@cache
def document() -> bytes:
    """Return the OpenAPI document; the URL map does not change while a process runs."""
    found = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiJsonRenderer().render(found)


def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    return HttpResponse(document(), content_type="application/json")


class Swagger(SpectacularSwaggerSplitView):
    """The document to read and try, without an inline script or style."""

    template_name = "docs/swagger.html"
    url = OPENAPI


# Redoc searches in a worker that it makes of its own text.
@method_decorator(csp_update({"worker-src": ["'self'", "blob:"]}), name="dispatch")
class Redoc(SpectacularRedocView):
    """The document to read, without fonts from elsewhere."""

    template_name = "docs/redoc.html"
    url = OPENAPI


api = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", Swagger.as_view(), name="docs"),
    path("redoc", Redoc.as_view(), name="redoc"),
]
root = [path("docs", Swagger.as_view())]
