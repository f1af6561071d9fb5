"""The catalogue: what may be sold, at which price and tax."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.utils import timezone
from msgspec import UNSET, structs

from accounts import audit
from accounts.models import Shop
from core import database, wire
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from licensing import policy
from live import outbox
from pos import categories, modifiers, money, tax_rates, terms
from pos.errors import NameTaken
from pos.menu_facts import OfferedFact, ProductFact
from pos.models import Category, Product, ShopSettings, StockLevel, TaxRate

#: What ``add`` and ``change`` may set as it stands.
PLAIN = (
    "sku",
    "barcode",
    "name",
    "description",
    "price",
    "cost",
    "translations",
    "is_active",
    "snoozed_until",
    "category_id",
    "image",
)


@database.verb
def add(
    *,
    shop: Shop,
    actor: Any,
    fields: Mapping[str, Any],
    image: File | None = None,
    once: Once = EACH_TIME,
) -> ProductFact:
    """Add a product with an empty shelf; prices are in the currency's smallest unit.

    ``fields``: those of ``PLAIN``, ``category`` (its name, made if new), ``tax_rate`` (percent,
    ``None``: the shop's own) or ``tax_rate_id``, ``modifier_groups`` (ids, in order),
    ``stock_policy`` and ``reorder_level``. Raises ``NameTaken`` for a second product with the
    same SKU, ``Missing`` for what is not of this shop.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    product = Product(shop=shop)
    _set(product, fields, actor)
    if image is not None:
        product.image.save(image.name or "picture", image, save=False)
    product.save(force_insert=True)
    StockLevel.objects.create(
        product=product,
        shop=shop,
        policy=fields.get("stock_policy") or terms.of(shop).stock_policy,
        reorder_level=fields.get("reorder_level") or 0,
    )
    if fields.get("modifier_groups"):
        modifiers.assign(product, fields["modifier_groups"])
    return _tell("created", product, status=201, before=None, actor=actor, once=once)


@database.verb
def change(
    product_id: UUID,
    *,
    shop: Shop,
    actor: Any,
    fields: Mapping[str, Any],
    once: Once = EACH_TIME,
) -> ProductFact:
    """Change some of a product's fields, named as in ``add``; what is not named stays.

    Raises ``Missing`` for a product or category that is not of this shop, ``NameTaken``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    product = _held(product_id, shop)
    before = summary(product, modifiers.groups_of([product_id]))
    _set(product, fields, actor)
    product.version += 1
    product.save(force_update=True)
    if "modifier_groups" in fields:
        modifiers.assign(product, fields["modifier_groups"])
    shelf = {
        column: fields[name]
        for name, column in (("stock_policy", "policy"), ("reorder_level", "reorder_level"))
        if fields.get(name) is not None
    }
    if shelf:
        StockLevel.objects.filter(product=product).update(**shelf)
    return _tell("updated", product, status=200, before=before, actor=actor, once=once)


@database.verb
def retire(product_id: UUID, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> ProductFact:
    """Take a product off the menu for good; what was sold of it stays in the books.

    Raises ``Missing`` for a product that is not of this shop.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    product = _held(product_id, shop)
    before = summary(product, modifiers.groups_of([product_id]))
    product.is_active = False
    product.version += 1
    product.save(update_fields=["is_active", "version", "updated_at"])
    return _tell("deleted", product, status=200, before=before, actor=actor, once=once)


def menu(
    shop: Shop, products: Iterable[Product] | None = None, *, costs: bool = False
) -> list[ProductFact]:
    """The rows of a shop's products, by heading and name; all of them if none are given.

    ``costs``: with what they cost the shop, for its managers.
    """
    named = None
    if products is None:
        products = shop.products.with_facts().order_by("category__position", "name", "id")
    elif isinstance(products, list):
        named = [product.id for product in products]
    reader = Reader(
        shop,
        own_rate=terms.of(shop).tax_rate,
        now=timezone.now(),
        offered=modifiers.offered(shop, named),
        costs=costs,
    )
    return [reader.read(product) for product in products]


@dataclass(frozen=True, slots=True)
class Reader:
    """What the rows of many products share. ``own_rate`` is for products that name none."""

    shop: Shop
    own_rate: Decimal
    now: datetime
    offered: Mapping[UUID, list[OfferedFact]]
    costs: bool

    def read(self, product: Product) -> ProductFact:
        """A product's row; ask for it ``with_facts``."""
        level, digits = product.level, self.shop.digits
        rate = product.tax_rate.percent if product.tax_rate else self.own_rate
        asleep = product.snoozed_until is not None and product.snoozed_until > self.now
        blocked = level.policy == ShopSettings.StockPolicy.BLOCK and level.available <= 0
        cost = None if product.cost is None else money.text(product.cost, digits)
        return ProductFact(
            id=product.id,
            shop_id=self.shop.id,
            sku=product.sku,
            barcode=product.barcode,
            name=product.name,
            description=product.description,
            category=product.category.name if product.category else None,
            category_id=product.category_id,
            price=money.text(product.price, digits),
            cost=cost if self.costs else UNSET,
            tax_rate=money.percent(rate),
            tax_rate_id=product.tax_rate_id,
            image_url=product.image.url if product.image else None,
            is_active=product.is_active,
            is_available=product.is_active and not asleep and not blocked,
            snoozed_until=product.snoozed_until,
            stock=level.available,
            stock_policy=level.policy,
            is_low=level.is_low,
            translations=product.translations,
            modifier_groups=self.offered.get(product.id, []),
            version=product.version,
            created_at=product.created_at,
            updated_at=product.updated_at,
        )


# --- the steps of the verbs -----------------------------------------------------------


def _held(product_id: UUID, shop: Shop) -> Product:
    """The product's row, locked. Raises ``Missing``."""
    # Not the key: a sale that holds the shelf refers to the product, and would wait for us.
    held = shop.products.select_for_update(of=("self",), no_key=True)
    found = held.filter(pk=product_id).first()
    if found is None:
        raise Missing
    return found


def _set(product: Product, fields: Mapping[str, Any], actor: Any) -> None:
    shop = product.shop
    heading, tax = product.category, product.tax_rate
    for name in PLAIN:
        if name in fields:
            setattr(product, name, fields[name])
    _set_category(product, fields, heading, actor)
    _set_tax(product, fields, tax)
    twins = shop.products.exclude(pk=product.pk)
    if product.sku and "sku" in fields and twins.filter(sku=product.sku).exists():
        raise NameTaken(field="sku")


def _set_category(
    product: Product, fields: Mapping[str, Any], was: Category | None, actor: Any
) -> None:
    """By its id where that is a new one, else by its name: a row that comes back has both."""
    shop, wished = product.shop, fields.get("category_id")
    if "category_id" in fields and wished != (was and was.pk):
        if wished and not shop.categories.filter(pk=wished, is_active=True).exists():
            raise Missing("There is no such category. Load the categories again.")
    elif "category" in fields and fields["category"] != (was and was.name):
        name = fields["category"]
        product.category_id = categories.named(shop, name, actor=actor) if name else None


def _set_tax(product: Product, fields: Mapping[str, Any], was: TaxRate | None) -> None:
    """By its id where that is a new one, else by its percentage."""
    shop, wished = product.shop, fields.get("tax_rate_id")
    if "tax_rate_id" in fields and wished != (was and was.pk):
        if wished and not shop.tax_rates.filter(pk=wished, is_active=True).exists():
            raise Missing("There is no such tax rate. Load the tax rates again.")
        product.tax_rate_id = wished
    elif "tax_rate" in fields and fields["tax_rate"] != (was and was.percent):
        percent = fields["tax_rate"]
        product.tax_rate = None if percent is None else tax_rates.of(shop, percent)


def summary(product: Product, groups: Mapping[UUID, list[UUID]]) -> dict[str, Any]:
    """What the trail keeps of a product: what it is sold as, for how much, until what is left."""
    return {
        "name": product.name,
        "sku": product.sku,
        "barcode": product.barcode,
        "category_id": product.category_id,
        "price": product.price,
        "cost": product.cost,
        "tax_rate_id": product.tax_rate_id,
        "is_active": product.is_active,
        "snoozed_until": product.snoozed_until,
        "image": product.image.name or None,
        "modifier_groups": groups.get(product.pk, []),
        "stock_policy": product.level.policy,
        "reorder_level": product.level.reorder_level,
    }


def _tell(
    happened: str,
    product: Product,
    *,
    status: int,
    before: Mapping[str, Any] | None,
    actor: Any,
    once: Once,
) -> ProductFact:
    """Audit and publish what became of a product; answers its row."""
    shop = product.shop
    fresh = shop.products.with_facts().get(pk=product.pk)
    (fact,) = menu(shop, [fresh], costs=True)
    told = structs.replace(fact, cost=UNSET)  # screens are not for managers alone
    after = summary(fresh, modifiers.groups_of([fresh.pk]))
    counter = outbox.lock(shop.id)
    audit.record(f"product.{happened}", product, shop=shop, actor=actor, before=before, after=after)
    outbox.publish(counter, outbox.Change.of(f"product_{happened}", told), actor=actor)
    once.keep(status, wire.encode(fact))
    return fact
