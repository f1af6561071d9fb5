"""Standings: what a person may do to another, by the roles of both, here and now."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from accounts.audit import Actor
from accounts.errors import OwnAccount, RoleAboveYours, RoleTooLow
from accounts.models import Membership, Shop, User
from accounts.principals import SHOP_ROLES
from core.errors import Missing

__all__ = ["PLATFORM_ROLES", "Case", "Standing", "of", "open_case"]

PLATFORM_ROLES = [User.Role.USER, User.Role.DEV, User.Role.SYSADMIN]


@dataclass(frozen=True, slots=True)
class Standing:
    """Who acts, and their role in each of their shops. The system may do all a sysadmin may.

    ``is_developer``: at the developer console, where everybody's account is theirs to change but
    a sysadmin's.
    """

    user_id: UUID | None
    is_sysadmin: bool
    roles: dict[UUID, str]
    is_developer: bool = False

    @property
    def shops(self) -> set[UUID]:
        """The shops whose staff they look after."""
        return {shop for shop, role in self.roles.items() if role != Membership.Role.CASHIER}

    def require(self) -> "Standing":
        """Raise ``RoleTooLow`` unless there is anybody they look after."""
        if not (self.is_sysadmin or self.is_developer or self.shops):
            raise RoleTooLow(Membership.Role.MANAGER)
        return self

    def looks_after(self, shop_id: UUID) -> bool:
        """Whether the shop's staff is theirs to change."""
        return self.is_sysadmin or shop_id in self.shops

    def require_shop(self, shop_id: UUID) -> None:
        """Raise ``Missing`` for a shop that is not theirs, ``RoleTooLow`` where they serve."""
        if not self.looks_after(shop_id):
            if shop_id in self.roles:
                raise RoleTooLow(Membership.Role.MANAGER)
            raise Missing

    def require_rank(self, shop_id: UUID, role: str) -> None:
        """Raise ``RoleAboveYours`` for a role in the shop above their own there."""
        mine = Membership.Role.OWNER if self.is_sysadmin else self.roles[shop_id]
        if SHOP_ROLES.index(Membership.Role(role)) > SHOP_ROLES.index(Membership.Role(mine)):
            raise RoleAboveYours(role)


def of(actor: Actor | None, *, at_console: bool = False) -> Standing:
    """Read the actor's standing anew: it may have changed since the request began.

    ``at_console``: they act at the developer console, where a developer's role counts.
    """
    if actor is None:
        return Standing(None, True, {})
    role = User.objects.filter(pk=actor.pk, is_active=True).values_list("role", flat=True).first()
    roles = Membership.objects.filter(user_id=actor.pk, user__is_active=True)
    return Standing(
        actor.pk,
        is_sysadmin=role == User.Role.SYSADMIN,
        roles=dict(roles.values_list("shop_id", "role")),
        is_developer=at_console and role == User.Role.DEV,
    )


@dataclass(frozen=True, slots=True)
class Case:
    """One person before another who wants to change something about them."""

    standing: Standing
    user: User
    memberships: list[Membership]

    @property
    def is_oneself(self) -> bool:
        return self.user.pk == self.standing.user_id

    @property
    def ours(self) -> list[Membership]:
        """Their places in the shops that the actor looks after."""
        return [one for one in self.memberships if self.standing.looks_after(one.shop_id)]

    def require_account(self) -> None:
        """Raise ``OwnAccount`` or ``RoleAboveYours`` unless the account is the actor's to change."""
        if self.is_oneself or self.standing.is_sysadmin:
            return
        if self.standing.is_developer:
            if self.user.role == User.Role.SYSADMIN:
                raise RoleAboveYours(self.user.role)
            return
        for one in self.ours:
            self.standing.require_rank(one.shop_id, one.role)
        if self.user.role != User.Role.USER or len(self.ours) < len(self.memberships):
            raise OwnAccount


def open_case(
    user_id: UUID,
    *,
    actor: Actor | None,
    shop_id: UUID | None = None,
    at_console: bool = False,
) -> Case:
    """Lock whatever the rules look at, in one order, then read it, in the caller's transaction.

    ``shop_id`` is a shop they may come to, ``at_console`` as in ``of``. Raises ``RoleTooLow`` for an actor who looks after
    nobody, ``Missing`` for a person or a shop that is not theirs.
    """
    case = _look(user_id, actor, at_console)
    places = {one.shop_id for one in case.memberships}
    if shop_id is not None:
        case.standing.require_shop(shop_id)
        places.add(shop_id)
    list(Shop.objects.select_for_update(no_key=True).filter(pk__in=places).order_by("pk"))
    people = Q(pk=user_id)
    if case.user.role == User.Role.SYSADMIN:
        people |= Q(role=User.Role.SYSADMIN)
    list(User.objects.select_for_update(no_key=True).filter(people).order_by("pk"))
    return _look(user_id, actor, at_console)


def _look(user_id: UUID, actor: Actor | None, at_console: bool) -> Case:
    standing = of(actor, at_console=at_console).require()
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise Missing
    places = Membership.objects.filter(user_id=user_id).select_related("shop")
    case = Case(standing, user, list(places.order_by("created_at", "pk")))
    everybody = standing.is_sysadmin or standing.is_developer
    if not (case.is_oneself or everybody or case.ours):
        raise Missing
    return case
