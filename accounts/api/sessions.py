"""Where a person is signed in, and the end of it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from accounts import sessions
from accounts.api import cookies
from accounts.middleware import forget, session_id
from accounts.models import AuthSession
from accounts.permissions import SignedIn
from accounts.serializers import AuthSessionFact
from core.api import View, respond
from core.errors import Missing
from core.paging import cut
from core.schema import describe
from core.wire import Message

__all__ = ["LogoutAll", "SessionDetail", "SessionList"]

TAGS = ["Sign-in"]


class LogoutAll(View):
    """POST ends every session of the caller, on every device."""

    permission_classes = [SignedIn]

    @describe(
        responses={200: Message},
        summary="Sign out everywhere",
        description="Every access and refresh token of the person stops working at once.",
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        sessions.end_all(user_id=request.user.pk, actor=request.user, because="signed out")
        response = respond(Message("Signed out everywhere."))
        _leave(request, response)
        return response


class SessionList(View):
    """GET lists where the caller is signed in, newest first; DELETE ends all but this one."""

    permission_classes = [SignedIn]

    @describe(responses={200: list[AuthSessionFact]}, lists=True, summary="My sessions", tags=TAGS)
    def get(self, request: Any) -> HttpResponse:
        page = cut(sessions.of(request.user.pk), request, count=True)
        return respond([_fact(row, request) for row in page.rows], headers=page.headers)

    @describe(
        responses={200: Message},
        summary="Sign out everywhere else",
        description="This session goes on.",
        tags=TAGS,
    )
    def delete(self, request: Any) -> HttpResponse:
        here = request.user
        ended = sessions.end_others(session_id=here.session_id, user_id=here.pk, actor=here)
        return respond(Message(f"Signed out of {ended} other sessions."))


class SessionDetail(View):
    """GET reads one of the caller's sessions; DELETE ends it."""

    permission_classes = [SignedIn]

    @describe(responses={200: AuthSessionFact}, summary="One of my sessions", tags=TAGS)
    def get(self, request: Any, session_id: UUID) -> HttpResponse:
        return respond(_fact(_mine(request, session_id), request))

    @describe(
        responses={200: Message},
        summary="End one of my sessions",
        description="Its tokens, cookie and sockets stop at once.",
        tags=TAGS,
    )
    def delete(self, request: Any, session_id: UUID) -> HttpResponse:
        row = _mine(request, session_id)
        if not sessions.end(session_id=row.pk, actor=request.user):
            raise Missing
        response = respond(Message("Signed out there."))
        if row.pk == request.user.session_id:
            _leave(request, response)
        return response


def _mine(request: Any, wanted: UUID) -> AuthSession:
    row = sessions.of(request.user.pk).filter(pk=wanted).first()
    if row is None:
        raise Missing
    return row


def _leave(request: Any, response: HttpResponse) -> None:
    if session_id(request._request) is not None:
        forget(request._request)
    cookies.forget(request, response)


def _fact(row: AuthSession, request: Any) -> AuthSessionFact:
    return AuthSessionFact(
        id=row.pk,
        device_id=row.device_id,
        device_name=row.device_name,
        user_agent=row.user_agent,
        ip=row.ip or "",
        scope=row.scope,
        is_current=row.pk == request.user.session_id,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )
