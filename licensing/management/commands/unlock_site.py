from typing import Any

from licensing import facts, fleet, sites
from licensing.management.desk import DeskCommand


class Command(DeskCommand):
    help = (
        "Unlock a site, from its next heartbeat; its shops on this server at once. "
        "Example: manage.py unlock_site SITE_ID --reason 'Paid'"
    )

    def act(self, *, site_id: Any, reason: str, **options: Any) -> tuple[Any, str]:
        was_locked = fleet.get(site_id).is_locked
        site = sites.unlock(site_id, reason=reason, actor=None)
        done = "unlocks at its next heartbeat" if was_locked else "is not locked"
        return facts.read(site), f"{site.name} {done}."
