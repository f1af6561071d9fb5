from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import authenticators
from core.errors import DomainError


class Command(BaseCommand):
    help = (
        "Seal every stored secret with the first of CREDENTIAL_KEYS, so that the others can go. "
        "Example: manage.py rotate_credentials --check"
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--check", action="store_true", help="count only; exit code 1 if an old key is in use"
        )

    def handle(self, *, check, **options):
        try:
            with transaction.atomic():
                renewed = authenticators.reseal()
                transaction.set_rollback(check)
        except DomainError as refusal:
            raise CommandError(
                "A secret is sealed with a key that CREDENTIAL_KEYS does not hold. "
                "Put it back, behind the others. Nothing was changed."
            ) from refusal
        if check and renewed:
            raise CommandError(f"{renewed} secrets need an older key. Nothing was changed.")
        done = "No secret needs an older key." if check else f"Sealed {renewed} secrets anew."
        self.stdout.write(self.style.SUCCESS(done))
