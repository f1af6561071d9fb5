from typing import Any

from rich.console import Console
from rich.table import Table

from licensing import facts, fleet
from licensing.management.desk import DeskCommand


class Command(DeskCommand):
    help = (
        "List sites, newest first, with how they stand. "
        "Example: manage.py list_sites --status locked,offline --limit 20"
    )
    names_site, asks_why, writes = False, False, False

    def add_arguments(self, parser):
        words = ", ".join([*fleet.Status, *fleet.Connection])
        parser.add_argument("--status", default="", help=f"words with commas: {words}")
        parser.add_argument(
            "--query", default="", help="words of a name, an owner, an e-mail or a shop; or an id"
        )
        parser.add_argument("--limit", type=int, default=100, help="how many at most (100)")
        super().add_arguments(parser)

    def act(self, *, status: str, query: str, limit: int, **options: Any) -> tuple[Any, str]:
        words = [one.strip().lower() for one in status.split(",") if one.strip()]
        found = fleet.find(words=query, standings=words).order_by("-pk")
        rows = [facts.read(one) for one in found[: max(1, limit)]]
        if not options["json"]:
            self.draw(rows)
        number = found.count()
        of = "1 site" if number == 1 else f"{number} sites"
        return rows, f"{of}." if number <= len(rows) else f"{len(rows)} of {of}; see --limit."

    def draw(self, rows: list[facts.SiteFact]) -> None:
        table = Table("Site", "Id", "Licence", "Line", "Expires", "Last seen", "Version")
        for row in rows:
            pending = f" ({row.pending_command.kind} pending)" if row.pending_command else ""
            table.add_row(
                row.name,
                str(row.site_id),
                row.status + pending,
                row.connection,
                f"{row.license_expires_at:%Y-%m-%d}" if row.license_expires_at else "never",
                f"{row.last_seen_at:%Y-%m-%d %H:%M}" if row.last_seen_at else "",
                row.version,
            )
        Console(file=self.stdout, highlight=False, markup=False, width=160).print(table)
