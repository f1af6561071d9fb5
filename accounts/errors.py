"""Refusals of whoever may not speak."""

from core.errors import Conflict, Forbidden, Invalid, Unauthenticated

__all__ = [
    "AlreadyRegistered",
    "BadCredentials",
    "BadOrigin",
    "NotDeveloper",
    "NotSignedIn",
    "OtpInvalid",
    "RefreshInvalid",
    "RoleTooLow",
    "TokenInvalid",
    "UnknownCurrency",
    "UnknownTimezone",
]


class NotSignedIn(Unauthenticated):
    """The request names nobody."""

    code = "not_signed_in"
    message = "You are not signed in. Sign in and try again."


class TokenInvalid(Unauthenticated):
    """The request names somebody, and the name has run out or was never good."""

    code = "token_invalid"
    message = "Your sign-in has ended. Sign in again."


class RefreshInvalid(TokenInvalid):
    """A refresh token that is unknown, expired, used before or of an ended session."""

    code = "refresh_invalid"


class BadCredentials(Unauthenticated):
    """Wrong password, unknown or inactive: one refusal for all three."""

    code = "bad_credentials"
    message = "The name or the password is wrong. Check both and try again."


class OtpInvalid(Unauthenticated):
    """The one-time code is missing or wrong."""

    code = "otp_invalid"
    message = "The one-time code is missing or wrong. Enter the code your app shows now."


class RoleTooLow(Forbidden):
    """A member of the shop, or a user of the platform, whose role does not reach."""

    code = "role_too_low"
    message = "This needs the role {needed}. Ask someone who has it."

    def __init__(self, needed: str) -> None:
        super().__init__(needed=needed)


class NotDeveloper(Forbidden):
    """``scope: dev`` is for developers and sysadmins."""

    code = "role_too_low"
    message = "The developer console is for developers. Sign in without this scope."


class BadOrigin(Forbidden):
    """A browser's unsafe request without the page's own CSRF token."""

    code = "csrf_failed"
    message = "This page is out of date. Load it again and repeat what you did."


class AlreadyRegistered(Conflict):
    """The e-mail or username is taken."""

    code = "already_registered"
    message = "Somebody already uses this e-mail or username. Sign in, or choose another."


class UnknownCurrency(Invalid):
    """Not a currency of ISO 4217."""

    def __init__(self, code: str) -> None:
        super().__init__(errors={"currency": [f"{code} is no currency. Send a code such as EUR."]})


class UnknownTimezone(Invalid):
    """Not a zone of the tz database."""

    def __init__(self, name: str) -> None:
        super().__init__(
            errors={"timezone": [f"{name} is no time zone. Send a name such as Europe/Berlin."]}
        )
