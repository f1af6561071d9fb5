"""The console's pages of the menu, the shelf and the order book."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin import ShopAdmin
from accounts.console import ByVerbs, ReadOnly, ReadOnlyLines
from accounts.models import Shop
from pos import catalog, money, shops
from pos.models import (
    Category,
    Order,
    OrderLine,
    Payment,
    Product,
    StockLevel,
    StockMovement,
    TaxRate,
)


def amount(name: str, label: str = "") -> Callable[[Any, Any], str]:
    """A column or field that shows an amount as a decimal with its currency."""

    @admin.display(description=label or name, ordering=name)
    def shown(self: Any, row: Any) -> str:
        value = getattr(row, name)
        if value is None:
            return "–"
        shop = row.order.shop if isinstance(row, OrderLine) else row.shop
        return f"{money.text(value, shop.digits)} {shop.currency}"

    return shown


@admin.register(Shop)
class Shops(ShopAdmin):
    """The tenants; their screens hear of a change."""

    verbs = shops


@admin.register(Category)
class CategoryAdmin(ReadOnly):
    """Headings of menus."""

    list_display = ["name", "shop", "position", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["shop"]
    search_fields = ["name", "shop__name"]
    ordering = ["shop__name", "position", "name"]


@admin.register(TaxRate)
class TaxRateAdmin(ReadOnly):
    """Named taxes."""

    list_display = ["name", "percent", "shop"]
    list_select_related = ["shop"]
    search_fields = ["name", "shop__name"]
    ordering = ["shop__name", "percent"]


class ProductForm(forms.ModelForm):
    """Prices as people write them; ``catalog.change`` gets them in the smallest unit."""

    price = forms.DecimalField(min_value=0, max_digits=16, widget=UnfoldAdminTextInputWidget)
    cost = forms.DecimalField(
        min_value=0, max_digits=16, required=False, widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Product
        fields = ["sku", "barcode", "name", "description", "category", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shop = self.instance.shop
        for name in ("price", "cost"):
            units = getattr(self.instance, name)
            self.fields[name].help_text = f"In {shop.currency}."
            self.initial[name] = None if units is None else money.text(units, shop.digits)
        self.fields["category"].queryset = shop.categories.order_by("position", "name")

    def clean_price(self) -> int:
        return self._units("price")

    def clean_cost(self) -> int | None:
        return None if self.cleaned_data["cost"] is None else self._units("cost")

    def _units(self, name: str) -> int:
        try:
            return money.units(self.cleaned_data[name], self.instance.shop.digits)
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None


@admin.register(Product)
class ProductAdmin(ByVerbs):
    """What is sold. ``pos.catalog`` changes it, so every screen hears of it."""

    form = ProductForm
    list_display = ["name", "shop", "category", "price_shown", "sku", "is_active", "updated_at"]
    list_filter = ["is_active"]
    list_select_related = ["shop", "category"]
    search_fields = ["name", "sku", "barcode", "shop__name", "=id"]
    ordering = ["-updated_at"]
    editable = (
        "sku", "barcode", "name", "description", "category", "price", "cost", "is_active",
    )  # fmt: skip
    fields = ["id", "shop", *editable, "tax_rate", "version", "created_at", "updated_at"]
    price_shown = amount("price", "price")

    def change(self, row: Product, fields: dict[str, Any], actor: Any) -> None:
        if "category" in fields:
            category = fields.pop("category")
            fields["category_id"] = category and category.pk
        catalog.change(row.pk, shop=row.shop, actor=actor, fields=fields)


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnly):
    """What is left: the sum of the movements."""

    list_display = ["product", "shop", "quantity", "reserved", "reorder_level", "policy"]
    list_filter = ["policy"]
    list_select_related = ["product", "shop"]
    search_fields = ["product__name", "product__sku", "shop__name"]
    ordering = ["quantity"]


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly):
    """Every piece that came or went, and why."""

    list_display = ["occurred_at", "product", "shop", "delta", "reason", "actor", "order"]
    list_filter = ["reason"]
    list_select_related = ["product", "shop", "actor", "order"]
    search_fields = ["product__name", "product__sku", "shop__name", "order__number", "note"]
    ordering = ["-occurred_at"]


class LinesOfOrder(ReadOnlyLines):
    model = OrderLine
    fields = [
        "position", "name", "quantity", "unit_price_shown", "discount_shown", "tax_rate",
        "net_shown", "tax_shown", "voided_at",
    ]  # fmt: skip
    readonly_fields = fields
    unit_price_shown = amount("unit_price", "unit price")
    discount_shown = amount("discount")
    net_shown = amount("net")
    tax_shown = amount("tax")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("order__shop").order_by("position")


class PaymentsOfOrder(ReadOnlyLines):
    model = Payment
    fields = ["at", "method", "amount_shown", "tendered_shown", "change_shown", "taken_by"]
    readonly_fields = fields
    amount_shown = amount("amount")
    tendered_shown = amount("tendered")
    change_shown = amount("change")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("shop", "taken_by").order_by("at")


@admin.register(Order)
class OrderAdmin(ReadOnly):
    """The order book."""

    list_display = [
        "number", "shop", "state", "kitchen_state", "channel", "total_shown", "paid_shown",
        "cashier", "created_at",
    ]  # fmt: skip
    list_filter = ["state", "kitchen_state", "channel", "order_type"]
    list_select_related = ["shop", "cashier"]
    search_fields = ["number", "shop__name", "customer_name", "table", "client_id", "=id"]
    ordering = ["-created_at"]
    fields = [
        "id", "shop", "number", "call_number", "business_day", "channel", "order_type", "state",
        "kitchen_state", "subtotal_shown", "discount_shown", "tax_shown", "includes_tax",
        "charges_shown", "total_shown", "paid_shown", "cashier", "device", "customer_name",
        "table", "note", "version", "client_id", "created_at", "updated_at",
    ]  # fmt: skip
    readonly_fields = [name for name in fields if name.endswith("_shown")]
    inlines = [LinesOfOrder, PaymentsOfOrder]
    subtotal_shown = amount("subtotal")
    discount_shown = amount("discount")
    tax_shown = amount("tax")
    charges_shown = amount("charges")
    total_shown = amount("total")
    paid_shown = amount("paid")


@admin.register(Payment)
class PaymentAdmin(ReadOnly):
    """Money taken."""

    list_display = ["at", "order", "shop", "method", "amount_shown", "taken_by"]
    list_filter = ["method"]
    list_select_related = ["order", "shop", "taken_by"]
    search_fields = ["order__number", "shop__name", "reference"]
    ordering = ["-at"]
    fields = [
        "id", "shop", "order", "method", "amount_shown", "tendered_shown", "change_shown",
        "reference", "taken_by", "at",
    ]  # fmt: skip
    readonly_fields = ["amount_shown", "tendered_shown", "change_shown"]
    amount_shown = amount("amount")
    tendered_shown = amount("tendered")
    change_shown = amount("change")
