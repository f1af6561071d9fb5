import getpass
import json
import secrets
import sys

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import users
from accounts.models import User
from core.errors import DomainError


class Command(BaseCommand):
    help = (
        "Add a sysadmin, who opens the console. The password is asked for, or read from standard "
        "input, or made with --generate and shown once. "
        "Example: manage.py create_sysadmin ada --email ada@example.com --generate"
    )

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--email", default="")
        parser.add_argument("--name", default="", help="what to call them")
        parser.add_argument("--generate", action="store_true", help="make a password")
        parser.add_argument("--dry-run", action="store_true", help="check only, change nothing")
        parser.add_argument("--json", action="store_true", help="print it for a program")

    def handle(self, *, username, email, name, generate, dry_run, **options):
        password = secrets.token_urlsafe(18) if generate else asked()
        try:
            with transaction.atomic():
                user = users.create(
                    actor=None,
                    username=username,
                    email=email,
                    name=name,
                    password=password,
                    role=User.Role.SYSADMIN,
                )
                transaction.set_rollback(dry_run)
        except DomainError as refusal:
            raise CommandError(f"{sentences(refusal)} Nobody was added.") from refusal
        shown = password if generate and not dry_run else None
        if options["json"]:
            said = {"id": str(user.pk), "username": user.username, "email": user.email}
            self.stdout.write(json.dumps(said | {"password": shown, "dry_run": dry_run}))
            return
        if shown:
            self.stdout.write(f"Password: {shown}")
        done = "could be added" if dry_run else "may now open the console"
        self.stdout.write(self.style.SUCCESS(f"The sysadmin {user.username} {done}."))


def asked() -> str:
    """The password, typed twice at a terminal or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ. Nobody was added.")
    return password


def sentences(refusal: DomainError) -> str:
    """The refusal with what is wrong in each field."""
    wrong = refusal.details.get("errors") or {}
    named = [f"{field}: {' '.join(texts)}" for field, texts in wrong.items()]
    return " ".join([str(refusal), *named])
