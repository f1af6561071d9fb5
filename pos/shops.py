"""A shop itself, as its counter sees it change: the shop's screens hear of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts import facts, shops
from accounts.models import Shop
from core import database, wire
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from licensing import policy
from live import outbox
from pos import terms

__all__ = ["change", "set_up"]


@database.verb
def change(shop_id: UUID, *, actor: Any, fields: Mapping[str, Any]) -> Shop:
    """Change a shop's name, zone or first hour, whatever its licence says: the vendor does it.

    Raises as ``shops.change``.
    """
    if Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first() is None:
        raise Missing
    counter = outbox.lock(shop_id)  # before the trail's line, which ``shops.change`` writes
    shop = shops.change(shop_id, actor=actor, fields=fields)
    row = terms.row(terms.of(shop), shop)
    outbox.publish(counter, outbox.Change.of("settings_changed", row), actor=actor)
    return shop


@database.verb
def set_up(
    *, shop: Shop, actor: Any, fields: Mapping[str, Any], role: str, once: Once = EACH_TIME
) -> facts.ShopFact:
    """Change the shop as ``change`` does, for its people: where its licence lets them.

    ``role`` is what the actor is there. Raises ``SiteLocked``, ``SiteRestricted`` too.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    fact = facts.shop(change(shop.pk, actor=actor, fields=fields), role)
    once.keep(200, wire.encode(fact))
    return fact
