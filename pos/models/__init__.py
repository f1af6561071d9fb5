"""What a shop sells and what it sold. Amounts are whole numbers of the smallest unit."""

from pos.models.catalog import (
    Category,
    Modifier,
    ModifierGroup,
    Product,
    ProductModifierGroup,
    ShopSettings,
    TaxRate,
)
from pos.models.drawer import CashMovement, Register, Shift, ShiftClaim
from pos.models.orders import DiscountType, NumberCounter, Order, OrderLine
from pos.models.payments import Method, Payment, PaymentIntent, Refund, RefundIntent
from pos.models.stock import StockLevel, StockMovement

__all__ = [
    "CashMovement",
    "Category",
    "DiscountType",
    "Method",
    "Modifier",
    "ModifierGroup",
    "NumberCounter",
    "Order",
    "OrderLine",
    "Payment",
    "PaymentIntent",
    "Product",
    "ProductModifierGroup",
    "Refund",
    "RefundIntent",
    "Register",
    "Shift",
    "ShiftClaim",
    "ShopSettings",
    "StockLevel",
    "StockMovement",
    "TaxRate",
]
