import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from accounts import audit
from portal import facts, tables
from portal.models import Lead


class Command(BaseCommand):
    help = (
        "Write leads as CSV, the newest first, with no cell that a spreadsheet would run. "
        "Example: manage.py export_leads --kind contact --since 2026-01-01 --output leads.csv"
    )

    def add_arguments(self, parser):
        parser.add_argument("--kind", help=f"one of {', '.join(Lead.Kind.values)}")
        parser.add_argument("--status", help=f"one of {', '.join(Lead.Status.values)}")
        parser.add_argument("--since", type=datetime.fromisoformat, help="from this day on")
        parser.add_argument("--output", type=Path, help="a file; without it, to the terminal")
        parser.add_argument("--json", action="store_true", help="JSON instead, for a program")

    def handle(self, *, output, verbosity, **options):
        wished = {name: options[name] for name in ("kind", "status") if options[name]}
        for name, choices in (("kind", Lead.Kind), ("status", Lead.Status)):
            if wished.get(name, choices.values[0]) not in choices.values:
                raise CommandError(f"--{name} is one of {', '.join(choices.values)}.")
        rows = Lead.objects.filter(**wished)
        if options["since"]:
            rows = rows.filter(created_at__gte=options["since"].replace(tzinfo=UTC))
        number = rows.count()
        audit.record("leads.exported", None, shop=None, actor=None, number=number, **wished)
        if options["json"]:
            found = [facts.lead(row) for row in rows.select_related("owner").order_by("-pk")]
            self.stdout.write(facts.as_text(found))
            return
        self.write(tables.leads(rows), number, output, quiet=not verbosity)

    def write(self, parts, number: int, output: Path | None, *, quiet: bool) -> None:
        bar = Console(stderr=True)
        quiet = quiet or output is None
        total = 2 + number // tables.BATCH
        try:
            opened = output.open("wb") if output else nullcontext(sys.stdout.buffer)
            with opened as file:
                for part in track(
                    parts, "Writing", total=total, console=bar, disable=quiet, transient=True
                ):
                    file.write(part)
        except OSError as problem:
            raise CommandError(f"{problem} Nothing more was written.") from problem
        if output:
            leads = "1 lead" if number == 1 else f"{number} leads"
            self.stdout.write(self.style.SUCCESS(f"Wrote {leads} to {output}."))
