"""The base of every view under ``shops/{shop_id}``."""

from typing import Any, ClassVar
from uuid import UUID

from accounts.models import Shop
from accounts.permissions import Cashier
from accounts.principals import Principal
from core.api import View

__all__ = ["ShopView"]


class ShopView(View):
    """A view for members of the shop in the path: the one way to reach what a shop owns.

    ``self.shop`` and ``self.principal`` came with the statement that checked the session and
    cost nothing more. Methods that need a stronger role name it: ``permissions = {"POST":
    Manager}``; the others take ``permission_classes``.
    """

    permission_classes: ClassVar[list[type]] = [Cashier]
    permissions: ClassVar[dict[str, type]] = {}

    def get_permissions(self) -> list[Any]:
        """The method's own permission, else the view's."""
        method = self.request.method or ""
        own = self.permissions.get("GET" if method == "HEAD" else method)
        return [own()] if own else [kind() for kind in self.permission_classes]

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.request.user

    @property
    def shop_id(self) -> UUID:
        """The shop in the path, of which the caller is a member."""
        return self.kwargs["shop_id"]

    @property
    def shop(self) -> Shop:
        """The same as a row."""
        shop = self.principal.shop
        assert shop is not None, "the permission has made sure"  # noqa: S101
        return shop
