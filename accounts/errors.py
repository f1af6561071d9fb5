"""Refusals of whoever may not speak."""

from core.errors import Conflict, Forbidden, Invalid, Unauthenticated, Unavailable

__all__ = [
    "AlreadyRegistered",
    "ApprovalInvalid",
    "ApprovalRequired",
    "BadCredentials",
    "BadOrigin",
    "CodeInvalid",
    "DeviceInvalid",
    "DeviceNotAllowed",
    "DeviceRevoked",
    "LastOwner",
    "LastSysadmin",
    "NoPinForYou",
    "NotDeveloper",
    "NotEnrolled",
    "NotSignedIn",
    "NothingToConfirm",
    "OtpInvalid",
    "OtpRequired",
    "OtpWrong",
    "OwnAccount",
    "PinInvalid",
    "PinUnfit",
    "PinWrong",
    "RefreshInvalid",
    "ResetInvalid",
    "RoleAboveYours",
    "RoleTooLow",
    "SecretUnreadable",
    "SessionLocked",
    "TokenInvalid",
    "UnknownCurrency",
    "UnknownTimezone",
    "WrongPassword",
    "Yourself",
]


class NotSignedIn(Unauthenticated):
    """The request names nobody."""

    code = "not_signed_in"
    message = "You are not signed in. Sign in and try again."


class TokenInvalid(Unauthenticated):
    """The request names somebody, and the name has run out or was never good."""

    code = "token_invalid"
    message = "Your sign-in has ended. Sign in again."


class SessionLocked(Unauthenticated):
    """The till was left alone for too long; its session opens nothing any more."""

    code = "session_locked"
    message = "This till has locked itself. Sign in with your PIN."


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


class OtpWrong(Invalid):
    """The same of somebody who is signed in: no reason to sign them out."""

    code = "otp_invalid"

    def __init__(self) -> None:
        sentence = "This code is wrong or was used before. Enter the code your app shows now."
        super().__init__(sentence, errors={"otp": [sentence]})


class PasswordRequired(Forbidden):
    """How somebody signs in is not changed by who has shown a PIN only."""

    code = "password_required"
    message = "A PIN is not enough to change this. Sign in with your password."


class OtpRequired(Forbidden):
    """The session has not proven a one-time code yet."""

    code = "otp_required"
    message = "This needs a one-time code. Send the code your app shows now."


class NotEnrolled(Conflict):
    """The person has no app that shows codes."""

    code = "otp_not_enrolled"
    message = "You have no one-time codes yet. Set them up first."


class NothingToConfirm(Conflict):
    """No secret waits for its first code, or it waited too long."""

    code = "otp_not_pending"
    message = "There is nothing to confirm. Begin again and scan the new QR code."


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


class SecretUnreadable(Unavailable):
    """A sealed secret that no key of ours opens, or that was sealed for another row."""

    code = "secret_unreadable"
    message = "A stored secret cannot be read. Tell whoever runs this server: a key is missing."


class RoleAboveYours(Forbidden):
    """Nobody grants or touches a role above their own."""

    code = "role_above_yours"
    message = "The role {role} is above yours. Ask someone who has it."

    def __init__(self, role: str) -> None:
        super().__init__(role=role)


class OwnAccount(Forbidden):
    """Who belongs elsewhere too has an account that is not ours to change."""

    code = "own_account"
    message = "This person looks after their own account. You can change their role in your shop."


class LastOwner(Conflict):
    """A shop is never without an owner."""

    code = "last_owner"
    message = "{shop} would be without an owner. Make somebody else its owner first."

    def __init__(self, shop: str) -> None:
        super().__init__(shop=shop)


class LastSysadmin(Conflict):
    """The platform is never without a sysadmin."""

    code = "last_sysadmin"
    message = "There would be no sysadmin left. Make somebody else one first."


class Yourself(Conflict):
    """Nobody closes their own account, or sets their own password without the one they have."""

    code = "yourself"
    message = "You cannot do this to yourself. Ask somebody else who may."


class WrongPassword(Invalid):
    """The current password is not this one: no reason to sign anybody out."""

    code = "wrong_password"

    def __init__(self) -> None:
        sentence = "The current password is wrong. Type it again."
        super().__init__(sentence, errors={"current_password": [sentence]})


class ResetInvalid(Invalid):
    """A letter's token that is unknown, used, too old, or for an address they no longer have."""

    code = "reset_invalid"
    message = "This link has been used or is too old. Ask for a new one."


class CodeInvalid(Invalid):
    """A pairing code that is unknown, used, too old, or of a revoked device."""

    code = "code_invalid"

    def __init__(self) -> None:
        sentence = "This code is wrong, was used or is older than ten minutes. Ask for a new one."
        super().__init__(sentence, errors={"code": [sentence]})


class DeviceInvalid(TokenInvalid):
    """A device token that is unknown, replaced or revoked."""

    message = "This device is not paired, or not any more. Pair it with a new code."


class DeviceNotAllowed(Forbidden):
    """A paired device of another kind."""

    code = "device_not_allowed"
    message = "A device of this kind may not do this."


class DeviceRevoked(Conflict):
    """A device that nothing pairs again."""

    code = "device_revoked"
    message = "This device was revoked. Register it anew."


class PinInvalid(Unauthenticated):
    """Wrong PIN, no PIN, unknown, inactive or elsewhere: one refusal for all."""

    code = "pin_invalid"
    message = "The PIN is wrong. Type it again, or sign in with your password."


class PinWrong(Invalid):
    """The same for somebody who is signed in: no reason to sign them out."""

    code = "pin_invalid"

    def __init__(self, field: str = "pin") -> None:
        sentence = "The PIN is wrong. Type it again."
        super().__init__(sentence, errors={field: [sentence]})


class PinUnfit(Invalid):
    """No PIN, or one that is guessed first."""

    def __init__(self, sentence: str) -> None:
        super().__init__(errors={"pin": [sentence]})


class NoPinForYou(Forbidden):
    """Who may use the platform's tools signs in with more than a few figures."""

    code = "pin_not_allowed"
    message = "Developers and system administrators sign in with their password."


class ApprovalRequired(Forbidden):
    """A cashier's act that a manager has to approve."""

    code = "approval_required"
    message = "This needs a manager. Let one approve it with their PIN."


class ApprovalInvalid(Forbidden):
    """An approval that is used, over, or for something else."""

    code = "approval_invalid"
    message = "This approval is used, over or for something else. Let a manager approve it again."
