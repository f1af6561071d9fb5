"""What Django's middleware does for an answer, for those that Django never sees."""

from collections.abc import Mapping
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest, HttpResponse

from eventory.headers import Headers

__all__ = ["cross_origin"]

#: What is looked at to say who may read the answer.
ASKED = {
    b"origin", b"access-control-request-method", b"access-control-request-headers",
    b"access-control-request-private-network",
}  # fmt: skip
ALLOW = CorsMiddleware(lambda request: HttpResponse())


def cross_origin(scope: Mapping[str, Any]) -> tuple[Headers, bool]:
    """The headers that let ``ALLOWED_ORIGINS`` read the answer, and whether that is all of it.

    It is for a browser that asks beforehand what it may send.
    """
    request = HttpRequest()
    request.method, request.path = scope["method"], scope["path"]
    request.path_info = scope["path"]
    for name, value in scope["headers"]:
        if name in ASKED:
            key = f"HTTP_{name.decode().upper().replace('-', '_')}"
            request.META[key] = value.decode("latin1")
    response = ALLOW.check_preflight(request)
    is_preflight = response is not None
    response = ALLOW.add_response_headers(request, response or HttpResponse())
    about = {"content-type", "content-length"}
    said = [(name.lower(), value) for name, value in response.items()]
    return [(n.encode(), v.encode("latin1")) for n, v in said if n not in about], is_preflight
