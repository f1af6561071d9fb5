"""What people send about their logins. Other keys are ignored: a front end sends extras."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from core.structs import Line

__all__ = ["LoginChange", "NewLogin"]

Label = Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
Username = Annotated[Line, msgspec.Meta(min_length=1, max_length=255)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Color = Annotated[Line, msgspec.Meta(max_length=32)]


class NewLogin(msgspec.Struct, kw_only=True):
    """A login to be kept. The password is sealed and never shown again."""

    label: Label
    username: Username
    password: Password
    color: Color = ""
    client_id: str = ""


class LoginChange(msgspec.Struct, kw_only=True):
    """What changes about a login; what is not sent, or blank, stays. ``null`` takes the colour."""

    label: Label | UnsetType = UNSET
    username: Username | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    color: Color | UnsetType | None = UNSET
