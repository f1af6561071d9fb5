"""What everyone reads of people and shops: the rows of the API, in one shape."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from accounts.models import Approval, Device, Membership, Shop, User

__all__ = [
    "ApprovalFact", "DeviceFact", "DevicePaired", "Face", "PairingCodeFact", "PersonFact",
    "ShopFact", "ShopOfDevice", "ShopOfUser", "UserFact", "approval", "device", "face",
    "initials", "shop", "shop_of_device", "strongest", "user",
]  # fmt: skip


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


class ShopOfDevice(msgspec.Struct, frozen=True):
    """The shop a device works for."""

    id: UUID
    name: str
    currency: str
    timezone: str


class DeviceFact(msgspec.Struct, frozen=True, kw_only=True):
    """A device of a shop. ``status``: new (never paired), paired, revoked."""

    id: UUID
    shop_id: UUID
    kind: str
    name: str
    status: str
    paired_at: datetime | None
    last_seen_at: datetime | None
    revoked_at: datetime | None
    service_mode: bool
    service_message: str
    created_at: datetime


class DevicePaired(msgspec.Struct, frozen=True, kw_only=True):
    """What pairing answers. The token is shown this once."""

    device_token: str
    device: DeviceFact
    shop: ShopOfDevice


class PairingCodeFact(msgspec.Struct, frozen=True, kw_only=True):
    """The code to type at a device; it works once, until ``expires_at``."""

    code: str
    expires_at: datetime
    device_id: UUID


class PersonFact(msgspec.Struct, frozen=True):
    """A person by name."""

    id: UUID
    name: str


class ApprovalFact(msgspec.Struct, frozen=True, kw_only=True):
    """A manager's word for one act of the caller: works once, until ``expires_at``."""

    id: UUID
    action: str
    target: str
    approved_by: PersonFact
    created_at: datetime
    expires_at: datetime


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to pick at a shared terminal."""

    user_id: UUID
    name: str
    initials: str
    role: str
    has_pin: bool


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


def device(row: Device) -> DeviceFact:
    """A device as its managers see it."""
    paired = "paired" if row.paired_at else "new"
    return DeviceFact(
        id=row.pk,
        shop_id=row.shop_id,
        kind=row.kind,
        name=row.name,
        status="revoked" if row.revoked_at else paired,
        paired_at=row.paired_at,
        last_seen_at=row.last_seen_at,
        revoked_at=row.revoked_at,
        service_mode=row.service_mode,
        service_message=row.service_message,
        created_at=row.created_at,
    )


def shop_of_device(row: Shop) -> ShopOfDevice:
    """A shop as its devices see it."""
    return ShopOfDevice(row.pk, row.name, row.currency, row.timezone)


def approval(row: Approval) -> ApprovalFact:
    """An approval as the cashier gets it."""
    return ApprovalFact(
        id=row.pk,
        action=row.action,
        target=row.target,
        approved_by=PersonFact(row.approver_id, str(row.approver)),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def face(row: Membership) -> Face:
    """A member as the terminal shows them."""
    name = str(row.user)
    return Face(
        user_id=row.user_id,
        name=name,
        initials=initials(name),
        role=row.role,
        has_pin=bool(row.pin),
    )


def initials(name: str) -> str:
    """Up to two letters that stand for a person: "Ada Byron" is AB, "ada" is A."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in letters).upper() or "?"
