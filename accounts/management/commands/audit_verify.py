import json
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from accounts import proofs
from accounts.models import PLATFORM, AuditEvent, Shop


class Command(BaseCommand):
    help = (
        "Prove the audit's chains and name the first row that was changed, moved, put in or taken "
        "out; ends with 1 if there is one. Keep the output of --json elsewhere: --against it shows "
        "later that no chain was cut or sealed anew. "
        "Example: manage.py audit_verify --json > heads.json"
    )

    def add_arguments(self, parser):
        parser.add_argument("--shop", type=UUID, help="this shop's chain only")
        parser.add_argument("--against", type=Path, help="what --json said earlier")
        parser.add_argument("--json", action="store_true", help="print all of it for a program")

    def handle(self, *, shop, against, verbosity, **options):
        noted = read(against) if against else {}
        chains = sorted({*proofs.chains(), *noted})
        if shop is not None:
            if not Shop.objects.filter(pk=shop).exists():
                raise CommandError(f"There is no shop {shop}. Nothing was proven.")
            chains = [shop]
        reports = proven(chains, noted, quiet=not verbosity)
        names = dict(Shop.objects.filter(pk__in=chains).values_list("pk", "name"))
        broken = [report for report in reports if report.broken]
        if options["json"]:
            found = [described(report, names) for report in reports]
            self.stdout.write(json.dumps({"ok": not broken, "chains": found}, indent=1))
        else:
            self.tell(reports, names)
        if broken:
            raise CommandError(f"{len(broken)} of {counted(reports, 'chain')} broken.")
        if not options["json"]:
            sealed = counted(sum(report.length for report in reports), "sealed line")
            whole = f"{counted(reports, 'chain')} whole: {sealed} proven."
            self.stdout.write(self.style.SUCCESS(whole))

    def tell(self, reports, names):
        for report in reports:
            said = f"{title(report, names)}: {report.length} sealed, {report.unsealed} not yet"
            if report.unsealed:
                said += f" (since {report.unsealed_since:%Y-%m-%d %H:%M:%S} UTC)"
            if report.erased:
                said += f", {counted(report.erased, 'address', 'addresses')} erased"
            self.stdout.write(f"{said}.")
            if report.broken:
                self.stdout.write(self.style.ERROR(f"  BROKEN at {place(report.broken)}"))


def proven(chains, noted, *, quiet):
    """Read every chain, with a bar for who waits."""
    console = Console(stderr=True)
    with Progress(console=console, disable=quiet, transient=True) as progress:
        task = progress.add_task("Proving", total=proofs.size())
        return [
            proofs.verify(
                one, noted=noted.get(one), read=lambda seals: progress.advance(task, seals)
            )
            for one in chains
        ]


def read(path):
    try:
        return proofs.points(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CommandError(f"{path} is not what --json prints ({problem}).") from problem


def title(report, names):
    if report.chain == PLATFORM:
        return "The platform"
    return f"{names.get(report.chain, 'A shop that is gone')} ({report.chain})"


def place(broken):
    """The place in words: its number, the line as it is now, what is wrong."""
    line = AuditEvent.objects.filter(pk=broken.event_id).first()
    named = f"{broken.position}"
    if broken.event_id:
        named += f", line {broken.event_id}"
    if line:
        named += f" ({line.action}, {line.at:%Y-%m-%d %H:%M:%S} UTC)"
    return f"{named}: {broken.sentence}"


def described(report, names):
    broken = report.broken
    return {
        "chain": str(report.chain),
        "shop_id": str(report.shop_id) if report.shop_id else None,
        "shop_name": names.get(report.chain),
        "length": report.length,
        "digest": report.digest,
        "unsealed": report.unsealed,
        "unsealed_since": report.unsealed_since and report.unsealed_since.isoformat(),
        "erased_addresses": report.erased,
        "broken": broken
        and {
            "position": broken.position,
            "kind": broken.kind,
            "event_id": str(broken.event_id) if broken.event_id else None,
            "message": broken.sentence,
        },
    }


def counted(things, one, many=""):
    number = things if isinstance(things, int) else len(things)
    return f"{number} {one if number == 1 else many or f'{one}s'}"
