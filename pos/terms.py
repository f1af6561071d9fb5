"""How a shop sells: its own tax rate, prices with or without tax, its order numbers."""

from typing import Any

from accounts import audit
from accounts.models import Shop
from core import database
from licensing import policy
from live import outbox
from pos import money
from pos.models import ShopSettings


def of(shop: Shop) -> ShopSettings:
    """How a shop sells; the defaults where it set nothing."""
    return ShopSettings.objects.filter(shop=shop).first() or ShopSettings(shop=shop)


@database.verb
def change(*, shop: Shop, actor: Any, fields: dict[str, Any]) -> ShopSettings:
    """Change some of a shop's terms, named as ``ShopSettings`` names them."""
    policy.require(shop.id, policy.Action.CATALOGUE)
    held, _ = ShopSettings.objects.select_for_update(no_key=True).get_or_create(shop=shop)
    before = _row(held, shop)
    ShopSettings.objects.update_or_create(shop=shop, defaults=fields)
    terms = ShopSettings.objects.get(shop=shop)
    after = _row(terms, shop)
    counter = outbox.lock(shop.id)
    audit.record("settings.changed", shop, shop=shop, actor=actor, before=before, after=after)
    outbox.publish(counter, outbox.Change.of("settings_changed", after), actor=actor)
    return terms


def _row(terms: ShopSettings, shop: Shop) -> dict[str, Any]:
    return {
        "currency": shop.currency,
        "timezone": shop.timezone,
        "tax_rate": money.percent(terms.tax_rate),
        "prices_include_tax": terms.prices_include_tax,
        "order_number_prefix": terms.order_number_prefix,
        "stock_policy": terms.stock_policy,
    }
