"""Who opens a socket, from where, and where they want to go on: read from the ASGI scope."""

import re
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.http import is_same_domain

from accounts import sessions, tokens
from accounts.errors import TokenInvalid
from accounts.principals import Principal
from live import tickets
from live.errors import ForeignOrigin, SessionEnded, Unknown

__all__ = ["BEARER", "SEQ", "Credentials", "Cursor", "credentials", "cursor", "enter", "is_welcome"]

#: The subprotocol that carries an access token: ``bearer, <token>``. A browser's socket can
#: send no header, and a token in the address would end up in logs.
BEARER = "bearer"

#: A seq, as addresses and headers name it.
SEQ = re.compile(r"[0-9]{1,18}", re.ASCII)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Credentials(NamedTuple):
    """What a socket shows: the session, and the token version where a token named it.

    With a ``ticket`` the session is not known before that is redeemed.
    """

    sid: UUID | None
    token_version: int | None
    ticket: str = ""


class Cursor(NamedTuple):
    """``?after=``: the last event the screen has; ``None``: it follows from now."""

    seq: int | None
    is_known: bool  # False: no cursor that we ever gave out


def cursor(scope: dict[str, Any]) -> Cursor:
    """Read ``?after=`` of the address."""
    given = _asked(scope, "after")
    if given is None:
        return Cursor(None, is_known=True)
    if len(given) == 1 and SEQ.fullmatch(given[0]):
        return Cursor(int(given[0]), is_known=True)
    return Cursor(None, is_known=False)


def credentials(scope: dict[str, Any]) -> Credentials:
    """Read the ticket, token or session cookie. Raises ``SessionEnded``, ``ForeignOrigin``.

    A cookie counts only for a page of our own; a ticket or token also for the ``ALLOWED_ORIGINS``,
    and for programs, which have no origin.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin1")
    is_ours = _is_ours(origin, headers.get(b"host", b"").decode("latin1"))
    offered, shown = scope["subprotocols"], _asked(scope, "ticket")
    if shown is not None or BEARER in offered:
        if origin and not is_ours and origin not in settings.CORS_ALLOWED_ORIGINS:
            raise ForeignOrigin
        return Credentials(None, None, shown[0]) if shown else _from_token(offered)
    cookie = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
    if not is_ours and (origin or cookie):
        raise ForeignOrigin
    return _from_cookie(cookie)


def enter(shown: Credentials, shop_id: UUID) -> Principal:
    """Return who this is in the shop.

    Raises ``SessionEnded``, also for a till that has locked itself, ``Unknown`` for no member.
    """
    sid = tickets.redeem(shown.ticket, shop_id=shop_id) if shown.sid is None else shown.sid
    if sid is None:
        raise SessionEnded
    caller = sessions.principal(sid, shop_id=shop_id, token_version=shown.token_version)
    if caller is None or caller.is_locked:
        raise SessionEnded
    if caller.shop_role is None:
        raise Unknown
    return caller


def is_welcome(origin: str, host: str) -> bool:
    """Whether a page from there may show a token: one of ours or of ``ALLOWED_ORIGINS``.

    Programs have no origin and are welcome.
    """
    return not origin or _is_ours(origin, host) or origin in settings.CORS_ALLOWED_ORIGINS


def _asked(scope: dict[str, Any], name: str) -> list[str] | None:
    """What the address says under this name; ``None``: nothing."""
    return parse_qs(scope["query_string"].decode("latin1"), keep_blank_values=True).get(name)


def _from_token(offered: list[str]) -> Credentials:
    try:
        claims = tokens.read(next((word for word in offered if word != BEARER), ""))
    except TokenInvalid:
        raise SessionEnded from None
    return Credentials(claims.sid, claims.tv)


def _from_cookie(cookie: str) -> Credentials:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    try:
        return Credentials(UUID(store(cookie).get("sid", "")), None)
    except (AttributeError, ValueError):
        raise SessionEnded from None


def _is_ours(origin: str, host: str) -> bool:
    """Whether a page of this very host opened the socket."""
    try:
        page = urlsplit(origin)
        name = page.hostname or ""
    except ValueError:
        return False
    schemes = ("https",) if settings.SESSION_COOKIE_SECURE else ("http", "https")
    if page.scheme not in schemes or not host:
        return False
    port = DEFAULT_PORTS[page.scheme]
    return page.netloc.lower().removesuffix(port) == host.lower().removesuffix(port) and any(
        pattern == "*" or is_same_domain(name, pattern) for pattern in settings.ALLOWED_HOSTS
    )
