from typing import Any

from licensing import facts, sites
from licensing.management.desk import DeskCommand


class Command(DeskCommand):
    help = (
        "Give a site a new key, shown this once; the old one opens until the new one is first "
        "used, at most 7 days. Example: manage.py rotate_site_key SITE_ID --reason 'New server'"
    )

    def act(self, *, site_id: Any, reason: str, **options: Any) -> tuple[Any, str]:
        key = sites.rotate_key(site_id, actor=None, reason=reason)
        if options["dry_run"]:
            return {"site_id": site_id}, "The site would get a new key."
        return facts.NewKey(secret_key=key), (
            "The new key, shown this once. Put it into the site's settings and restart it; the old "
            f"one opens until this one is used, at most 7 days.\nSITE_KEY={key}"
        )
