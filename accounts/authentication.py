"""How a request says who speaks: an access token, or the session cookie of our own screens."""

from typing import Any
from uuid import UUID

from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication

from accounts import devices, sessions, tokens
from accounts.errors import BadOrigin, DeviceInvalid, SessionLocked, TokenInvalid
from accounts.middleware import session_id
from accounts.models import Device as PairedDevice
from accounts.principals import Principal

__all__ = ["Bearer", "Device", "Screen", "bearer"]


class Bearer(BaseAuthentication):
    """``Authorization: Bearer <access token>``. A bad token is refused, whatever else came."""

    def authenticate(self, request: Any) -> tuple[Principal, str] | None:
        """Return who the token speaks for, ``None`` without one.

        Raises ``TokenInvalid``, ``SessionLocked``.
        """
        token = bearer(request)
        if token is None:
            return None
        claims = tokens.read(token)
        principal = sessions.principal(
            claims.sid, shop_id=_shop_id(request), token_version=claims.tv
        )
        if principal is None or principal.pk != claims.sub:
            raise TokenInvalid
        _use(principal, request)
        return principal, token

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'


class Screen(BaseAuthentication):
    """The session cookie; a request that changes something also brings the CSRF token."""

    def authenticate(self, request: Any) -> tuple[Principal, None] | None:
        """Return who the cookie speaks for, ``None`` without one.

        Raises ``BadOrigin``, ``TokenInvalid`` if the session has ended, and ``SessionLocked``.
        """
        sid = session_id(request._request)
        if sid is None:
            return None
        principal = sessions.principal(sid, shop_id=_shop_id(request))
        if principal is None:
            raise TokenInvalid
        _refuse_forgery(request._request)
        _use(principal, request)
        return principal, None

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="api"'


class Device(BaseAuthentication):
    """``Authorization: Bearer <device token>``: a device, which is nobody.

    Only views that name this class read a device's token, so it opens nothing else. The device
    is ``request.auth``; there is no ``request.user``.
    """

    def authenticate(self, request: Any) -> tuple[None, PairedDevice] | None:
        """Return the device, ``None`` without a token. Raises ``DeviceInvalid``."""
        token = bearer(request)
        if token is None:
            return None
        device = devices.by_token(token)
        if device is None:
            raise DeviceInvalid
        devices.touch(device)
        return None, device

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="device"'


def bearer(request: Any) -> str | None:
    """Return the bearer token that a request carries, ``None`` if it carries none."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _use(principal: Principal, request: Any) -> None:
    """Write down that the session is in use, unless its till was left alone for too long."""
    if principal.is_locked:
        raise SessionLocked
    # A page that only watches asks by itself: nobody needs to be there.
    if not getattr(request.parser_context["view"], "only_watches", False):
        sessions.touch(principal)


def _shop_id(request: Any) -> UUID | None:
    """The shop that the path names, so that the same statement can read the membership."""
    shop_id = request.parser_context["kwargs"].get("shop_id")
    return shop_id if isinstance(shop_id, UUID) else None


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: Any, reason: str) -> Any:
        raise BadOrigin


CSRF = _Csrf(lambda request: None)  # type: ignore[arg-type, return-value]


def _refuse_forgery(request: Any) -> None:
    CSRF.process_request(request)
    CSRF.process_view(request, lambda: None, (), {})
