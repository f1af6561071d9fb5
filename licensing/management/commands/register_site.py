from typing import Any

from core import structs
from licensing import facts, handover, serializers, sites
from licensing.management.desk import DeskCommand


class Command(DeskCommand):
    help = (
        "Register a restaurant's site; its key is shown this once. Example: manage.py "
        'register_site "Corner Café" --email olga@example.com --expires 2027-12-31T23:59:59Z'
    )
    names_site = False

    def add_arguments(self, parser):
        parser.add_argument("name", help="what the site is called")
        parser.add_argument("--owner", default="", help="the owner's name")
        parser.add_argument("--email", default="", help="whom to write to")
        parser.add_argument(
            "--expires", default="", help="when the licence ends; never if left out"
        )
        parser.add_argument(
            "--grace-days", type=int, default=7, help="how long it may be out of contact"
        )
        parser.add_argument(
            "--shop", action="append", default=[], help="a shop here that sells under it"
        )
        super().add_arguments(parser)

    def act(self, *, name: str, reason: str, **options: Any) -> tuple[Any, str]:
        sent = {
            "name": name,
            "owner_name": options["owner"],
            "contact_email": options["email"],
            "license_expires_at": options["expires"],
            "grace_days": options["grace_days"],
            "shop_ids": options["shop"],
        }
        wish = structs.convert(sent, serializers.NewSite)
        site, key = sites.register(actor=None, fields=serializers.fields(wish), reason=reason)
        if options["dry_run"]:
            return facts.read(site), f"{site.name} would be registered."
        told = handover.settings_of(site.site_id, key)
        lines = [  # a file of settings as it stands
            f"# {site.name} is registered. Its server needs these; the key is shown this once.",
            *(f"{name}={value}" for name, value in told.items()),
        ]
        return facts.registered(site, key), "\n".join(lines)
