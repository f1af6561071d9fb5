"""A paired kitchen screen among the staff: it reads orders and moves them on, nothing else."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from accounts import devices
from accounts.api import ShopView
from accounts.authentication import Bearer, Screen, bearer
from accounts.errors import DeviceNotAllowed
from accounts.models import Device, Shop
from accounts.permissions import Cashier
from core import context
from core.errors import Missing

__all__ = ["CounterView", "KitchenOrStaff"]

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MOVES = frozenset({"PUT", "PATCH"})


class Kitchen(Bearer):
    """An access token, or the token of a paired kitchen screen, which is nobody."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Return who speaks, or ``None`` and the screen. Raises as ``Bearer`` does."""
        token = bearer(request)
        device = devices.by_token(token) if token and "." not in token else None
        if device is None or device.kind != Device.Kind.KDS:
            return super().authenticate(request)
        devices.touch(device)
        return None, device


class KitchenOrStaff(Cashier):
    """Every member of the shop, and its kitchen screens.

    Raises ``Missing`` for another shop's screen, ``DeviceNotAllowed`` for what a screen may not.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        device = request.auth
        if request.user is not None or not isinstance(device, Device):
            return super().has_permission(request, view)
        if device.shop_id != view.kwargs["shop_id"]:
            raise Missing
        if request.method not in view.kitchen_may:
            raise DeviceNotAllowed
        return True


class CounterView(ShopView):
    """A view of orders, open to the shop's kitchen screens for the methods in ``kitchen_may``."""

    authentication_classes: ClassVar = [Kitchen, Screen]
    permission_classes: ClassVar = [KitchenOrStaff]
    kitchen_may: ClassVar[frozenset[str]] = READS

    @property
    def is_kitchen(self) -> bool:
        """Whether a kitchen screen asks, and no person."""
        return self.request.user is None

    def speaking(self) -> AbstractContextManager[object]:
        """For what a kitchen screen changes: the trail, and its keys, know it by its device."""
        if not self.is_kitchen:
            return nullcontext()
        return context.entered(device_id=str(self.request.auth.pk))

    @property
    def shop(self) -> Shop:
        """The shop in the path."""
        return self.request.auth.shop if self.is_kitchen else super().shop
