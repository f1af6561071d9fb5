"""The API's documents: the OpenAPI file and two ways to read it, all from this server."""

from functools import cache
from importlib.resources import files

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import path
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

__all__ = ["api", "root"]

OPENAPI = "/api/v1/openapi.json"
REDOC_SCRIPT = "/api/v1/redoc.js"
REDOC_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"


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


@cache
def bundle() -> bytes:
    """Return Redoc's script without the one picture that it fetches from elsewhere."""
    place = "static/drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
    script = files("drf_spectacular_sidecar").joinpath(place).read_text()
    return script.replace(REDOC_LOGO, static("img/mark.svg")).encode()


def redoc_script(request: HttpRequest) -> HttpResponse:
    """Answer with Redoc's script."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(bundle(), content_type="text/javascript", headers=headers)


# Redoc makes its styles and its search worker of its own text: this page alone allows both.
REDOC_POLICY = {"style-src": ["'self'", "'unsafe-inline'"], "worker-src": ["'self'", "blob:"]}


@method_decorator(csp_update(REDOC_POLICY), name="dispatch")
class Redoc(SpectacularRedocView):
    """The document to read, without fonts from elsewhere."""

    template_name = "docs/redoc.html"
    url = OPENAPI

    @staticmethod
    def _redoc_standalone() -> str:
        return REDOC_SCRIPT


api = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", Swagger.as_view(), name="docs"),
    path("redoc", Redoc.as_view(), name="redoc"),
    path("redoc.js", redoc_script),
]
root = [path("docs", Swagger.as_view())]
