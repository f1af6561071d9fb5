from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from core import wire
from licensing import unlock_files
from licensing.management.desk import DeskCommand


class Command(DeskCommand):
    help = (
        "Sign a file with which a site without a line may sell for some days; there, "
        "install_unlock_file takes it. Unlock or extend the site first. "
        "Example: manage.py issue_unlock_file SITE_ID --days 14 --output corner.unlock"
    )

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=7, help="for how many days (7)")
        parser.add_argument("--output", type=Path, help="where to write it; else it is printed")
        super().add_arguments(parser)

    def act(
        self, *, site_id: Any, days: int, reason: str, output: Path | None, **options: Any
    ) -> tuple[Any, str]:
        signed = unlock_files.issue(site_id, days=days, actor=None, reason=reason)
        if options["dry_run"]:  # whoever had it could use it
            return {"days": days}, f"A file for {days} days would be signed."
        text = wire.encode(signed).decode()
        if output is None:
            return signed, text
        try:
            output.write_text(f"{text}\n")
        except OSError as problem:
            raise CommandError(f"{problem} Nothing was changed.") from problem
        return signed, f"{output} lets the site sell for {days} days. Take it there."
