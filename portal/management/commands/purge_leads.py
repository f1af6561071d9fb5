import json

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import Progress

from portal import retention


class Command(BaseCommand):
    help = (
        "Delete the leads that last came more than a year ago, or all of one person, by their "
        "e-mail. Example: manage.py purge_leads --email ada@example.com --dry-run"
    )

    def add_arguments(self, parser):
        parser.add_argument("--email", help="erase what came in the name of this e-mail instead")
        parser.add_argument("--dry-run", action="store_true", help="count only, change nothing")
        parser.add_argument("--json", action="store_true", help="print it for a program")

    def handle(self, *, email, dry_run, verbosity, **options):
        found = retention.old() if email is None else retention.of(email)
        number = found.count()
        if not dry_run:
            quiet = not verbosity or options["json"]
            number = retention.erase(email, actor=None) if email else purged(number, quiet)
        if options["json"]:
            self.stdout.write(json.dumps({"leads": number, "dry_run": dry_run}))
            return
        verbs = ("Would delete", "Deleted") if email is None else ("Would erase", "Erased")
        leads = "1 lead" if number == 1 else f"{number} leads"
        self.stdout.write(self.style.SUCCESS(f"{verbs[not dry_run]} {leads}."))


def purged(expected: int, quiet: bool) -> int:
    """Delete all that is old, a part at a time."""
    done = 0
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("Deleting", total=expected)
        while part := retention.purge():
            done += part
            bar.update(task, completed=done)
    return done
