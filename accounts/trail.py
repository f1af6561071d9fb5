"""Reading the trail: a shop's lines as its managers see them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from accounts.facts import PersonFact
from accounts.models import AuditEvent, Device, Shop
from core import ids

__all__ = ["LineFact", "devices", "lines", "read"]

#: A line's id is made this much before the line's time, or a clock was moved.
SKEW = timedelta(minutes=1)


class LineFact(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to what, from where.

    ``seal`` is the line's place in the shop's chain, from when on nobody can change it unseen.
    """

    id: UUID
    at: datetime
    action: str
    actor: PersonFact | None
    target_kind: str
    target_id: str
    before: Any
    after: Any
    address: str
    device_id: str
    device_name: str
    request_id: str
    seal: int | None


def lines(
    shop: Shop,
    *,
    action: str = "",
    actor_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """The shop's lines; in no order.

    ``action`` is one (``order.placed``) or all of a noun (``order``); ``since`` belongs to the
    period, ``until`` does not.
    """
    found = AuditEvent.objects.filter(shop=shop).select_related("actor", "seal")
    if action:
        found = found.filter(Q(action=action) | Q(action__startswith=f"{action}."))
    if actor_id:
        found = found.filter(actor_id=actor_id)
    # The index of a shop's lines is by id, which rises with time.
    if since:
        found = found.filter(at__gte=since, pk__gte=ids.since(_moved(since, -SKEW)))
    if until:
        found = found.filter(at__lt=until, pk__lt=ids.since(_moved(until, SKEW)))
    return found


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def devices(shop: Shop, rows: Iterable[AuditEvent]) -> dict[str, str]:
    """The names of the shop's devices that these lines name, by id."""
    named = {row.device for row in rows if _is_id(row.device)}
    found = Device.objects.filter(shop=shop, pk__in=named).values_list("pk", "name")
    return {str(pk): name for pk, name in found}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def read(row: AuditEvent, names: dict[str, str]) -> LineFact:
    """A line as the API shows it; ``names`` are those of ``devices``."""
    actor = row.actor
    seal = getattr(row, "seal", None)
    return LineFact(
        id=row.pk,
        at=row.at,
        action=row.action,
        actor=PersonFact(actor.pk, str(actor)) if actor else None,
        target_kind=row.target_kind,
        target_id=row.target_id,
        before=row.before,
        after=row.after,
        address=row.address,
        device_id=row.device,
        device_name=names.get(row.device, ""),
        request_id=row.request_id,
        seal=seal and seal.position,
    )
