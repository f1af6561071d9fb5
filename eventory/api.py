"""A person's logins at Eventory; and where its proxy would be, were this process an ASGI one."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from msgspec import UNSET, structs
from rest_framework.views import APIView

from accounts.permissions import SignedIn
from core.api import View, once, reply, respond
from core.paging import cut
from core.parsing import convert
from core.schema import describe
from eventory import facts, logins
from eventory.errors import AsgiOnly
from eventory.facts import LoginFact
from eventory.serializers import LoginChange, NewLogin

__all__ = ["LoginDetail", "LoginList", "ProxyElsewhere"]

TAGS = ["Eventory"]


class LoginList(View):
    """GET lists the caller's logins, newest first; POST keeps one."""

    permission_classes = [SignedIn]

    @describe(
        responses={200: list[LoginFact]},
        lists=True,
        summary="My logins at Eventory",
        description="Passwords are never part of it.",
        tags=TAGS,
    )
    def get(self, request: Any) -> HttpResponse:
        page = cut(logins.of(request.user.pk), request, count=True)
        return respond([facts.login(row) for row in page.rows], headers=page.headers)

    @describe(
        request=NewLogin,
        responses={201: LoginFact},
        errors=[409],
        creates=True,
        summary="Keep a login at Eventory",
        description=(
            "The password is sealed for this person and this row, and never shown again. Other "
            "keys are ignored. 409 `too_many_logins`."
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        claim = once(request, secret=True)
        claim.repeat()
        wish = convert(request.data, NewLogin)
        logins.add(
            owner=request.user,
            label=wish.label,
            username=wish.username,
            password=wish.password,
            color=wish.color,
            once=claim,
        )
        return reply(claim)


class LoginDetail(View):
    """PUT changes one of the caller's logins; DELETE forgets it."""

    permission_classes = [SignedIn]

    @describe(
        request=LoginChange,
        responses={200: LoginFact},
        summary="Change a login",
        description="What is not sent, or blank, stays; another person's login is 404.",
        tags=TAGS,
    )
    def put(self, request: Any, login_id: UUID) -> HttpResponse:
        wish = structs.asdict(convert(request.data, LoginChange))
        fields = {name: value or "" for name, value in wish.items() if value is not UNSET}
        return respond(logins.change(login_id, owner=request.user, **fields))

    @describe(
        responses={204: None},
        summary="Forget a login",
        description="Its password and token are gone; another person's login is 404.",
        tags=TAGS,
    )
    def delete(self, request: Any, login_id: UUID) -> HttpResponse:
        logins.remove(login_id, owner=request.user)
        return respond(status=204)


PROXY = """
Passes the request on to Eventory's API (`EVENTORY_API_URL`) and its answer back, byte for byte and
streamed. Any method. Two ways:

* **stored**: our token in `Authorization`, `X-Eventory-Login` names a stored login. This server
  signs in at Eventory, keeps that token sealed until it runs out, and tries once more after a 401.
  A login that Eventory refuses is 502 `upstream_sign_in_failed`, one whose password no key opens
  any more 409 `login_unreadable`, one that is not yours 404.
* **pass-through**: our token in `X-Backend-Authorization`; the caller's own `Authorization` goes to
  Eventory untouched, and Eventory's 401 comes back.

Path and query stay as they were sent; dot segments, backslashes and control characters, also
encoded, are 400 `bad_path`. Cookies and forwarded headers are not passed on. A redirect within
Eventory comes back with a `Location` under this address, any other is 502 `upstream_redirect`.

Requests have at most 10 MiB (413), answers 50 MiB (502 `upstream_too_large`). Eventory's own 413,
502, 503 and 504 come back as refusals of ours: 413 `too_large`, 502 `upstream_failed`, 503
`upstream_unavailable`, 504 `upstream_timeout`; so do no connection (502 `upstream_unreachable`,
after 5 seconds 504) and silence for 30 seconds (504). One person may send 600 requests a minute,
100 at once (429).
"""
METHODS = ("get", "post", "put", "patch", "delete")
PARAMETERS = [
    OpenApiParameter("path", OpenApiTypes.STR, OpenApiParameter.PATH),
    OpenApiParameter("X-Eventory-Login", OpenApiTypes.UUID, OpenApiParameter.HEADER),
    OpenApiParameter("X-Backend-Authorization", OpenApiTypes.STR, OpenApiParameter.HEADER),
]


class ProxyElsewhere(APIView):
    """Describes the proxy, which ``eventory.consumers`` is; under WSGI it says where to go.

    It is no ``View``: a proxy's answers are not ours to word, and idempotency is not ours to keep.
    """

    permission_classes = [SignedIn]
    http_method_names = [*METHODS, "head", "options"]


def _elsewhere(method: str) -> Any:
    def handler(self: ProxyElsewhere, request: Any, path: str) -> HttpResponse:
        raise AsgiOnly(retry_after=60)

    handler.__name__ = method
    described = describe(
        responses={200: OpenApiTypes.BINARY},
        errors=[409, 413, 502, 503, 504],
        summary="Ask Eventory",
        description=PROXY,
        parameters=PARAMETERS,
        tags=TAGS,
    )
    return described(handler)


for name in METHODS:
    setattr(ProxyElsewhere, name, _elsewhere(name))
