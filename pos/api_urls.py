"""Where the counter answers programs, under both mounts of the API."""

from django.urls import path

from pos.api import (
    callbacks,
    categories,
    drawer,
    inventory,
    modifiers,
    orders,
    payments,
    pictures,
    products,
    receipts,
    settings,
    tables,
    tax_rates,
)

SHOP = "shops/<uuid:shop_id>"
ORDER = f"{SHOP}/orders/<uuid:order_id>"
SHIFT = f"{SHOP}/shifts/<uuid:shift_id>"

urlpatterns = [
    path(f"{SHOP}/orders", orders.OrderList.as_view(), name="order-list"),
    path(ORDER, orders.OrderDetail.as_view(), name="order"),
    path(f"{ORDER}/void", orders.OrderVoid.as_view(), name="order-void"),
    path(
        f"{ORDER}/payments",
        payments.OrderPayments.as_view(),
        name="order-payments",
    ),
    path(
        f"{SHOP}/orders/<uuid:sale_id>/refunds",
        payments.OrderRefunds.as_view(),
        name="order-refunds",
    ),
    path(f"{ORDER}/receipt", receipts.OrderReceipt.as_view(), name="receipt-of-order"),
    path(f"{ORDER}/receipt.html", receipts.ReceiptPage.as_view(), name="receipt-page"),
    path(f"{ORDER}/receipt.txt", receipts.ReceiptText.as_view(), name="receipt-text"),
    path(f"{ORDER}/receipt.pdf", receipts.ReceiptPdf.as_view(), name="receipt-pdf"),
    path(f"{ORDER}/receipt.escpos", receipts.ReceiptRoll.as_view(), name="receipt-roll"),
    path(f"{SHOP}/products", products.ProductList.as_view(), name="products"),
    path(f"{SHOP}/products/<uuid:product_id>", products.ProductDetail.as_view(), name="product"),
    path(f"{SHOP}/products.csv", tables.ProductTable.as_view(), name="product-table"),
    path(f"{SHOP}/products/import", tables.ProductImport.as_view(), name="product-import"),
    path(
        f"{SHOP}/products/<uuid:product_id>/image",
        pictures.ProductPicture.as_view(),
        name="product-picture",
    ),
    path(f"{SHOP}/settings", settings.Settings.as_view(), name="shop-settings"),
    path(f"{SHOP}/categories", categories.CategoryList.as_view(), name="categories"),
    path(
        f"{SHOP}/categories/<uuid:category_id>",
        categories.CategoryDetail.as_view(),
        name="category",
    ),
    path(f"{SHOP}/tax-rates", tax_rates.TaxRateList.as_view(), name="tax-rates"),
    path(
        f"{SHOP}/tax-rates/<uuid:tax_rate_id>",
        tax_rates.TaxRateDetail.as_view(),
        name="tax-rate",
    ),
    path(f"{SHOP}/modifier-groups", modifiers.ModifierGroupList.as_view(), name="modifier-groups"),
    path(
        f"{SHOP}/modifier-groups/<uuid:modifier_group_id>",
        modifiers.ModifierGroupDetail.as_view(),
        name="modifier-group",
    ),
    path(f"{SHOP}/inventory", inventory.Inventory.as_view(), name="inventory"),
    path(f"{SHOP}/inventory/<uuid:item_id>", inventory.InventoryItem.as_view(), name="level"),
    path(
        f"{SHOP}/inventory/<uuid:item_id>/movements",
        inventory.Movements.as_view(),
        name="movements",
    ),
    path(f"{SHOP}/registers", drawer.RegisterList.as_view(), name="registers"),
    path(f"{SHOP}/shifts", drawer.ShiftList.as_view(), name="shifts"),
    path(f"{SHOP}/shifts/current", drawer.CurrentShift.as_view(), name="shift-current"),
    path(SHIFT, drawer.ShiftDetail.as_view(), name="shift"),
    path(f"{SHIFT}/cash", drawer.ShiftCash.as_view(), name="shift-cash"),
    path(f"{SHIFT}/close", drawer.ShiftClosing.as_view(), name="shift-close"),
    path(f"{SHIFT}/report", drawer.ShiftReport.as_view(), name="shift-report"),
    path("payments/callback", callbacks.PaymentCallback.as_view(), name="payment-callback"),
]
