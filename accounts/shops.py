"""Shops: the tenants, and who belongs to them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet

from accounts import audit, currencies, facts, timezones
from accounts.audit import Actor
from accounts.errors import UnknownCurrency, UnknownTimezone
from accounts.models import Membership, Shop, User
from core import wire
from core.database import verb
from core.errors import Invalid, Missing
from core.idempotency import EACH_TIME, Once

__all__ = ["change", "create", "join", "of"]


@verb
def create(
    *,
    owner: User,
    name: str,
    actor: Actor | None,
    currency: str = "EUR",
    timezone: str = "UTC",
    day_starts_at: int = 0,
    once: Once = EACH_TIME,
) -> Shop:
    """Open a shop and make ``owner`` its owner.

    Raises ``Invalid``, ``UnknownCurrency``, ``UnknownTimezone``.
    """
    if not name.strip():
        raise Invalid(errors={"name": ["A shop needs a name."]})
    if currency not in currencies.known():
        raise UnknownCurrency(currency)
    if timezone not in timezones.known():
        raise UnknownTimezone(timezone)
    once.claim()
    shop = Shop.objects.create(
        name=name.strip(),
        owner=owner,
        currency=currency,
        timezone=timezone,
        day_starts_at=day_starts_at,
    )
    audit.record("shop.created", shop, shop=shop, actor=actor, name=shop.name, currency=currency)
    join(shop=shop, user=owner, role=Membership.Role.OWNER, actor=actor)
    once.keep(201, wire.encode(facts.shop(shop, Membership.Role.OWNER)))
    return shop


#: What ``change`` may set. The currency stays: amounts are counted in its smallest unit.
PLAIN = ("name", "timezone", "day_starts_at")


@verb
def change(shop_id: UUID, *, actor: Actor | None, fields: Mapping[str, Any]) -> Shop:
    """Change a shop's ``name``, ``timezone`` or ``day_starts_at``; what is not named stays.

    Raises ``Missing``, ``UnknownTimezone``, and ``Invalid`` naming the wrong fields.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise Missing
    if fields.get("timezone", "UTC") not in timezones.known():
        raise UnknownTimezone(fields["timezone"])
    before = {name: getattr(shop, name) for name in PLAIN if name in fields}
    for name in before:
        setattr(shop, name, fields[name])
    try:
        shop.full_clean(exclude=["owner"])
    except ValidationError as problem:
        raise Invalid(errors=problem.message_dict) from None
    shop.save(update_fields=[*before, "updated_at"])
    after = {name: getattr(shop, name) for name in before}
    audit.record("shop.changed", shop, shop=shop, actor=actor, before=before, after=after)
    return shop


@verb
def join(*, shop: Shop, user: User, role: str, actor: Actor | None) -> Membership:
    """Make a person a member of a shop. Raises ``IntegrityError`` if they are one."""
    membership = Membership.objects.create(shop=shop, user=user, role=role)
    audit.record(
        "membership.created", membership, shop=shop, actor=actor, user_id=user.pk, role=role
    )
    return membership


def of(user_id: UUID) -> QuerySet[Shop]:
    """The shops a person belongs to, each with their ``role`` in it; in no order."""
    return Shop.objects.filter(memberships__user_id=user_id).annotate(role=F("memberships__role"))
