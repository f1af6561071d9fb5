import json

from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import authenticators
from core.errors import DomainError
from eventory import logins
from live import webhooks


class Command(BaseCommand):
    help = (
        "Seal every stored secret with the first of CREDENTIAL_KEYS, so that the others can go; "
        "the server may run. A login at Eventory that no key opens is marked, kept and named; the "
        "others are renewed. Example: manage.py rotate_credentials --check"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            "--dry-run",
            action="store_true",
            help="count only; exit code 1 if an old key is in use",
        )
        parser.add_argument("--json", action="store_true", help="print the counts for a program")

    def handle(self, *, check, **options):
        try:
            with transaction.atomic():
                renewed = authenticators.reseal() + webhooks.reseal()
                transaction.set_rollback(check)
        except DomainError as refusal:
            raise CommandError(
                "A secret is sealed with a key that CREDENTIAL_KEYS does not hold. "
                "Put it back, behind the others. Nothing was changed."
            ) from refusal
        done = logins.renew(dry_run=check)
        renewed += done.renewed
        unreadable = [str(one) for one in done.unreadable]
        if options["json"]:
            self.stdout.write(json.dumps({"renewed": renewed, "unreadable": unreadable}))
        elif unreadable:
            self.stdout.write(self.style.WARNING(f"Unreadable logins: {', '.join(unreadable)}"))
        if check and renewed:
            raise CommandError(f"{renewed} secrets need an older key. Nothing was changed.")
        said = "No secret needs an older key." if check else f"Sealed {renewed} secrets anew."
        if done.lost:
            raise CommandError(
                f"{said} {done.lost} logins at Eventory are sealed with a key that CREDENTIAL_KEYS "
                "does not hold. Put it back, behind the others, and run this again; without it "
                "their owners enter the password anew."
            )
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS(said))
