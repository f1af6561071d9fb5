"""What everyone reads of the menu: the rows of the API, of events and of screens, in one shape.

Money is a decimal string, moments end in ``Z``, ids are UUIDs (msgspec writes them so).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field


class CategoryFact(Struct, kw_only=True):
    """A heading of the menu."""

    id: UUID
    shop_id: UUID
    name: str
    position: int
    is_active: bool
    translations: dict[str, Any]


class TaxRateFact(Struct, kw_only=True):
    """A named tax; ``components`` are its parts, such as CGST and SGST, which add up to it."""

    id: UUID
    shop_id: UUID
    name: str
    percent: str
    components: list[dict[str, str]]
    is_active: bool


class ModifierFact(Struct, kw_only=True):
    """One answer to a group's question; ``price`` is added to each piece."""

    id: UUID
    name: str
    price: str
    position: int
    is_active: bool
    translations: dict[str, Any]


class OfferedFact(Struct, kw_only=True):
    """A choice that a product offers: ``min`` to ``max`` of its modifiers are taken."""

    id: UUID
    name: str
    least: int = field(name="min")
    most: int = field(name="max")
    modifiers: list[ModifierFact]
    translations: dict[str, Any]


class ModifierGroupFact(OfferedFact, kw_only=True):
    """The same as its managers see it."""

    shop_id: UUID
    position: int
    is_active: bool


class ProductFact(Struct, kw_only=True):
    """Something to sell. ``stock`` is what may still be sold of it; managers read its ``cost``."""

    id: UUID
    shop_id: UUID
    sku: str
    barcode: str
    name: str
    description: str
    category: str | None
    category_id: UUID | None
    price: str
    cost: str | UnsetType | None = UNSET
    tax_rate: str
    tax_rate_id: UUID | None
    image_url: str | None
    is_active: bool
    is_available: bool
    snoozed_until: datetime | None
    stock: int
    stock_policy: str
    is_low: bool
    translations: dict[str, Any]
    modifier_groups: list[OfferedFact]
    version: int
    created_at: datetime
    updated_at: datetime
