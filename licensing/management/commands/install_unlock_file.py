import sys
from pathlib import Path

import msgspec
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core.errors import DomainError
from licensing import licences
from licensing.management.commands.heartbeat import refuse_without_site
from licensing.verdicts import BadKey, Envelope


class Command(BaseCommand):
    help = (
        "Let a file that the vendor signed for this site count (role shop): it lifts a lock or "
        "lost contact without a line, once, until its end. "
        "Example: manage.py install_unlock_file unlock.json"
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the file, or - for what is typed")
        parser.add_argument("--dry-run", action="store_true", help="check only, change nothing")

    def handle(self, *, file, dry_run, **options):
        refuse_without_site()
        try:
            raw = sys.stdin.buffer.read(65_536) if file == "-" else Path(file).read_bytes()
            said = msgspec.json.decode(raw, type=Envelope)
            with transaction.atomic():
                word = licences.install(said)
                transaction.set_rollback(dry_run)
        except msgspec.DecodeError:
            raise CommandError("This is no unlock file. Nothing was changed.") from None
        except OSError as problem:
            raise CommandError(f"{problem} Nothing was changed.") from problem
        except BadKey as problem:
            raise CommandError(f"LICENSE_PUBLIC_KEYS: {problem} Nothing was changed.") from None
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        done = "Would be good" if dry_run else "This site may sell"
        self.stdout.write(
            self.style.SUCCESS(f"{done} until {word.valid_until:%Y-%m-%d %H:%M} UTC.")
        )
