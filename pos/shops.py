"""A shop itself, as its counter sees it change: the shop's screens hear of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts import shops
from accounts.models import Shop
from core import database
from live import outbox
from pos import terms

__all__ = ["change"]


@database.verb
def change(shop_id: UUID, *, actor: Any, fields: Mapping[str, Any]) -> Shop:
    """Change a shop's name, zone or first hour, whatever its licence says: the vendor does it.

    Raises as ``shops.change``.
    """
    shop = shops.change(shop_id, actor=actor, fields=fields)
    row = terms.row(terms.of(shop), shop)
    change = outbox.Change.of("settings_changed", row)
    outbox.publish(outbox.lock(shop.pk), change, actor=actor)
    return shop
