"""The demo restaurant at the vendor's desk: its site, and a key that opens."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Shop, User
from core import database
from licensing import fleet, sites
from licensing.sites import Registered

__all__ = ["site"]

#: How long the demo's licence holds.
LICENSED = timedelta(days=365)


@database.verb
def site(shop: Shop, *, actor: User) -> Registered:
    """Find or register the shop's site, with a new key."""
    found = shop.sites.known().order_by("pk").first()
    if found is not None:
        key = sites.rotate_key(found.site_id, actor=actor, reason="The demo was loaded anew")
        return Registered(fleet.get(found.site_id), key)
    fields = {
        "name": shop.name,
        "owner_name": shop.owner.name,
        "contact_email": shop.owner.email,
        "license_expires_at": timezone.now() + LICENSED,
        "shop_ids": [shop.pk],
    }
    return sites.register(actor=actor, fields=fields, reason="The demo was loaded")
