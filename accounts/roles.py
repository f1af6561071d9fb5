"""Roles: given, changed and passed on; a shop keeps an owner and the platform a sysadmin."""

from collections.abc import Iterable
from uuid import UUID

from accounts import audit, sessions, shops
from accounts.audit import Actor
from accounts.errors import LastOwner, LastSysadmin, RoleAboveYours
from accounts.models import Membership, Shop, User
from accounts.principals import SHOP_ROLES
from accounts.standings import PLATFORM_ROLES, Case, Standing
from core.errors import Invalid, Missing

__all__ = [
    "give", "pass_on", "platform_role", "require_another_sysadmin", "require_known", "shop_meant",
]  # fmt: skip


def require_known(role: str) -> None:
    """Refuse a role that there is not. Raises ``Invalid``."""
    if role not in SHOP_ROLES and role not in PLATFORM_ROLES:
        known = ", ".join([*SHOP_ROLES, *PLATFORM_ROLES])
        raise Invalid(errors={"role": [f"Must be one of {known}."]})


def shop_meant(standing: Standing, shop_id: UUID | None, choices: Iterable[UUID]) -> Shop:
    """The shop that is meant, locked: changes of its staff go one after another.

    Without ``shop_id`` it is the only one of ``choices``. Raises ``Invalid``, ``Missing``,
    ``RoleTooLow``.
    """
    chosen = [shop_id] if shop_id is not None else list(choices)
    if len(chosen) != 1:
        raise Invalid(errors={"shop_id": ["Say in which shop."]})
    standing.require_shop(chosen[0])
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=chosen[0]).first()
    if shop is None:
        raise Missing
    return shop


def platform_role(standing: Standing, role: str, shop_id: UUID | None) -> User.Role:
    """The role on the platform, if theirs to grant. Raises ``RoleAboveYours``, ``Invalid``."""
    ours = standing.is_developer and role != User.Role.SYSADMIN
    if not (standing.is_sysadmin or ours):
        if role != User.Role.USER:
            raise RoleAboveYours(role)
        raise Invalid(errors={"role": ["Must be a role in your shop: cashier, manager, owner."]})
    if shop_id is not None:
        raise Invalid(errors={"shop_id": [f"The role {role} belongs to no shop. Leave it out."]})
    return User.Role(role)


def give(case: Case, role: str, shop_id: UUID | None, *, actor: Actor | None) -> None:
    """Give a person a role in a shop or on the platform; another one than now ends their sessions.

    A shop alone changes nothing, and has to be theirs. Raises ``RoleAboveYours``, ``LastOwner``,
    ``LastSysadmin``, ``Missing``, ``RoleTooLow``, ``Invalid``.
    """
    if not role:
        if all(one.shop_id != shop_id for one in case.ours):
            raise Invalid(errors={"role": ["Say which role they shall have in this shop."]})
        return
    if role in SHOP_ROLES:
        changed = _give_in_shop(case, role, shop_id, actor=actor)
    else:
        changed = _give_on_platform(case, role, shop_id, actor=actor)
    if changed:
        sessions.end_all(user_id=case.user.pk, actor=actor, because="role changed")


def _give_in_shop(case: Case, role: str, shop_id: UUID | None, *, actor: Actor | None) -> bool:
    shop = shop_meant(case.standing, shop_id, [one.shop_id for one in case.ours])
    case.standing.require_rank(shop.pk, role)
    held = next((one for one in case.memberships if one.shop_id == shop.pk), None)
    if held is None:
        shops.join(shop=shop, user=case.user, role=role, actor=actor)
        return True
    case.standing.require_rank(shop.pk, held.role)
    if held.role == role:
        return False
    if held.role == Membership.Role.OWNER:
        pass_on(shop, case.user, actor=actor)
    before, held.role = {"role": held.role}, role
    held.save(update_fields=["role"])
    audit.record(
        "membership.changed", held, shop=shop, actor=actor, before=before,
        user_id=case.user.pk, role=role,
    )  # fmt: skip
    return True


def _give_on_platform(case: Case, role: str, shop_id: UUID | None, *, actor: Actor | None) -> bool:
    wanted = platform_role(case.standing, role, shop_id)
    before = case.user.role
    if wanted == before:
        return False
    if before == User.Role.SYSADMIN:
        require_another_sysadmin(case.user)
    User.objects.filter(pk=case.user.pk).update(role=wanted)
    audit.record(
        "user.role_changed", case.user, shop=None, actor=actor, before={"role": before}, role=wanted
    )
    return True


def pass_on(shop: Shop, user: User, *, actor: Actor | None) -> None:
    """See that the shop has another owner, and that it names one. Raises ``LastOwner``."""
    owners = shop.memberships.filter(role=Membership.Role.OWNER, user__is_active=True)
    heir = owners.exclude(user=user).order_by("created_at", "pk").first()
    if heir is None:
        raise LastOwner(shop.name)
    if shop.owner_id == user.pk:
        Shop.objects.filter(pk=shop.pk).update(owner=heir.user_id)
        audit.record(
            "shop.passed_on", shop, shop=shop, actor=actor,
            before={"owner_id": user.pk}, after={"owner_id": heir.user_id},
        )  # fmt: skip


def require_another_sysadmin(user: User) -> None:
    """See that somebody else is one too. Raises ``LastSysadmin``."""
    others = User.objects.filter(role=User.Role.SYSADMIN, is_active=True).exclude(pk=user.pk)
    if not others.exists():
        raise LastSysadmin
