from typing import Any

from licensing import facts, sites
from licensing.management.desk import DeskCommand


class Command(DeskCommand):
    help = (
        "Lock a site: from its next heartbeat it opens no new orders, and finishes open ones; its "
        "shops on this server at once. Example: manage.py lock_site SITE_ID --reason 'Unpaid'"
    )
    asks_why = False

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--reason", required=True, help="the people at the counter will read it"
        )

    def act(self, *, site_id: Any, reason: str, **options: Any) -> tuple[Any, str]:
        site = sites.lock(site_id, reason=reason, actor=None)
        return facts.read(site), f"{site.name} locks at its next heartbeat."
