"""How a shop sells: its currency, time zone and taxes, its receipts, its own words besides."""

from collections.abc import Mapping
from typing import Any

from accounts import audit, currencies, timezones
from accounts.errors import UnknownCurrency, UnknownTimezone
from accounts.models import Shop
from core import database, wire
from core.errors import Invalid
from core.idempotency import EACH_TIME, Once
from core.statements import Call
from licensing import policy
from live import outbox
from pos import money, statements
from pos.errors import CurrencyFixed
from pos.models import Modifier, ShopSettings

DEFAULTS = ShopSettings()

#: What a shop may note of its own, as JSON text, in bytes.
MOST_EXTRA = 64 * 1024


def of(shop: Shop) -> ShopSettings:
    """How a shop sells; the defaults where it set nothing."""
    return ShopSettings.objects.filter(shop=shop).first() or ShopSettings(shop=shop)


def asking(shop: Shop) -> Call:
    """Ask how the shop sells, as part of a batch: always one row."""
    return statements.TERMS(
        shop=shop.id,
        includes_tax=DEFAULTS.prices_include_tax,
        prefix=DEFAULTS.order_number_prefix,
        open_items=DEFAULTS.allow_open_items,
        kitchen_on=DEFAULTS.kitchen_on,
    )


@database.verb
def change(
    *, shop: Shop, actor: Any, fields: Mapping[str, Any], once: Once = EACH_TIME
) -> ShopSettings:
    """Change some of a shop's terms, named as ``ShopSettings`` names them.

    ``currency`` and ``timezone`` are the shop's own; ``extra`` joins what is noted already, and
    ``None`` removes a note. Raises ``UnknownCurrency``, ``UnknownTimezone``, ``CurrencyFixed``
    where amounts are counted in the old one, ``Invalid`` for more notes than are kept.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    was = _change_shop(shop, fields)
    ShopSettings.objects.get_or_create(shop=shop)
    held = ShopSettings.objects.select_for_update(no_key=True).get(shop=shop)
    before = _kept(held, shop) | was
    for name in {*fields} - {"currency", "timezone", "extra"}:
        setattr(held, name, fields[name])
    held.extra = _noted(held.extra, fields.get("extra") or {})
    held.save()
    held.refresh_from_db()  # decimals as the database keeps them
    body = wire.encode(row(held, shop))
    after = _kept(held, shop)
    counter = outbox.lock(shop.id)
    audit.record("settings.changed", shop, shop=shop, actor=actor, before=before, after=after)
    outbox.publish(counter, outbox.Change("settings_changed", body), actor=actor)
    once.keep(200, body)
    return held


def row(terms: ShopSettings, shop: Shop) -> dict[str, Any]:
    """What everyone reads of a shop's terms: its own notes beside what is known here."""
    return dict(terms.extra) | _known(terms, shop)


def _known(terms: ShopSettings, shop: Shop) -> dict[str, Any]:
    digits = shop.digits
    return {
        "currency": shop.currency,
        "timezone": shop.timezone,
        "tax_rate": money.percent(terms.tax_rate),
        "prices_include_tax": terms.prices_include_tax,
        "order_number_prefix": terms.order_number_prefix,
        "receipt_header": terms.receipt_header,
        "receipt_footer": terms.receipt_footer,
        "delivery_charge": money.text(terms.delivery_charge, digits),
        "allow_open_items": terms.allow_open_items,
        "stock_policy": terms.stock_policy,
        "cash_rounding": money.text(terms.cash_rounding, digits) if terms.cash_rounding else "0",
        "kitchen_on": terms.kitchen_on,
        "kiosk_reservation_seconds": terms.kiosk_reservation_seconds,
        "cashier_discount_percent": money.percent(terms.cashier_discount_percent),
        "void_needs_manager": terms.void_needs_manager,
    }


def _kept(terms: ShopSettings, shop: Shop) -> dict[str, Any]:
    """What the trail keeps: the terms, and the names of the shop's own notes."""
    return _known(terms, shop) | {"own": sorted(terms.extra)}


def _change_shop(shop: Shop, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Set the shop's own columns; answers what they were."""
    before = {"currency": shop.currency, "timezone": shop.timezone}
    wished = {name: fields[name] for name in before if fields.get(name) not in (None, before[name])}
    if wished.get("currency", shop.currency) not in currencies.known():
        raise UnknownCurrency(wished["currency"])
    if wished.get("timezone", shop.timezone) not in timezones.known():
        raise UnknownTimezone(wished["timezone"])
    if wished:
        # The whole row: whoever is adding a product refers to it, and would add an amount.
        Shop.objects.select_for_update().get(pk=shop.pk)
        if "currency" in wished and _has_amounts(shop):
            raise CurrencyFixed(currency=shop.currency)
        Shop.objects.filter(pk=shop.pk).update(**wished)
        for name, value in wished.items():
            setattr(shop, name, value)
    return before


def _has_amounts(shop: Shop) -> bool:
    terms = of(shop)
    return (
        bool(terms.delivery_charge or terms.cash_rounding)
        or shop.products.exists()
        or shop.orders.exists()
        or Modifier.objects.filter(group__shop=shop).exists()
    )


def _noted(kept: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    notes = {name: value for name, value in {**kept, **more}.items() if value is not None}
    if len(wire.encode(notes)) > MOST_EXTRA:
        raise Invalid(f"A shop's own settings take at most {MOST_EXTRA // 1024} KiB.")
    return notes
