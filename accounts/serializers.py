"""What people send: to sign in, about themselves, their staff and shops; what is answered."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from accounts.facts import UserFact
from core.structs import Line

__all__ = [
    "NOT_HERE", "READ_ONLY", "AuthSessionFact", "Code", "ForgottenPassword", "NewApproval",
    "NewDevice", "NewPassword", "NewPerson", "NewPin", "NewShop", "Organization", "OwnCode",
    "OwnFacts", "Pairing", "PasswordChanged", "PersonChange", "PinSignIn", "PreferencesSaved",
    "RecoveryCodes", "Refreshing", "Register", "ResetPassword", "SavedUser", "SignIn",
]  # fmt: skip

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
OneTimeCode = Annotated[str, msgspec.Meta(max_length=64)]
Name = Annotated[Line, msgspec.Meta(max_length=254)]
Words = Annotated[Line, msgspec.Meta(max_length=255)]
Phone = Annotated[Line, msgspec.Meta(max_length=40)]

#: What a person's row says and nobody sets: it may come back without effect.
READ_ONLY = frozenset(
    {
        "id", "user_id", "role_name", "shop_name", "shops", "is_verified", "created_at",
        "updated_at", "last_login_at",
    }
)  # fmt: skip

#: What others decide of a person, or the row says; here it has no effect either.
NOT_HERE = READ_ONLY | {"username", "role", "shop_id", "is_active", "status", "message"}


class SignIn(msgspec.Struct, kw_only=True):
    """Who signs in. Other keys are ignored: front ends of others send extras."""

    username: Name = ""
    email: Name = ""
    password: Password
    scope: str = ""
    otp: str = ""
    device_name: Annotated[Line, msgspec.Meta(max_length=120)] = ""


class Refreshing(msgspec.Struct):
    """The refresh token, unless it comes as the cookie."""

    refresh_token: str = ""


class Register(msgspec.Struct, kw_only=True):
    """Who wants to come in. Other keys, a role among them, have no effect."""

    username: Name = ""
    email: Name = ""
    password: Password
    name: Words = ""
    phone: Phone = ""
    organization: Words = ""
    shop_name: Words = ""
    device_name: Annotated[Line, msgspec.Meta(max_length=120)] = ""


class OwnFacts(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a person changes about themselves; what is not sent stays, ``null`` empties it."""

    name: Words | UnsetType | None = UNSET
    email: Name | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    organization: Words | UnsetType | None = UNSET


class Organization(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The organization's name, under either key; ``null`` empties it."""

    organization: Words | UnsetType | None = UNSET
    name: Words | UnsetType | None = UNSET


class NewPassword(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The password there is, and the one there shall be."""

    current_password: Password
    new_password: Password


class ForgottenPassword(msgspec.Struct, kw_only=True):
    """Whose password: an e-mail or a username."""

    email: Name = ""
    username: Name = ""


class ResetPassword(msgspec.Struct, kw_only=True):
    """The token of the letter, and the new password."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
    new_password: Password


class NewPerson(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody new on the staff; without ``shop_id`` of the caller's only shop."""

    username: Name = ""
    email: Name = ""
    name: Words = ""
    phone: Phone = ""
    organization: Words = ""
    password: Password
    role: str
    shop_id: UUID | None = None
    client_id: str = ""


class PersonChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes about a person; what is not sent stays.

    ``role`` is in the shop ``shop_id``, or in the only one; the platform's need no shop.
    """

    username: Name | UnsetType = UNSET
    email: Name | UnsetType = UNSET
    name: Words | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    organization: Words | UnsetType | None = UNSET
    password: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    role: str = ""
    shop_id: UUID | None = None
    is_active: bool | None = None


class SavedUser(UserFact, frozen=True, kw_only=True):
    """The person after the change, and that it was made."""

    status: str = "ok"
    message: str


class PasswordChanged(msgspec.Struct, kw_only=True, omit_defaults=True):
    """That the password is another, and the pair of tokens that takes the place of all others.

    Our own screens get a cookie instead of the tokens.
    """

    status: str
    message: str
    access_token: str = ""
    token: str = ""
    refresh_token: str = ""
    token_type: str = ""
    expires_in: int = 0


class PreferencesSaved(msgspec.Struct, kw_only=True):
    """What a person prefers after the change."""

    status: str = "ok"
    message: str
    notifications: dict[str, Any]
    automation: dict[str, Any]


class AuthSessionFact(msgspec.Struct, kw_only=True):
    """A sign-in of one's own: on what, from where, since when, last used when."""

    id: UUID
    device_id: UUID | None
    device_name: str
    user_agent: str
    ip: str
    scope: str
    is_current: bool
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


Pin = Annotated[str, msgspec.Meta(max_length=32)]


class NewDevice(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A device to be registered: a till, kiosk, kds (kitchen) or board, and what to call it."""

    kind: str
    name: Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
    client_id: str = ""


class Pairing(msgspec.Struct, kw_only=True):
    """The code that a manager was shown; spaces, dashes and case do not matter."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class PinSignIn(msgspec.Struct, kw_only=True):
    """Who picked themselves at the terminal, and their PIN."""

    user_id: UUID
    pin: Pin


class NewPin(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A PIN; for one's own at a shared terminal also the current one, or the password."""

    pin: Pin
    current_pin: Pin = ""
    password: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class NewApproval(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A manager and their PIN, and what they approve: which act, done to what."""

    user_id: UUID
    pin: Pin
    action: str
    target: Annotated[Line, msgspec.Meta(min_length=1, max_length=255)]
    client_id: str = ""


class Code(msgspec.Struct):
    """A one-time code of the person's app."""

    otp: OneTimeCode


class OwnCode(msgspec.Struct):
    """A one-time code, from who has not signed in with one."""

    otp: OneTimeCode = ""


class RecoveryCodes(msgspec.Struct):
    """Codes that stand in for one-time codes, once each."""

    codes: list[str]


class NewShop(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A shop to be opened; the caller becomes its owner."""

    name: Annotated[Line, msgspec.Meta(min_length=1, max_length=255)]
    currency: str = "EUR"
    timezone: str = "UTC"
    day_starts_at: Annotated[int, msgspec.Meta(ge=0, le=12)] = 0
    client_id: str = ""
