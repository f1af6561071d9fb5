"""Staff: the people of a shop, and what owners, managers and sysadmins may change about them.

Nobody grants or touches a role above their own, a shop keeps an owner and the platform a
sysadmin, and nobody shuts themselves out. Who belongs to somebody else's shop too is theirs to
look after: here only their role can change.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db.models import Q, QuerySet

from accounts import audit, facts, passwords, roles, sessions, shops, standings, users
from accounts.audit import Actor
from accounts.errors import (
    OwnAccount,
    PasswordRequired,
    Yourself,
)
from accounts.facts import UserFact
from accounts.models import Membership, User
from accounts.principals import SHOP_ROLES, is_by_pin
from accounts.standings import PLATFORM_ROLES, Case
from core import wire
from core.database import verb
from core.errors import Missing
from core.idempotency import EACH_TIME, Once

__all__ = ["add", "change", "described", "people", "read", "remove"]


# --- reading ----------------------------------------------------------------------------


def people(
    *,
    actor: Actor | None,
    words: str = "",
    shop_id: UUID | None = None,
    role: str = "",
    is_active: bool | None = None,
) -> QuerySet[User]:
    """Those the actor looks after; in no order. Raises ``RoleTooLow`` for who has nobody.

    ``words`` are part of a name, username or e-mail; ``role`` is one in a shop or the platform's.
    A shop that is not theirs has nobody, like an unknown one.
    """
    standing = standings.of(actor).require()
    found = User.objects.all()
    members = Membership.objects.all()
    if not standing.is_sysadmin:
        members = members.filter(shop_id__in=standing.shops)
        found = found.filter(pk__in=members.values("user_id"))
    if shop_id is not None:
        members = members.filter(shop_id=shop_id)
        found = found.filter(pk__in=members.values("user_id"))
    if role:
        held = Q(pk__in=members.filter(role=role).values("user_id"))
        found = found.filter(held | Q(role=role) if role in PLATFORM_ROLES else held)
    if words:
        named = [Q(**{f"{field}__icontains": words}) for field in ("name", "username", "email")]
        found = found.filter(named[0] | named[1] | named[2])
    return found if is_active is None else found.filter(is_active=is_active)


def described(rows: Iterable[User], *, actor: Actor | None) -> list[UserFact]:
    """People as the actor may see them: with the shops that the actor looks after, or their own."""
    standing = standings.of(actor)
    rows = list(rows)
    theirs: dict[UUID, list[Membership]] = {row.pk: [] for row in rows}
    found = Membership.objects.filter(user_id__in=theirs).select_related("shop")
    for one in found.order_by("created_at", "pk"):
        if standing.looks_after(one.shop_id) or one.user_id == standing.user_id:
            theirs[one.user_id].append(one)
    return [facts.user(row, theirs[row.pk]) for row in rows]


def read(user_id: UUID, *, actor: Actor | None) -> UserFact:
    """One person. Raises ``Missing`` for who is not the actor's, as for who is unknown."""
    row = people(actor=actor).filter(pk=user_id).first()
    if row is None:
        raise Missing
    return described([row], actor=actor)[0]


# --- adding -----------------------------------------------------------------------------


@verb
def add(
    *,
    actor: Actor | None,
    password: str,
    role: str,
    shop_id: UUID | None = None,
    username: str = "",
    email: str = "",
    name: str = "",
    phone: str = "",
    organization: str = "",
    once: Once = EACH_TIME,
) -> User:
    """Add a person with a role in a shop, or, as a sysadmin, on the platform.

    Without ``shop_id`` it is the actor's only shop. Raises ``RoleTooLow``, ``RoleAboveYours``,
    ``Missing`` for a shop that is not theirs, ``AlreadyRegistered``, ``Invalid``.
    """
    roles.require_known(role)
    once.claim()
    standing = standings.of(actor).require()
    platform = User.Role.USER
    shop = None
    if role in SHOP_ROLES:
        shop = roles.shop_meant(standing, shop_id, standing.shops)
        standing.require_rank(shop.pk, role)
    else:
        platform = roles.platform_role(standing, role, shop_id)
    user = users.create(
        actor=actor,
        password=password,
        username=username,
        email=email,
        name=name,
        phone=phone,
        organization=organization,
        role=platform,
    )
    if shop is not None:
        shops.join(shop=shop, user=user, role=role, actor=actor)
    once.keep(201, wire.encode(described([user], actor=actor)[0]))
    return user


# --- changing ---------------------------------------------------------------------------


@verb
def change(
    user_id: UUID,
    *,
    actor: Actor | None,
    fields: Mapping[str, str] | None = None,
    role: str = "",
    shop_id: UUID | None = None,
    is_active: bool | None = None,
    password: str = "",
    at_console: bool = False,
) -> User:
    """Change a person: ``fields`` as in ``users.change``, role, access, password.

    ``at_console``: at the developer console, as in ``standings.of``.

    A new role, a new password and an end of access end all their sessions. Raises ``Missing``
    for who is not the actor's, ``RoleTooLow``, ``RoleAboveYours``, ``OwnAccount``, ``LastOwner``,
    ``LastSysadmin``, ``Yourself``, ``PasswordRequired``, ``AlreadyRegistered``, ``Invalid``.
    """
    if role:
        roles.require_known(role)
    case = standings.open_case(user_id, actor=actor, shop_id=shop_id, at_console=at_console)
    if at_console or fields or password or is_active is not None:
        case.require_account()
    if password:
        _require_may_set_password(case, actor)
    if role or shop_id is not None:
        roles.give(case, role, shop_id, actor=actor)
    if fields:
        users.change(user_id, actor=actor, fields=fields)
    if password:
        users.check_password_rules(case.user, password)
        passwords.put(user_id=user_id, hashed=make_password(password), actor=actor)
    if is_active is not None and is_active != case.user.is_active:
        (_let_in if is_active else _shut_out)(case, actor=actor)
    return users.get(user_id)


@verb
def remove(user_id: UUID, *, actor: Actor | None) -> None:
    """Take a person's access away; who belongs to other shops too only leaves the actor's.

    Raises as ``change`` does.
    """
    case = standings.open_case(user_id, actor=actor)
    if case.is_oneself:
        raise Yourself
    try:
        case.require_account()
    except OwnAccount:
        return _send_off(case, actor=actor)
    if case.user.is_active:
        _shut_out(case, actor=actor)
    return None


def _require_may_set_password(case: Case, actor: Actor | None) -> None:
    if is_by_pin(actor):
        raise PasswordRequired
    if case.is_oneself:
        raise Yourself("Change your own password in your account.")


# --- access -----------------------------------------------------------------------------


def _shut_out(case: Case, *, actor: Actor | None) -> None:
    if case.is_oneself:
        raise Yourself
    if case.user.role == User.Role.SYSADMIN:
        roles.require_another_sysadmin(case.user)
    for one in case.memberships:
        if one.role == Membership.Role.OWNER:
            roles.pass_on(one.shop, case.user, actor=actor)
    _set_access(case, False, actor=actor)
    sessions.end_all(user_id=case.user.pk, actor=actor, because="deactivated")


def _let_in(case: Case, *, actor: Actor | None) -> None:
    _set_access(case, True, actor=actor)


def _set_access(case: Case, is_active: bool, *, actor: Actor | None) -> None:
    User.objects.filter(pk=case.user.pk).update(is_active=is_active)
    action = "user.activated" if is_active else "user.deactivated"
    shops_told: list[UUID | None] = [one.shop_id for one in case.memberships]
    for shop_id in shops_told or [None]:
        audit.record(action, case.user, shop=shop_id, actor=actor)


def _send_off(case: Case, *, actor: Actor | None) -> None:
    """End their places in the actor's shops; their account stays theirs."""
    for one in case.ours:
        case.standing.require_rank(one.shop_id, one.role)
        if one.role == Membership.Role.OWNER:
            roles.pass_on(one.shop, case.user, actor=actor)
    for one in case.ours:
        audit.record(
            "membership.ended", one, shop=one.shop_id, actor=actor,
            user_id=case.user.pk, role=one.role,
        )  # fmt: skip
        one.delete()
    sessions.end_all(user_id=case.user.pk, actor=actor, because="left the shop")
