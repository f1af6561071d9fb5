"""A new password by a letter."""

from typing import Any

from django.http import HttpResponse

from accounts import passwords
from accounts.permissions import Anybody
from accounts.serializers import ForgottenPassword, ResetPassword
from core.api import View, respond
from core.errors import Invalid
from core.parsing import FormParser, MultiPartParser, StrictJSONParser, convert
from core.schema import describe
from core.wire import Message

__all__ = ["Forgot", "Reset"]

TAGS = ["Sign-in"]


class Forgot(View):
    """POST asks for a letter that opens a new password."""

    authentication_classes = []
    permission_classes = [Anybody]
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]

    @describe(
        request=ForgottenPassword,
        responses={202: Message},
        errors=[415],
        summary="Forgot my password",
        description=(
            "`email`, or `username`. Always 202, after the same time, whether or not anybody has "
            "this address. 5 per address in 10 minutes; over it 429."
        ),
        tags=TAGS,
        auth=[],
    )
    def post(self, request: Any) -> HttpResponse:
        wish = convert(request.data, ForgottenPassword)
        name = wish.email or wish.username
        if not name.strip():
            raise Invalid(errors={"email": ["Send the e-mail of the account."]})
        passwords.forgot(name=name.strip())
        return respond(Message("If we know this address, a letter is on its way."), 202)


class Reset(View):
    """POST sets a new password by the token of the letter, once."""

    authentication_classes = []
    permission_classes = [Anybody]
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]

    @describe(
        request=ResetPassword,
        responses={200: Message},
        errors=[415],
        summary="Reset my password",
        description=(
            "Ends every session and token of the person. 400 `reset_invalid` for a token that is "
            "unknown, used or older than an hour; a password that is too weak leaves it usable."
        ),
        tags=TAGS,
        auth=[],
    )
    def post(self, request: Any) -> HttpResponse:
        wish = convert(request.data, ResetPassword)
        passwords.reset(token=wish.token, new=wish.new_password)
        return respond(Message("The password is changed. Sign in with it."))
