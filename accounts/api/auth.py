"""Signing in and out over JSON or a form, refreshing, and who am I."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from accounts import pairs, refresh_tokens, sessions, users
from accounts.api import cookies
from accounts.errors import NotSignedIn, RefreshInvalid
from accounts.facts import UserFact
from accounts.middleware import forget, session_id
from accounts.models import AuthSession
from accounts.pairs import SignedIn as SignedInReply
from accounts.permissions import Anybody, SignedIn
from accounts.serializers import Refreshing, SignIn
from core.api import View, respond
from core.errors import Invalid
from core.parsing import FormParser, MultiPartParser, StrictJSONParser, convert
from core.schema import describe
from core.wire import Message

__all__ = ["Login", "Logout", "Me", "Refresh"]

TAGS = ["Sign-in"]


class Login(View):
    """POST signs a person in by e-mail or username."""

    authentication_classes = []  # a token that has run out must not keep anybody from a new one
    permission_classes = [Anybody]
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]

    @describe(
        request=SignIn,
        responses={200: SignedInReply},
        errors=[403, 415],
        summary="Sign in",
        description=(
            "JSON or a form. `username` may be an e-mail. 401 `bad_credentials` for a wrong "
            "password, an unknown and an inactive account alike; `scope: dev` needs the role dev "
            "or sysadmin (403 `role_too_low`) and a one-time code (401 `otp_invalid`)."
        ),
        tags=TAGS,
        auth=[],
    )
    def post(self, request: Any) -> HttpResponse:
        wish = convert(request.data, SignIn)
        name = wish.username or wish.email
        if not name:
            raise Invalid(errors={"username": ["Send a username or an e-mail."]})
        session = sessions.sign_in(
            name=name,
            password=wish.password,
            scope=wish.scope,
            code=wish.otp,
            device_name=wish.device_name,
            user_agent=request.headers.get("User-Agent", ""),
        )
        refresh_token = refresh_tokens.issue(session=session)
        response = _pair(request, session, refresh_token, timezone.now(), "Signed in.")
        if request.content_type == "application/json":
            cookies.keep(request, response, refresh_token)
        return response


class Refresh(View):
    """POST gives a new pair of tokens for a refresh token, once."""

    authentication_classes = []
    permission_classes = [Anybody]
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]

    @describe(
        request=Refreshing,
        responses={200: SignedInReply},
        summary="Refresh",
        description=(
            "`refresh_token` in the body, or the HttpOnly cookie that signing in set. Single use: "
            "within 10 s a retry gets the same pair, later it ends the session. 401 "
            "`refresh_invalid`."
        ),
        tags=TAGS,
        auth=[],
    )
    def post(self, request: Any) -> HttpResponse:
        token = _refresh_token(request)
        if not token:
            raise RefreshInvalid
        session, successor, at = refresh_tokens.exchange(token)
        response = _pair(request, session, successor, at, "Refreshed.")
        if cookies.read(request):
            cookies.keep(request, response, successor)
        return response


class Logout(View):
    """POST ends the session of the access token, the refresh token or the cookie."""

    permission_classes = [Anybody]
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]

    def perform_authentication(self, request: Any) -> None:
        """Not yet: a refresh token alone may sign out too."""

    @describe(
        request=Refreshing,
        responses={200: Message},
        summary="Sign out",
        description="The access and refresh tokens of the session stop working at once.",
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        token = _refresh_token(request)
        session = refresh_tokens.session_of(token) if token else None
        if session is not None:
            sessions.end(session_id=session.pk, actor=session.user)
        elif request.user is None:
            raise NotSignedIn
        else:
            sessions.end(session_id=request.user.session_id, actor=request.user)
        if session_id(request._request) is not None:
            forget(request._request)
        response = respond(Message("Signed out."))
        cookies.forget(request, response)
        return response


class Me(View):
    """GET says who is signed in."""

    permission_classes = [SignedIn]

    @describe(responses={200: UserFact}, summary="Who am I", tags=TAGS)
    def get(self, request: Any) -> HttpResponse:
        return respond(users.read(request.user.pk))


def _pair(
    request: Any, session: AuthSession, refresh_token: str, at: datetime, message: str
) -> HttpResponse:
    pair = pairs.make(
        session=session,
        refresh_token=refresh_token,
        at=at,
        never_refreshes=cookies.never_refreshes(request),
        message=message,
    )
    return cookies.private(pair)


def _refresh_token(request: Any) -> str:
    return convert(request.data, Refreshing).refresh_token or cookies.read(request)
