from typing import Any

from core import structs
from core.errors import Invalid
from licensing import facts, serializers, sites
from licensing.management.desk import DeskCommand


class Command(DeskCommand):
    help = (
        "Let a site's licence end later: at a time, so many days after it would, or never. "
        "Example: manage.py extend_license SITE_ID --days 365 --reason 'Invoice 1042 is paid'"
    )

    def add_arguments(self, parser):
        choice = parser.add_mutually_exclusive_group(required=True)
        choice.add_argument(
            "--days", type=int, help="so many days from its end, or from now if it has ended"
        )
        choice.add_argument("--until", help="a time such as 2027-12-31T23:59:59Z")
        choice.add_argument("--never", action="store_true", help="the licence does not end")
        super().add_arguments(parser)

    def act(
        self, *, site_id: Any, days: int | None, until: str | None, reason: str, **options: Any
    ) -> tuple[Any, str]:
        end = None
        if days is not None:
            if not 1 <= days <= 36_500:
                raise Invalid(errors={"days": ["Must be 1 to 36500."]})
        elif until is not None:
            wish = structs.convert({"license_expires_at": until}, serializers.ChangeSite)
            end = serializers.fields(wish).get("license_expires_at")
            if end is None:
                raise Invalid(errors={"until": ["Must be a time such as 2027-12-31T23:59:59Z."]})
        site = sites.extend(site_id, until=end, days=days, actor=None, reason=reason)
        end = site.license_expires_at
        when = "does not end" if end is None else f"ends at {end:%Y-%m-%d %H:%M} UTC"
        return facts.read(site), f"The licence of {site.name} {when}."
