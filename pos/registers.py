"""The drawers of a shop."""

from typing import Any

from accounts import audit
from accounts.models import Shop
from core import database
from core.idempotency import EACH_TIME, Once
from licensing import policy
from pos import drawer_facts, facts
from pos.drawer_facts import RegisterFact
from pos.errors import NameTaken
from pos.models import Register, Shift


@database.verb
def add(*, shop: Shop, actor: Any, name: str, once: Once = EACH_TIME) -> RegisterFact:
    """Add a drawer to the shop.

    Raises ``NameTaken``, ``SiteLocked`` or ``SiteRestricted``.
    """
    once.claim()
    policy.require(shop.id, policy.Action.CATALOGUE)
    row, is_new = Register.objects.get_or_create(shop=shop, name=name)
    if not is_new:
        raise NameTaken(field="name")
    fact = drawer_facts.register(row, shift_id=None)
    audit.record("register.added", row, shop=shop, actor=actor, after={"name": name})
    once.keep(201, facts.encode(fact))
    return fact


def rows(shop: Shop) -> list[RegisterFact]:
    """The shop's registers by name, each with its open shift."""
    is_open = Shift.objects.filter(shop=shop, closed_at=None)
    shifts = dict(is_open.values_list("register_id", "pk"))
    return [
        drawer_facts.register(row, shift_id=shifts.get(row.pk))
        for row in shop.registers.order_by("name")
    ]
