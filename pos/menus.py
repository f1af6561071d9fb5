"""A shop's whole menu as one body, kept per process as long as it is fresh.

It is asked for far more often than it changes. ``menu_version`` moves with every change of
what may be sold or for how much, in the same transaction, so a kept body is never stale.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.models import Shop
from live import outbox
from pos import catalog, facts

#: How many menus a process keeps, one or two of each shop: about 100 kB each.
KEPT = 300


@dataclass(frozen=True, slots=True)
class Menu:
    """The body of ``GET products`` and its ETag; ``until`` a snoozed product wakes up."""

    version: int
    etag: str
    body: bytes
    until: datetime | None


_menus: OrderedDict[tuple[UUID, bool], Menu] = OrderedDict()


def of(shop: Shop, *, costs: bool = False) -> Menu:
    """The shop's menu, fresh; ``costs``: as its managers read it."""
    version = outbox.menu_version(shop.id)  # before the rows: they may only be newer
    menu = _menus.get((shop.id, costs))
    now = timezone.now()
    if menu is None or menu.version != version or (menu.until is not None and menu.until <= now):
        menu = _build(shop, version, now, costs=costs)
        _menus[shop.id, costs] = menu
        while len(_menus) > KEPT:
            _menus.popitem(last=False)
    return menu


def _build(shop: Shop, version: int, now: datetime, *, costs: bool) -> Menu:
    body = facts.encode(catalog.menu(shop, costs=costs))
    asleep = shop.products.filter(snoozed_until__gt=now).order_by("snoozed_until")
    until = asleep.values_list("snoozed_until", flat=True).first()
    return Menu(version, f'"{hashlib.sha256(body).hexdigest()[:32]}"', body, until)
