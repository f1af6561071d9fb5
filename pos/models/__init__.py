"""What a shop sells and what it sold. Amounts are whole numbers of the smallest unit."""

from pos.models.catalog import Category, Product, ShopSettings, TaxRate
from pos.models.orders import NumberCounter, Order, OrderLine, Payment
from pos.models.stock import StockLevel, StockMovement

__all__ = [
    "Category",
    "NumberCounter",
    "Order",
    "OrderLine",
    "Payment",
    "Product",
    "ShopSettings",
    "StockLevel",
    "StockMovement",
    "TaxRate",
]
