"""Who looks at our pages: the cookie names a session, and the session's row says who it is."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.functional import SimpleLazyObject

from accounts import devices, sessions
from accounts.models import AuthSession, Device, User

__all__ = ["SignedIn", "forget", "paired_till", "remember", "remember_device", "session_id"]

SID = "sid"


class SignedIn(AuthenticationMiddleware):
    """Sets ``request.user``: a ``User``, read when first asked for, else ``AnonymousUser``."""

    def process_request(self, request: HttpRequest) -> None:
        user: Any = SimpleLazyObject(lambda: _user(request))
        request.user = user

        async def auser() -> Any:
            await sync_to_async(bool)(user)
            return user

        request.auser = auser


def remember(request: HttpRequest, session: AuthSession) -> None:
    """Let this browser's cookie name the session, and nothing of the one before."""
    request.session.flush()
    request.session[SID] = session.pk.hex
    request.user = session.user
    rotate_token(request)


def forget(request: HttpRequest) -> None:
    """Take the session out of this browser's cookie; ``sessions.end`` ends it."""
    request.session.flush()
    request.user = AnonymousUser()


def session_id(request: HttpRequest) -> UUID | None:
    """The session that the cookie names."""
    try:
        return UUID(request.session[SID])
    except (KeyError, ValueError, AttributeError, TypeError):
        return None


def _user(request: HttpRequest) -> User | AnonymousUser:
    sid = session_id(request)
    user = sessions.user_of(sid) if sid is not None else None
    return user if user is not None else AnonymousUser()


def remember_device(response: HttpResponse, token: str) -> None:
    """Let this browser be the device; the longest that browsers keep a cookie, 400 days."""
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        token,
        max_age=60 * 60 * 24 * 400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )


def paired_till(request: HttpRequest) -> Device | None:
    """The till that this browser is paired as, ``None``: it is none."""
    device = devices.by_token(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
    return device if device is not None and device.kind == Device.Kind.TILL else None
