"""Coming in for the first time."""

from typing import Any

from django.http import HttpResponse

from accounts import newcomers
from accounts.api import cookies
from accounts.pairs import Registered
from accounts.permissions import Anybody
from accounts.serializers import Register as Wish
from core.api import View, once, reply
from core.parsing import FormParser, MultiPartParser, StrictJSONParser, convert
from core.schema import describe

__all__ = ["Register"]


class Register(View):
    """POST adds a person, with a shop of their own if they name one, and signs them in."""

    authentication_classes = []
    permission_classes = [Anybody]
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]

    @describe(
        request=Wish,
        responses={201: Registered},
        errors=[409, 415],
        creates=True,
        summary="Register",
        description=(
            "JSON or a form; `email`, `username` or both, and a password of 8 characters or more. "
            "`shop_name` opens a shop that the newcomer owns. A `role` has no effect: everybody "
            "begins as `user`. 409 `already_registered` if the e-mail or username is taken."
        ),
        tags=["Sign-in"],
        auth=[],
    )
    def post(self, request: Any) -> HttpResponse:
        claim = once(request, secret=True)
        claim.repeat()
        wish = convert(request.data, Wish)
        pair = newcomers.register(
            password=wish.password,
            username=wish.username,
            email=wish.email,
            name=wish.name,
            phone=wish.phone,
            organization=wish.organization,
            shop_name=wish.shop_name,
            device_name=wish.device_name,
            user_agent=request.headers.get("User-Agent", ""),
            never_refreshes=cookies.never_refreshes(request),
            once=claim,
        )
        response = reply(claim)
        response["Cache-Control"] = "no-store"
        if request.content_type == "application/json":
            cookies.keep(request, response, pair.refresh_token)
        return response
