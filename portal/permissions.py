"""Who may use the developer console."""

from typing import Any

from rest_framework.permissions import BasePermission

from accounts import otp
from accounts.errors import NotSignedIn, OtpRequired, RoleTooLow
from accounts.models import User

__all__ = ["ROLES", "Developer"]

ROLES = frozenset({User.Role.DEV, User.Role.SYSADMIN})


class Developer(BasePermission):
    """The vendor's developers and sysadmins, whose session has proven a one-time code.

    Raises ``NotSignedIn``, ``RoleTooLow`` and ``OtpRequired``.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        principal = request.user
        if principal is None:
            raise NotSignedIn
        if principal.role not in ROLES:
            raise RoleTooLow(User.Role.DEV)
        if not otp.is_proven(principal.session_id):
            raise OtpRequired
        return True
