"""The API of people and shops, and the base of every view under a shop."""

from accounts.api.shop_view import ShopView

__all__ = ["ShopView"]
