"""What everyone reads of people and shops: the rows of the API, in one shape."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from accounts.models import Membership, Shop, User

__all__ = ["ShopFact", "ShopOfUser", "UserFact", "shop", "strongest", "user"]


class ShopOfUser(msgspec.Struct, frozen=True):
    """A shop a person belongs to, and as what."""

    id: UUID
    name: str
    role: str


class UserFact(msgspec.Struct, frozen=True, kw_only=True):
    """A person, under every name that a front end calls a field.

    ``role`` is the strongest they have; ``shop_id`` and ``shop_name`` are the first shop's.
    """

    id: UUID
    user_id: UUID
    username: str
    email: str
    phone: str
    name: str
    organization: str
    role: str
    role_name: str
    shop_id: UUID | None
    shop_id_camel: UUID | None = msgspec.field(name="shopId")
    shop_name: str | None
    shop_name_camel: str | None = msgspec.field(name="shopName")
    shops: list[ShopOfUser]
    is_active: bool
    is_verified: bool
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None


class ShopFact(msgspec.Struct, frozen=True, kw_only=True):
    """A shop, and the caller's role in it."""

    id: UUID
    name: str
    role: str
    currency: str
    timezone: str
    day_starts_at: int
    owner_id: UUID
    created_at: datetime
    updated_at: datetime


def user(row: User, memberships: Sequence[Membership]) -> UserFact:
    """A person with their memberships, the first shop first."""
    role = strongest(row.role, memberships)
    first = memberships[0].shop if memberships else None
    shop_id, shop_name = (first.pk, first.name) if first else (None, None)
    return UserFact(
        id=row.pk,
        user_id=row.pk,
        username=row.username,
        email=row.email,
        phone=row.phone,
        name=row.name,
        organization=row.organization,
        role=role,
        role_name=role,
        shop_id=shop_id,
        shop_id_camel=shop_id,
        shop_name=shop_name,
        shop_name_camel=shop_name,
        shops=[ShopOfUser(one.shop.pk, one.shop.name, one.role) for one in memberships],
        is_active=row.is_active,
        is_verified=row.is_verified,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_login_at=row.last_login_at,
    )


def shop(row: Shop, role: str) -> ShopFact:
    """A shop as a member of it with this role sees it."""
    return ShopFact(
        id=row.pk,
        name=row.name,
        role=role,
        currency=row.currency,
        timezone=row.timezone,
        day_starts_at=row.day_starts_at,
        owner_id=row.owner_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def strongest(role: str, memberships: Sequence[Membership]) -> str:
    """The strongest of a person's roles: the platform's, else the best in their shops."""
    if role in (User.Role.SYSADMIN, User.Role.DEV):
        return role
    held = {one.role for one in memberships}
    ranks = [Membership.Role.OWNER, Membership.Role.MANAGER, Membership.Role.CASHIER]
    return next((rank.value for rank in ranks if rank in held), role)
