"""What people send to sign in and to open a shop."""

from typing import Annotated

import msgspec

from core.structs import Line

__all__ = [
    "Code", "NewShop", "OwnCode", "RecoveryCodes", "Refreshing", "Said", "SignIn",
]  # fmt: skip

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
OneTimeCode = Annotated[str, msgspec.Meta(max_length=64)]
Name = Annotated[Line, msgspec.Meta(max_length=254)]


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


class Said(msgspec.Struct):
    """A sentence for people."""

    message: str


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
