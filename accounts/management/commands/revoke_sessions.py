import json
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track

from accounts import sessions
from accounts.models import Shop, User


class Command(BaseCommand):
    help = (
        "Sign people out everywhere: their tokens, cookies and sockets end at once. "
        "Example: manage.py revoke_sessions carla manu@example.com; "
        "everybody: manage.py revoke_sessions --all"
    )

    def add_arguments(self, parser):
        parser.add_argument("people", nargs="*", help="usernames or e-mails")
        parser.add_argument("--shop", type=UUID, help="everybody of this shop")
        parser.add_argument("--all", action="store_true", help="everybody there is")
        parser.add_argument("--dry-run", action="store_true", help="count only, change nothing")
        parser.add_argument("--json", action="store_true", help="print it for a program")

    def handle(self, *, people, shop, dry_run, verbosity, **options):
        if [bool(people), shop is not None, options["all"]].count(True) != 1:
            raise CommandError("Name people, or --shop, or --all; one of them.")
        chosen = everybody(shop) if shop or options["all"] else named(people)
        bar = Console(stderr=True)
        quiet = not verbosity or options["json"]
        ended = 0
        for user in track(chosen, "Revoking", console=bar, disable=quiet, transient=True):
            ended += sessions.of(user.pk).count()
            if not dry_run:
                sessions.end_all(user_id=user.pk, actor=None, because="by an operator")
        if options["json"]:
            said = {"people": len(chosen), "sessions": ended, "dry_run": dry_run}
            self.stdout.write(json.dumps(said))
            return
        done = "Would end" if dry_run else "Ended"
        of = "1 person" if len(chosen) == 1 else f"{len(chosen)} people"
        number = "1 session" if ended == 1 else f"{ended} sessions"
        self.stdout.write(self.style.SUCCESS(f"{done} {number} of {of}."))


def named(people: list[str]) -> list[User]:
    """These people, all of them: one who is not known stops it before anything is changed."""
    found = {name: User.objects.named(name).first() for name in people}
    unknown = [name for name, user in found.items() if user is None]
    if unknown:
        raise CommandError(f"Nobody is called {', '.join(unknown)}. Nothing was changed.")
    return list({user.pk: user for user in found.values() if user}.values())


def everybody(shop: UUID | None) -> list[User]:
    """The people of a shop, else all: those with a session that was not ended."""
    found = User.objects.filter(auth_sessions__revoked_at=None)
    if shop is not None:
        if not Shop.objects.filter(pk=shop).exists():
            raise CommandError(f"There is no shop {shop}. Nothing was changed.")
        found = found.filter(memberships__shop=shop)
    return list(found.distinct().order_by("pk"))
