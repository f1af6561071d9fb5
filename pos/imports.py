"""Many products at once, from a table: all of its rows, or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q

from accounts import audit
from accounts.models import Shop
from core import database, statements, wire
from core.errors import DomainError, Invalid
from core.idempotency import EACH_TIME, Once
from licensing import policy
from live import outbox
from pos import catalog, categories, modifiers, tax_rates, terms
from pos.errors import NameTaken
from pos.models import Product, StockLevel

#: Rows of one table. The shop's screens and tills wait until the last of them is written.
MOST = 5000

#: What a row may change of a product.
COLUMNS = [*catalog.PLAIN, "tax_rate_id", "version", "updated_at"]

#: Lines of the trail that travel together.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what it says of the product of this ``id``, or of this SKU."""

    line: int
    id: UUID | None
    fields: Mapping[str, Any]


class Imported(msgspec.Struct):
    """What came of a table; ``product_ids`` are in the order of its rows."""

    dry_run: bool
    rows: int
    created: int
    updated: int
    product_ids: list[UUID]


@database.verb
def bring(
    rows: Sequence[Row],
    *,
    shop: Shop,
    actor: Any,
    dry_run: bool = False,
    once: Once = EACH_TIME,
) -> Imported:
    """Add or change the products of these rows, named as in ``catalog.add``.

    A row is of the product with its id, else of the one with its SKU, else of a new one.
    ``dry_run`` says so in the answer; the caller takes everything back. Raises ``Invalid``
    naming every row that is wrong: ``rows.<line>.<field>``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    table = _Table(shop, actor, _held(rows, shop))
    errors: dict[str, list[str]] = {}
    ids: list[UUID] = []
    for row in rows:
        try:
            ids.append(table.take(row))
        except DomainError as refusal:
            errors |= _of_row(row.line, refusal)
    if errors:
        raise Invalid(errors=errors)
    table.store()
    created = len(table.created)
    done = Imported(dry_run, len(rows), created, len(rows) - created, ids)
    once.keep(200, wire.encode(done))
    return done


class _Table:
    """What the rows make of the menu, before any of it is stored.

    As many statements for two rows as for thousands: the shop waits no longer than it must.
    """

    def __init__(self, shop: Shop, actor: Any, held: Iterable[Product]) -> None:
        self.shop, self.actor = shop, actor
        self.products = {each.pk: each for each in held}
        self.by_sku = {each.sku: each for each in self.products.values() if each.sku}
        self.created: dict[UUID, Product] = {}
        self.before: dict[UUID, dict[str, Any]] = {}
        self.stock_policy = terms.of(shop).stock_policy
        self.groups = modifiers.groups_of(self.products)
        # By what the rows call them; each is looked for, or made, once.
        self.heading = cache(lambda name: categories.named(shop, name, actor=actor))
        self.tax = cache(lambda percent: tax_rates.of(shop, percent))

    def take(self, row: Row) -> UUID:
        """Set a row's product as it says; answers the product's id. Raises ``DomainError``."""
        sku = row.fields.get("sku", "")
        product = self.products.get(row.id) if row.id else self.by_sku.get(sku)
        if product is None:
            _refuse_incomplete(row)
            product = Product(shop=self.shop)
            level = StockLevel(product=product, shop=self.shop, policy=self.stock_policy)
        elif product.pk in self.created:
            raise NameTaken(field="sku")
        else:
            level = product.level
            self._remember(product)
        if sku and self.by_sku.get(sku, product) is not product:
            raise NameTaken(field="sku")
        if product.pk not in self.products:
            self.products[product.pk] = self.created[product.pk] = product
        self._set(product, level, row.fields)
        return product.pk

    def _remember(self, product: Product) -> None:
        if product.pk not in self.before:
            self.before[product.pk] = catalog.summary(product, self.groups)
            product.version += 1

    def _set(self, product: Product, level: StockLevel, fields: Mapping[str, Any]) -> None:
        heading, tax = product.category, product.tax_rate
        self.by_sku.pop(product.sku, None)
        for name in catalog.PLAIN:
            if name in fields:
                setattr(product, name, fields[name])
        if product.sku:
            self.by_sku[product.sku] = product
        if fields.get("category") and fields["category"] != (heading and heading.name):
            product.category_id = self.heading(fields["category"])
        if "tax_rate" in fields and fields["tax_rate"] != (tax and tax.percent):
            product.tax_rate = self.tax(fields["tax_rate"])
        level.policy = fields.get("stock_policy") or level.policy
        if fields.get("reorder_level") is not None:
            level.reorder_level = fields["reorder_level"]

    def store(self) -> None:
        """Write all of it, and tell the trail and the screens."""
        touched = [self.products[key] for key in sorted(self.created.keys() | self.before.keys())]
        Product.objects.bulk_create(
            touched, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS
        )
        StockLevel.objects.bulk_create(
            [each.level for each in touched],
            update_conflicts=True,
            unique_fields=["product"],
            update_fields=["policy", "reorder_level"],
        )
        shop, actor = self.shop, self.actor
        fresh = list(shop.products.with_facts().filter(pk__in=[each.pk for each in touched]))
        counter = outbox.lock(shop.id)
        lines = [
            audit.entry(
                f"product.{self._happened(each)}",
                each,
                shop=shop,
                actor=actor,
                before=self.before.get(each.pk),
                after=catalog.summary(each, self.groups),
            )
            for each in fresh
        ]
        for first in range(0, len(lines), AT_ONCE):
            statements.run(*lines[first : first + AT_ONCE])
        told = zip(fresh, catalog.menu(shop, fresh), strict=True)
        changes = [outbox.Change.of(f"product_{self._happened(each)}", row) for each, row in told]
        if changes:
            outbox.publish(counter, *changes, actor=actor)

    def _happened(self, product: Product) -> str:
        return "created" if product.pk in self.created else "updated"


def _held(rows: Sequence[Row], shop: Shop) -> list[Product]:
    """The products that the rows speak of, and their levels, locked in key order."""
    named = Q(pk__in=[row.id for row in rows if row.id]) | Q(
        sku__in=[sku for row in rows if (sku := row.fields.get("sku"))]
    )
    ours = shop.products.with_facts().filter(named).order_by("id")
    found = list(ours.select_for_update(of=("self",), no_key=True))
    levels = StockLevel.objects.filter(product__in=found).order_by("product_id")
    fresh = {level.product_id: level for level in levels.select_for_update()}
    for each in found:
        each.level = fresh[each.pk]
    return found


def _refuse_incomplete(row: Row) -> None:
    """Refuse a new product without a name or price, or of an id that is not known."""
    if row.id:
        raise Invalid(errors={"id": ["There is no such product. Leave it empty for a new one."]})
    missing = [name for name in ("name", "price") if name not in row.fields]
    if missing:
        raise Invalid(errors={name: ["This field is required."] for name in missing})


def _of_row(line: int, refusal: DomainError) -> dict[str, list[str]]:
    """A refusal as complaints about the fields of a row."""
    told = refusal.details.get("errors")
    if isinstance(told, Mapping):
        return {f"rows.{line}.{name}": list(texts) for name, texts in told.items()}
    name = refusal.details.get("field", "")
    return {f"rows.{line}.{name}".rstrip("."): [str(refusal)]}
