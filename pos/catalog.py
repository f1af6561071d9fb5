"""The catalogue: what may be sold, at which price and tax."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.utils import timezone

from accounts import audit
from accounts.models import Shop
from core import database
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from licensing import policy
from live import outbox
from pos import facts, money, terms
from pos.errors import NameTaken
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
)


@database.verb
def add(
    *,
    shop: Shop,
    actor: Any,
    fields: Mapping[str, Any],
    image: File | None = None,
    once: Once = EACH_TIME,
) -> facts.ProductFact:
    """Add a product with an empty shelf; prices are in the currency's smallest unit.

    ``fields``: those of ``PLAIN``, ``category`` (its name, made if new), ``tax_rate`` (percent,
    ``None``: the shop's own), ``stock_policy`` and ``reorder_level``. Raises ``NameTaken`` for
    a second product with the same SKU, ``Missing`` for another shop's category.
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
    return _tell("created", product, status=201, before=None, actor=actor, once=once)


@database.verb
def change(
    product_id: UUID,
    *,
    shop: Shop,
    actor: Any,
    fields: Mapping[str, Any],
    once: Once = EACH_TIME,
) -> facts.ProductFact:
    """Change some of a product's fields, named as in ``add``; what is not named stays.

    Raises ``Missing`` for a product or category that is not of this shop, ``NameTaken``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    product = _held(product_id, shop)
    before = _summary(product)
    _set(product, fields, actor)
    product.version += 1
    product.save(force_update=True)
    shelf = {
        column: fields[name]
        for name, column in (("stock_policy", "policy"), ("reorder_level", "reorder_level"))
        if fields.get(name) is not None
    }
    if shelf:
        StockLevel.objects.filter(product=product).update(**shelf)
    return _tell("updated", product, status=200, before=before, actor=actor, once=once)


@database.verb
def retire(
    product_id: UUID, *, shop: Shop, actor: Any, once: Once = EACH_TIME
) -> facts.ProductFact:
    """Take a product off the menu for good; what was sold of it stays in the books.

    Raises ``Missing`` for a product that is not of this shop.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    product = _held(product_id, shop)
    before = _summary(product)
    product.is_active = False
    product.version += 1
    product.save(update_fields=["is_active", "version", "updated_at"])
    return _tell("deleted", product, status=200, before=before, actor=actor, once=once)


@database.verb
def add_category(
    *, shop: Shop, actor: Any, name: str, position: int = 0, once: Once = EACH_TIME
) -> facts.CategoryFact:
    """Add a heading to the menu. Raises ``NameTaken``."""
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    if shop.categories.filter(name=name).exists():
        raise NameTaken(field="name")
    category = Category.objects.create(shop=shop, name=name, position=position)
    fact = read_category(category)
    body = facts.encode(fact)
    counter = outbox.lock(shop.id)
    audit.record("category.created", category, shop=shop, actor=actor, name=name)
    outbox.publish(counter, outbox.Change("category_created", body), actor=actor)
    once.keep(201, body)
    return fact


def menu(shop: Shop, products: Iterable[Product] | None = None) -> list[facts.ProductFact]:
    """The rows of a shop's products, by heading and name; all of them if none are given."""
    own_rate = terms.of(shop).tax_rate
    if products is None:
        products = shop.products.with_facts().order_by("category__position", "name", "id")
    now = timezone.now()
    return [read(product, shop=shop, own_rate=own_rate, now=now) for product in products]


def read(product: Product, *, shop: Shop, own_rate: Decimal, now: datetime) -> facts.ProductFact:
    """A product's row. ``own_rate`` is the shop's rate, for products that name none."""
    level = product.level
    rate = product.tax_rate.percent if product.tax_rate else own_rate
    asleep = product.snoozed_until is not None and product.snoozed_until > now
    blocked = level.policy == ShopSettings.StockPolicy.BLOCK and level.available <= 0
    return facts.ProductFact(
        id=product.id,
        shop_id=shop.id,
        sku=product.sku,
        barcode=product.barcode,
        name=product.name,
        description=product.description,
        category=product.category.name if product.category else None,
        category_id=product.category_id,
        price=money.text(product.price, shop.digits),
        tax_rate=money.percent(rate),
        image_url=product.image.url if product.image else None,
        is_active=product.is_active,
        is_available=product.is_active and not asleep and not blocked,
        stock=level.available,
        stock_policy=level.policy,
        is_low=level.is_low,
        translations=product.translations,
        modifier_groups=[],
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )


def read_category(category: Category) -> facts.CategoryFact:
    """A category's row."""
    return facts.CategoryFact(
        id=category.id,
        shop_id=category.shop_id,
        name=category.name,
        position=category.position,
        is_active=category.is_active,
        translations=category.translations,
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
    for name in PLAIN:
        if name in fields:
            setattr(product, name, fields[name])
    if fields.get("category_id") and not shop.categories.filter(pk=fields["category_id"]).exists():
        raise Missing("There is no such category. Load the categories again.")
    if fields.get("category"):
        product.category_id = _category(shop, fields["category"], actor)
    if "tax_rate" in fields:
        product.tax_rate = _rate(shop, fields["tax_rate"])
    twins = shop.products.exclude(pk=product.pk)
    if product.sku and "sku" in fields and twins.filter(sku=product.sku).exists():
        raise NameTaken(field="sku")


def _category(shop: Shop, name: str, actor: Any) -> UUID:
    """The heading of this name, made if new, so that screens learn of it."""
    found = shop.categories.filter(name=name).values_list("id", flat=True).first()
    return found or add_category(shop=shop, actor=actor, name=name).id


def _rate(shop: Shop, percent: Decimal | None) -> TaxRate | None:
    """The shop's tax of this rate, made if new; ``None``: the shop's own rate."""
    if percent is None:
        return None
    found = shop.tax_rates.filter(percent=percent).order_by("name").first()
    name = f"Tax {money.percent(percent)} %"
    return found or TaxRate.objects.get_or_create(shop=shop, name=name, percent=percent)[0]


def _summary(product: Product) -> dict[str, Any]:
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
) -> facts.ProductFact:
    """Audit and publish what became of a product; answers its row."""
    shop = product.shop
    fresh = shop.products.with_facts().get(pk=product.pk)
    fact = menu(shop, [fresh])[0]
    body = facts.encode(fact)
    after = _summary(fresh)
    counter = outbox.lock(shop.id)
    audit.record(f"product.{happened}", product, shop=shop, actor=actor, before=before, after=after)
    outbox.publish(counter, outbox.Change(f"product_{happened}", body), actor=actor)
    once.keep(status, body)
    return fact
