"""The refresh token as an HttpOnly cookie, and the pair of tokens as an answer."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse

from core.api import respond

__all__ = ["forget", "keep", "never_refreshes", "private", "read"]

COOKIE = "refresh_token"


def private(payload: object, status: int = 200) -> HttpResponse:
    """Answer with something that no cache on the way may keep."""
    return respond(payload, status, headers={"Cache-Control": "no-store"})


def read(request: Any) -> str:
    """The refresh token in the cookie, blank without one."""
    token: str = request.COOKIES.get(COOKIE, "")
    return token


def keep(request: Any, response: HttpResponse, token: str) -> None:
    """Let the browser keep the refresh token where no script sees it.

    Not for an answer to a form: a form of another site can be posted without asking, and shall
    not leave a cookie.
    """
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.REFRESH_TOKEN_LIFETIME,
        path=_mount(request),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def forget(request: Any, response: HttpResponse) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, path=_mount(request), samesite="Strict")


def never_refreshes(request: Any) -> bool:
    """Whether the front ends of this mount never refresh: those of the root and of ``/api``."""
    return not request.path_info.startswith("/api/v1/")


def _mount(request: Any) -> str:
    """The sign-in routes of this mount, the only ones that need the refresh token."""
    path: str = request.path_info
    mount = next((mount for mount in ("/api/v1", "/api") if path.startswith(f"{mount}/")), "")
    return f"{mount}/auth"
