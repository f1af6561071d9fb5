"""Who may call a view. Every API view names one of these; without one nobody may."""

from typing import Any, ClassVar

from rest_framework.permissions import BasePermission

from accounts.errors import DeviceInvalid, DeviceNotAllowed, NotSignedIn, RoleTooLow
from accounts.models import Device, Membership, User
from accounts.principals import Principal
from core.errors import Forbidden, Missing

__all__ = [
    "Anybody", "Cashier", "Manager", "Nobody", "Owner", "PairedDevice", "ShopRole", "SignedIn",
    "Sysadmin", "Till",
]  # fmt: skip


class Nobody(BasePermission):
    """The default: a view that names no permission refuses everybody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        raise Forbidden


class Anybody(BasePermission):
    """Signed in or not."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return True


class SignedIn(BasePermission):
    """Whoever is signed in. Raises ``NotSignedIn``."""

    def has_permission(self, request: Any, view: Any) -> bool:
        _signed_in(request)
        return True


class Sysadmin(BasePermission):
    """The vendor's people. Raises ``NotSignedIn`` and ``RoleTooLow``."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if not _signed_in(request).is_sysadmin:
            raise RoleTooLow(User.Role.SYSADMIN)
        return True


class ShopRole(BasePermission):
    """A role in the shop that the path names, or a stronger one.

    Raises ``NotSignedIn``; ``Missing`` for a shop that is not theirs, as for an unknown one;
    ``RoleTooLow`` for a member.
    """

    needed: ClassVar[Membership.Role]

    def has_permission(self, request: Any, view: Any) -> bool:
        principal = _signed_in(request)
        if principal.shop_role is None:
            raise Missing
        if not principal.reaches(self.needed):
            raise RoleTooLow(self.needed)
        return True


class Cashier(ShopRole):
    """Every member of the shop."""

    needed = Membership.Role.CASHIER


class Manager(ShopRole):
    """Its managers and owners."""

    needed = Membership.Role.MANAGER


class Owner(ShopRole):
    """Its owners."""

    needed = Membership.Role.OWNER


class PairedDevice(BasePermission):
    """A paired device of some kinds; for views that name ``authentication.Device``.

    Raises ``DeviceInvalid`` for nobody, ``DeviceNotAllowed`` for a device of another kind.
    """

    kinds: ClassVar[frozenset[str]] = frozenset(Device.Kind.values)

    def has_permission(self, request: Any, view: Any) -> bool:
        device = request.auth if request.user is None else None
        if not isinstance(device, Device):
            raise DeviceInvalid
        if device.kind not in self.kinds:
            raise DeviceNotAllowed
        return True


class Till(PairedDevice):
    """A paired till."""

    kinds = frozenset({Device.Kind.TILL})


def _signed_in(request: Any) -> Principal:
    if request.user is None:
        raise NotSignedIn
    return request.user
