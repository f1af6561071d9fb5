"""Who speaks in this request: a person in a session, and what they are in the shop asked for."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from accounts.models import Membership, Shop, User

__all__ = ["PIN", "SHOP_ROLES", "Principal", "is_by_pin"]

#: Roles in a shop, each of which may do what the one before it may.
SHOP_ROLES = [Membership.Role.CASHIER, Membership.Role.MANAGER, Membership.Role.OWNER]


#: The scope of a sign-in by PIN at a shared till.
PIN = "pin"


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, read anew for each request; stands for ``User`` as an actor.

    ``name`` is what to call them. ``shop`` and ``shop_role`` are set if the request names a
    shop and they belong to it. ``is_due``: that the session is in use has not been written down
    for a minute. ``is_locked``: their till was left alone for too long, so nothing may be opened.
    For a foreign key give ``actor_id=principal.pk``.
    """

    id: UUID
    username: str
    name: str
    role: str
    token_version: int
    session_id: UUID
    is_due: bool = False
    is_locked: bool = False
    scope: str = ""
    device_id: UUID | None = None
    shop: Shop | None = None
    shop_role: str | None = None

    is_anonymous: Literal[False] = False
    is_authenticated: Literal[True] = True
    is_active: Literal[True] = True

    @property
    def pk(self) -> UUID:
        return self.id

    def __str__(self) -> str:
        return self.name

    @property
    def is_sysadmin(self) -> bool:
        return self.role == User.Role.SYSADMIN

    def reaches(self, role: str) -> bool:
        """Whether they may do in the shop what ``role`` may."""
        return self.shop_role is not None and SHOP_ROLES.index(
            Membership.Role(self.shop_role)
        ) >= SHOP_ROLES.index(Membership.Role(role))


def is_by_pin(actor: object) -> bool:
    """Whether the actor has shown a PIN only: too little to change how somebody signs in."""
    return getattr(actor, "scope", "") == PIN
