"""Refusals, and the one mapping from a refusal to a status and a body.

Raised anywhere, mapped once, in ``describe``: for the API by ``core.api.answer``, for pages and
sockets by themselves. Nouns import this module, so it knows neither DRF nor HTTP requests.
"""

from collections.abc import Mapping, Sequence

__all__ = [
    "STATUS",
    "BadGateway",
    "Conflict",
    "DomainError",
    "Expired",
    "Forbidden",
    "GatewayTimeout",
    "Internal",
    "Invalid",
    "KeyReused",
    "Locked",
    "MethodNotAllowed",
    "Missing",
    "Stale",
    "TooLarge",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "UnsupportedMedia",
    "describe",
    "headers",
]


class DomainError(Exception):
    """A rule said no.

    ``code`` is a promise to clients and never changes; ``message`` is for people and may.
    Keyword arguments fill the message and travel in the body. A sentence given in first place is
    used as it stands instead of ``message``.
    """

    code = "invalid"
    message = "This cannot be done."

    def __init__(self, sentence: str = "", /, **details: object) -> None:
        self.details = details
        super().__init__(sentence or self.message.format(**details))


class Invalid(DomainError):
    """What was sent makes no sense. ``errors`` names the wrong fields: ``{"name": ["…"]}``."""

    message = "The request is not valid. Correct it and send it again."

    def __init__(
        self,
        sentence: str = "",
        /,
        *,
        errors: Mapping[str, Sequence[str]] | None = None,
        **details: object,
    ) -> None:
        if errors:
            sentence = sentence or _first(errors)
            details["errors"] = {field: list(texts) for field, texts in errors.items()}
        super().__init__(sentence, **details)


class Unauthenticated(DomainError):
    """Nobody is signed in."""

    code = "not_authenticated"
    message = "You are not signed in. Sign in and try again."


class Forbidden(DomainError):
    """Signed in, but not allowed."""

    code = "forbidden"
    message = "Your role does not allow this. Ask the owner or a manager."


class Missing(DomainError):
    """Unknown, or not the caller's: both look the same."""

    code = "not_found"
    message = "There is nothing here. Check the address or the id."


class MethodNotAllowed(DomainError):
    """The address is right, the method is not."""

    code = "method_not_allowed"
    message = "This address does not take {method}. See the Allow header for what it takes."


class Conflict(DomainError):
    """The state of things forbids it now."""

    code = "conflict"
    message = "Somebody else was first. Load it again and repeat the change."


class Expired(DomainError):
    """It was there, and is over."""

    code = "expired"
    message = "This has expired. Ask for a new one."


class Stale(DomainError):
    """The caller changed an old version."""

    code = "stale_version"
    message = "This was changed since you loaded it. Load it again and repeat your change."


class TooLarge(DomainError):
    """The body is bigger than we read."""

    code = "too_large"
    message = "The request is too large. Send less at once."


class UnsupportedMedia(DomainError):
    """The body is of a kind we do not read."""

    code = "unsupported_media_type"
    message = "Send the body as application/json in UTF-8."


class KeyReused(DomainError):
    """An idempotency key, or a ``client_id`` that serves as one, came back with another request."""

    code = "idempotency_key_reused"
    message = "This key was used for another request. Send a new key for a new request."


class Locked(DomainError):
    """The site may not do this now; never 401 or 403, on which clients sign out."""

    code = "site_locked"
    message = "This site is locked. Contact your vendor."


class TooMany(DomainError):
    """Too often. ``retry_after`` is in seconds."""

    code = "too_many_requests"
    message = "Too many tries. Wait {retry_after} seconds and try again."

    def __init__(self, sentence: str = "", /, *, retry_after: int = 60, **details: object) -> None:
        super().__init__(sentence, retry_after=max(1, retry_after), **details)


class Unavailable(DomainError):
    """Something we depend on is down or too busy. ``retry_after`` is in seconds."""

    code = "unavailable"
    message = "The server is busy. Nothing was changed; try again in {retry_after} seconds."

    def __init__(self, sentence: str = "", /, *, retry_after: int = 2, **details: object) -> None:
        super().__init__(sentence, retry_after=max(1, retry_after), **details)


class BadGateway(DomainError):
    """A server that we asked on the caller's behalf failed."""

    code = "bad_gateway"
    message = "Another server that this needs failed. Try again in a moment."


class GatewayTimeout(DomainError):
    """A server that we asked on the caller's behalf did not answer in time."""

    code = "gateway_timeout"
    message = "Another server that this needs does not answer. Try again in a moment."


class Internal(DomainError):
    """Our own fault, logged with a trace; the body gives nothing of it away."""

    code = "internal"
    message = "Something went wrong on our side. Try again; if it stays, report the request id."


STATUS: dict[type[DomainError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    Missing: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    Expired: 410,
    Stale: 412,
    TooLarge: 413,
    UnsupportedMedia: 415,
    KeyReused: 422,
    Locked: 423,
    TooMany: 429,
    Internal: 500,
    BadGateway: 502,
    Unavailable: 503,
    GatewayTimeout: 504,
    DomainError: 400,
}


def describe(error: DomainError, request_id: str) -> tuple[int, dict[str, object]]:
    """The one mapping from a refusal to status and body, whatever the edge."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    sentence = str(error)
    body = {"detail": sentence, "error": sentence, "code": error.code, "request_id": request_id}
    return status, error.details | body


def headers(error: DomainError) -> dict[str, str]:
    """Return the HTTP headers that belong to a refusal: how long to wait, how to sign in."""
    found: dict[str, str] = {}
    if isinstance(seconds := error.details.get("retry_after"), int):
        found["Retry-After"] = str(seconds)
    if isinstance(error, Unauthenticated):
        found["WWW-Authenticate"] = 'Bearer realm="api"'
    return found


def _first(errors: Mapping[str, Sequence[str]]) -> str:
    """Say the first complaint in the sentence too: many clients show only that."""
    field, texts = next(iter(errors.items()))
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{field}: {texts[0]}{more}"
