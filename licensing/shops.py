"""The shops of this very server that sell under a site."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.models import Shop
from core.errors import Invalid
from licensing.models import Site

__all__ = ["free", "give"]


def give(site: Site, shop_ids: Iterable[UUID]) -> None:
    """Let just these shops sell under the site; those of a deleted one are free to go.

    Raises ``Invalid`` for a shop that is not there.
    """
    wanted = set(shop_ids)
    known = _held(pk__in=wanted)
    if len(known) != len(wanted):
        raise Invalid(errors={"shop_ids": ["Each must be the id of a shop of this server."]})
    gone = Site.shops.through.objects.filter(shop__in=known, site__deleted_at__isnull=False)
    gone.delete()
    site.shops.set(known)


def free(site: Site) -> None:
    """Let those shops of a site that is deleted go which another has, too."""
    _held(sites=site)
    site.shops.remove(*Shop.objects.filter(sites=site).filter(sites__deleted_at=None))


def _held(**which: Any) -> list[Shop]:
    """These shops, locked: nobody else gives them to a site, or takes their site away."""
    held = Shop.objects.select_for_update(no_key=True, of=("self",))
    return list(held.filter(**which).order_by("pk"))
