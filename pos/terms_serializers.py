"""What a manager may set of a shop's terms."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.errors import Invalid
from core.structs import Exact, Line
from pos.serializers import Name, Prose, amount, percent

#: No coin is larger than so many of the smallest unit.
LARGEST_COIN = 1_000_000

Prefix = Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,10}\Z")]
Words = Annotated[Prose, Meta(max_length=500)]


class ChangeSettings(msgspec.Struct):
    """What to change of a shop's settings; what is left out stays."""

    currency: Annotated[Line, Meta(max_length=3)] | UnsetType = UNSET
    timezone: Annotated[Line, Meta(max_length=64)] | UnsetType = UNSET
    tax_rate: Exact | UnsetType = UNSET
    prices_include_tax: bool | UnsetType = UNSET
    order_number_prefix: Prefix | UnsetType = UNSET
    receipt_header: Words | UnsetType | None = UNSET
    receipt_footer: Words | UnsetType | None = UNSET
    delivery_charge: Exact | UnsetType = UNSET
    allow_open_items: bool | UnsetType = UNSET
    stock_policy: Literal["block", "allow"] | UnsetType = UNSET
    cash_rounding: Exact | UnsetType = UNSET
    kitchen_on: Literal["payment", "placement"] | UnsetType = UNSET
    kiosk_reservation_seconds: Annotated[int, Meta(ge=10, le=86_400)] | UnsetType = UNSET
    cashier_discount_percent: Exact | UnsetType = UNSET
    void_needs_manager: bool | UnsetType = UNSET

    def fields(self, digits: int) -> dict[str, Any]:
        """What was sent, by name, money in the smallest unit. Raises ``Invalid``."""
        sent = {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }
        for name, value in sent.items():
            if name in ("tax_rate", "cashier_discount_percent"):
                sent[name] = percent(value, name)
            elif name in ("delivery_charge", "cash_rounding"):
                sent[name] = amount(value, digits, name)
            elif value is None:
                sent[name] = ""
        if sent.get("cash_rounding", 0) > LARGEST_COIN:
            raise Invalid(errors={"cash_rounding": ["No coin is as large as that."]})
        return sent


class ChangeShop(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of the shop itself; what is left out stays."""

    name: Name | UnsetType = UNSET
    timezone: Annotated[Line, Meta(max_length=64)] | UnsetType = UNSET
    day_starts_at: Annotated[int, Meta(ge=0, le=12)] | UnsetType = UNSET
    currency: str | UnsetType = UNSET

    def fields(self, currency: str) -> dict[str, Any]:
        """What was sent, by name. Raises ``Invalid`` for another currency than the shop's."""
        if self.currency not in (UNSET, currency):
            raise Invalid(errors={"currency": ["Change it in the shop's settings."]})
        names = ("name", "timezone", "day_starts_at")
        return {name: value for name in names if (value := getattr(self, name)) is not UNSET}


class SettingsFact(msgspec.Struct):
    """A shop's settings, and beside them whatever it keeps under keys of its own."""

    currency: str
    timezone: str
    tax_rate: str
    prices_include_tax: bool
    order_number_prefix: str
    receipt_header: str
    receipt_footer: str
    delivery_charge: str
    allow_open_items: bool
    stock_policy: str
    cash_rounding: str
    kitchen_on: str
    kiosk_reservation_seconds: int
    cashier_discount_percent: str
    void_needs_manager: bool
