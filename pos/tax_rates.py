"""Tax rates: the named taxes of a shop, with the parts that a receipt shows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Shop
from core import database
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from licensing import policy
from pos import announcements, money
from pos.errors import InUse, NameTaken, PartsDoNotAddUp
from pos.menu_facts import TaxRateFact
from pos.models import TaxRate

#: What ``add`` and ``change`` may set.
PLAIN = ("name", "percent", "components", "is_active")


@database.verb
def add(
    *, shop: Shop, actor: Any, fields: Mapping[str, Any], once: Once = EACH_TIME
) -> TaxRateFact:
    """Add a tax: ``name``, ``percent`` and its ``components``, ``[{name, percent}]``.

    A retired one of this name comes back. Raises ``NameTaken``, ``PartsDoNotAddUp``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    held = shop.tax_rates.select_for_update(no_key=True).filter(name=fields["name"]).first()
    if held is not None and held.is_active:
        raise NameTaken(field="name")
    rate = held or TaxRate(shop=shop)
    rate.is_active, rate.components = True, []
    return _write("created", rate, fields, before=None, actor=actor, once=once)


@database.verb
def change(
    tax_rate_id: UUID,
    *,
    shop: Shop,
    actor: Any,
    fields: Mapping[str, Any],
    once: Once = EACH_TIME,
) -> TaxRateFact:
    """Change some of a tax's fields; what was sold keeps the tax it was sold with.

    Raises ``Missing`` for a tax that is not of this shop, ``NameTaken``, ``PartsDoNotAddUp``,
    and ``InUse`` if it is to retire while products are taxed by it.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    rate = _held(tax_rate_id, shop)
    twins = shop.tax_rates.exclude(pk=rate.pk)
    if "name" in fields and twins.filter(name=fields["name"]).exists():
        raise NameTaken(field="name")
    before = _summary(rate)
    return _write("updated", rate, fields, before=before, actor=actor, once=once)


@database.verb
def retire(tax_rate_id: UUID, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> TaxRateFact:
    """Offer a tax no more. Raises ``Missing``; ``InUse`` while products are taxed by it."""
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    rate = _held(tax_rate_id, shop)
    before = _summary(rate)
    return _write("deleted", rate, {"is_active": False}, before=before, actor=actor, once=once)


def of(shop: Shop, percent: Decimal) -> TaxRate:
    """The shop's tax of this rate, made if there is none."""
    found = shop.tax_rates.filter(percent=percent, is_active=True).order_by("name").first()
    if found is not None:
        return found
    name = f"Tax {money.percent(percent)} %"
    made = shop.tax_rates.filter(name=name).first() or TaxRate(shop=shop, name=name)
    made.percent, made.is_active, made.components = percent, True, []
    made.save()
    return made


def read(rate: TaxRate) -> TaxRateFact:
    """A tax's row."""
    return TaxRateFact(
        id=rate.id,
        shop_id=rate.shop_id,
        name=rate.name,
        percent=money.percent(rate.percent),
        components=rate.components,
        is_active=rate.is_active,
    )


def _held(tax_rate_id: UUID, shop: Shop) -> TaxRate:
    found = shop.tax_rates.select_for_update(no_key=True).filter(pk=tax_rate_id).first()
    if found is None:
        raise Missing
    return found


def _summary(rate: TaxRate) -> dict[str, Any]:
    return {name: getattr(rate, name) for name in PLAIN}


def _write(
    happened: str,
    rate: TaxRate,
    fields: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None,
    actor: Any,
    once: Once,
) -> TaxRateFact:
    for name in PLAIN:
        if name in fields:
            setattr(rate, name, fields[name])
    parts = [Decimal(part["percent"]) for part in rate.components]
    if parts and sum(parts) != rate.percent:
        raise PartsDoNotAddUp(sum=money.percent(sum(parts)), percent=money.percent(rate.percent))
    if not rate.is_active and rate.products.filter(is_active=True).exists():
        raise InUse
    rate.save()
    fact = read(rate)
    announcements.make(
        "tax_rate",
        happened,
        rate,
        fact,
        shop=rate.shop,
        actor=actor,
        before=before,
        after=_summary(rate),
        once=once,
    )
    return fact
