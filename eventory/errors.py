"""Refusals of logins, and of the way to Eventory and back."""

from core.errors import (
    BadGateway,
    Conflict,
    DomainError,
    GatewayTimeout,
    Invalid,
    TooLarge,
    Unavailable,
)

__all__ = [
    "AsgiOnly",
    "BadHeaders",
    "BadPath",
    "ClientGone",
    "LoginNotNamed",
    "LoginUnreadable",
    "RequestTooLarge",
    "TooManyLogins",
    "UpstreamBusy",
    "UpstreamFailed",
    "UpstreamRedirect",
    "UpstreamSignInFailed",
    "UpstreamTimeout",
    "UpstreamTooLarge",
    "UpstreamUnreachable",
]


class TooManyLogins(Conflict):
    """One person keeps no more."""

    code = "too_many_logins"
    message = "You keep {most} logins already. Remove one you do not use."


class LoginUnreadable(Conflict):
    """The key that sealed the password is gone."""

    code = "login_unreadable"
    message = "The password of this login cannot be read any more. Enter it again."


class LoginNotNamed(Invalid):
    """Our token came alone: which login shall be used, nobody said."""

    code = "login_required"
    message = (
        "Name a stored login in X-Eventory-Login, or send your Eventory token in Authorization "
        "and your own in X-Backend-Authorization."
    )


class BadPath(Invalid):
    """An address that could mean another one upstream."""

    code = "bad_path"
    message = (
        "This path is not passed on: dot segments, backslashes and control characters are not."
    )


class BadHeaders(Invalid):
    """A header came twice, where only one can count."""

    code = "bad_headers"
    message = "{name} came twice. Send it once."


class RequestTooLarge(TooLarge):
    """More than we pass on."""

    message = "The request is larger than 10 MiB. Send less at once."


class UpstreamUnreachable(BadGateway):
    """No connection, or one that broke."""

    code = "upstream_unreachable"
    message = "Eventory cannot be reached. Try again in a moment."


class UpstreamFailed(BadGateway):
    """Eventory's own 502."""

    code = "upstream_failed"
    message = "Eventory reports a failure of its own. Try again in a moment."


class UpstreamSignInFailed(BadGateway):
    """Eventory refuses a stored login: no reason to sign anybody out here."""

    code = "upstream_sign_in_failed"
    message = "Eventory does not accept this login. Check its username and password."


class UpstreamRedirect(BadGateway):
    """Eventory sends its callers elsewhere."""

    code = "upstream_redirect"
    message = "Eventory redirects to another place, where we do not follow."


class UpstreamTooLarge(BadGateway):
    """More than we hand back."""

    code = "upstream_too_large"
    message = "Eventory's answer is larger than 50 MiB. Ask for less at once."


class UpstreamBusy(Unavailable):
    """Eventory's own 503, or all our connections to it are in use."""

    code = "upstream_unavailable"
    message = "Eventory is busy. Try again in {retry_after} seconds."


class UpstreamTimeout(GatewayTimeout):
    """Eventory takes too long to be reached, or to say something."""

    code = "upstream_timeout"
    message = "Eventory does not answer in time. Try again in a moment."


class AsgiOnly(Unavailable):
    """This process speaks WSGI, where a slow upstream would hold a thread."""

    code = "asgi_only"
    message = "This address is answered by the server's ASGI processes. Tell whoever runs it."


class ClientGone(DomainError):
    """Nobody waits for the answer any more."""

    code = "client_gone"
    message = "The request ended early."
