"""The menu as a CSV table, out and in."""

import csv
from io import StringIO
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Manager
from core import api, schema, structs
from core.errors import Invalid
from core.idempotency import EACH_TIME
from pos import imports, money
from pos.api import uploads
from pos.imports import Imported, Row
from pos.menu_serializers import ChangeProduct
from pos.models import Product

COLUMNS = (
    "id", "sku", "barcode", "name", "description", "category", "price", "cost", "tax_rate",
    "is_active", "stock_policy", "reorder_level", "stock",
)  # fmt: skip
#: Columns that may come back and have no effect: stock changes by counting.
READ_ONLY = frozenset({"stock"})

#: What a spreadsheet would take for a formula, and our mark before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")

YES, NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})

FORM: dict[str, Any] = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "dry_run": {"type": "boolean"},
        },
        "required": ["file"],
    },
    "text/csv": {"type": "string"},
}


class ProductTable(ShopView):
    """The shop's products as a table."""

    permission_classes: ClassVar = [Manager]

    @schema.describe(
        responses={(200, "text/csv"): OpenApiTypes.STR},
        errors=[403],
        summary="Export the products",
    )
    def get(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Answer every product, retired ones too, as CSV that no spreadsheet runs."""
        written = StringIO()
        table = csv.writer(written)
        table.writerow(COLUMNS)
        for product in self.shop.products.with_facts().order_by("name", "id"):
            table.writerow([_safe(cell) for cell in _cells(product, self.shop.digits)])
        headers = {"Content-Disposition": 'attachment; filename="products.csv"'}
        kind = "text/csv; charset=utf-8"
        return HttpResponse(written.getvalue().encode(), content_type=kind, headers=headers)


class ProductImport(ShopView):
    """Products out of a table."""

    permission_classes: ClassVar = [Manager]
    parser_classes: ClassVar = [uploads.FormParser, uploads.CsvParser]

    @schema.describe(
        request=FORM,
        responses={200: Imported},
        errors=[403, 409, 413, 415, 423],
        creates=True,
        summary="Import products",
    )
    def post(self, request: Request, shop_id: UUID) -> HttpResponse:
        """Add or change products by `id` or `sku`: every row of the table, or none.

        At most 5,000 rows and 5 MB (a bare `text/csv` body: 1 MiB). An empty cell leaves the field
        as it is. With `dry_run` nothing is written. Complaints name the line of the file:
        `rows.3.price`.
        """
        once = api.once(request)
        rows = _rows(uploads.file(request.data, "file"), self.shop.digits)
        said = request.data.get("dry_run", "") or request.GET.get("dry_run", "")
        who = {"shop": self.shop, "actor": request.user}
        if not _yes(said or "false", "dry_run"):
            imports.bring(rows, once=once, **who)
            return api.reply(once)
        with transaction.atomic():
            done = imports.bring(rows, dry_run=True, once=EACH_TIME, **who)
            transaction.set_rollback(True)
        return api.respond(done)


def _cells(product: Product, digits: int) -> list[str]:
    cost, rate = product.cost, product.tax_rate
    return [
        str(product.id),
        product.sku,
        product.barcode,
        product.name,
        product.description,
        product.category.name if product.category else "",
        money.text(product.price, digits),
        "" if cost is None else money.text(cost, digits),
        money.percent(rate.percent) if rate else "",
        "true" if product.is_active else "false",
        product.level.policy,
        str(product.level.reorder_level),
        str(product.level.available),
    ]


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _plain(cell: str) -> str:
    """The cell as it was before ``_safe``."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _rows(sent: bytes, digits: int) -> list[Row]:
    """The table's rows, typed. Raises ``Invalid`` naming every row and field that is wrong."""
    try:
        lines = list(csv.reader(StringIO(sent.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid(errors={"file": ["This is no CSV in UTF-8."]}) from None
    names = [name.strip().lower() for name in lines[0]] if lines else []
    unknown = [name for name in names if name not in COLUMNS]
    if not names or unknown or len(set(names)) < len(names):
        raise Invalid(errors={"file": [f"The first line names columns: {', '.join(COLUMNS)}."]})
    numbered = [(line, cells) for line, cells in enumerate(lines[1:], start=2) if any(cells)]
    if len(numbered) > imports.MOST:
        raise Invalid(errors={"file": [f"At most {imports.MOST} rows at once."]})
    rows, errors = [], {}
    for line, cells in numbered:
        try:
            rows.append(_row(line, names, cells, digits))
        except Invalid as refusal:
            told = refusal.details.get("errors") or {"": [str(refusal)]}
            errors |= {f"rows.{line}.{name}".rstrip("."): texts for name, texts in told.items()}
    if errors:
        raise Invalid(errors=errors)
    return rows


def _row(line: int, names: list[str], cells: list[str], digits: int) -> Row:
    if len(cells) != len(names):
        raise Invalid(f"Has {len(cells)} cells, not {len(names)}.")
    said: dict[str, Any] = {
        name: text
        for name, cell in zip(names, cells, strict=True)
        if (text := _plain(cell.strip())) and name not in READ_ONLY
    }
    if any("\0" in text for text in said.values()):
        raise Invalid("Holds a NUL. Remove it.")
    key = said.pop("id", None)
    if "is_active" in said:
        said["is_active"] = _yes(said["is_active"], "is_active")
    if "reorder_level" in said:
        said["reorder_level"] = _whole(said["reorder_level"])
    fields = structs.convert(said, ChangeProduct).fields(digits)
    return Row(line, _uuid(key) if key else None, fields)


def _yes(text: str, field: str) -> bool:
    if text.lower() not in YES | NO:
        raise Invalid(errors={field: ["Must be true or false."]})
    return text.lower() in YES


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Invalid(errors={"reorder_level": ["Must be a whole number of at least 0."]})
    return int(text)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(errors={"id": ["Must be an id (a UUID)."]}) from None
