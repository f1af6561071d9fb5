"""Many products at once, from a table: all of its rows, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q

from accounts.models import Shop
from core import database, wire
from core.errors import DomainError, Invalid
from core.idempotency import EACH_TIME, Once
from licensing import policy
from pos import catalog
from pos.models import Product, StockLevel

#: Rows of one table. The shop's screens and tills wait until the last of them is written.
MOST = 200


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
    by_id, by_sku = _held(rows, shop)
    errors: dict[str, list[str]] = {}
    ids: list[UUID] = []
    for row in rows:
        product = by_id.get(row.id) if row.id else by_sku.get(row.fields.get("sku", ""))
        try:
            if product is not None:
                fact = catalog.change(product.pk, shop=shop, actor=actor, fields=row.fields)
            else:
                _refuse_incomplete(row)
                fact = catalog.add(shop=shop, actor=actor, fields=row.fields)
            ids.append(fact.id)
        except DomainError as refusal:
            errors |= _of_row(row.line, refusal)
    if errors:
        raise Invalid(errors=errors)
    created = len({*ids} - {*by_id})
    done = Imported(dry_run, len(rows), created, len(rows) - created, ids)
    once.keep(200, wire.encode(done))
    return done


def _held(rows: Sequence[Row], shop: Shop) -> tuple[dict[UUID, Product], dict[str, Product]]:
    """The products that the rows speak of, and their levels, locked in key order."""
    named = Q(pk__in=[row.id for row in rows if row.id]) | Q(
        sku__in=[sku for row in rows if not row.id and (sku := row.fields.get("sku"))]
    )
    products = shop.products.filter(named).select_for_update(no_key=True).order_by("id")
    found = list(products)
    levels = StockLevel.objects.filter(product__in=found).order_by("product_id")
    list(levels.select_for_update())
    return {each.pk: each for each in found}, {each.sku: each for each in found if each.sku}


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
