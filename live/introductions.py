"""Introductions: who a Socket.IO client says it is, and what it hears if that is not so."""

from typing import Any
from uuid import UUID

from socketio.exceptions import ConnectionRefusedError as Refused

from accounts import sessions, tokens
from accounts.errors import TokenInvalid
from live.following import asking
from live.handshakes import Credentials

__all__ = ["Refused", "credentials", "error", "refused", "session"]

principal = asking(sessions.principal)

SENTENCES = {
    "not_authenticated": "Send auth with a token.",
    "token_invalid": "The token is over or wrong. Sign in again.",
    "session_locked": "The till was left alone. Enter a PIN.",
    "not_found": "There is no such shop, or it is not yours.",
    "too_many": "There are too many of yours already.",
}


def refused(code: str) -> Refused:
    """What the client gets as ``connect_error``."""
    return Refused(SENTENCES[code], {"code": code})


def credentials(token: Any) -> Credentials:
    """Read an access token. Raises ``Refused``."""
    if not token or not isinstance(token, str):
        raise refused("not_authenticated")
    try:
        claims = tokens.read(token.removeprefix("Bearer "))
    except TokenInvalid:
        raise refused("token_invalid") from None
    return Credentials(claims.sid, claims.tv)


async def session(shown: Credentials, shop_id: UUID | None) -> UUID:
    """The living session that was shown, of a member of the shop if one is named.

    Raises ``Refused``.
    """
    caller = await principal(shown.sid, shop_id=shop_id, token_version=shown.token_version)
    if caller is None:
        raise refused("token_invalid")
    if caller.is_locked:
        raise refused("session_locked")
    if shop_id is not None and caller.shop_role is None:
        raise refused("not_found")
    session_id: UUID = caller.session_id
    return session_id


def error(code: str) -> dict[str, Any]:
    """What the client gets as the answer to what it emitted."""
    return {"error": code, "message": SENTENCES[code]}
