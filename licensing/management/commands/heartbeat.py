import json
import re
import signal
from threading import Event

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from licensing import client, licences
from licensing.keeper import Keeper

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Command(BaseCommand):
    help = (
        "Check in with the vendor's server (role shop): once, or again and again with --every, as "
        "the worker does by itself. Ends with 1 if no verdict came. "
        "Example: manage.py heartbeat; manage.py heartbeat --every 6h"
    )

    def add_arguments(self, parser):
        parser.add_argument("--every", metavar="6h", help="go on, calling so often: 90s, 15m, 6h")
        parser.add_argument("--dry-run", action="store_true", help="call, but change nothing here")
        parser.add_argument("--json", action="store_true", help="print it for a program")

    def handle(self, *, every, dry_run, **options):
        refuse_without_site()
        if every:
            self.go_on(seconds(every))
            return
        if not dry_run:
            licences.wake()
        outcome = client.check_in(dry_run=dry_run)
        said = outcome.verdict
        if options["json"]:
            self.stdout.write(json.dumps(facts(outcome)))
        if said is None:
            raise CommandError(f"{outcome.problem} Nothing was changed.")
        if not options["json"]:
            state = "locked" if said.locked else "licensed" if said.licensed else "not licensed"
            done = "Would accept" if dry_run else "Accepted"
            self.stdout.write(
                self.style.SUCCESS(f"{done} verdict {said.seq}: this site is {state}.")
            )

    def go_on(self, every):
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        self.stdout.write(f"Checking in every {every} seconds at least. Ctrl-C ends it.")
        self.stdout.flush()
        Keeper(every=every).run(stopping)
        self.stdout.write("The heartbeat has ended.")


def refuse_without_site():
    if settings.ROLE != "shop":
        raise CommandError("Only a restaurant's own server has a licence: COUNTERTOP_ROLE=shop.")
    missing = [name for name in ("CLOUD_URL", "SITE_ID", "SITE_KEY") if not getattr(settings, name)]
    if missing:
        raise CommandError(f"Not set: {', '.join(missing)}. The vendor gave them with the site.")


def seconds(text):
    """Raises ``CommandError`` for what is no length of time."""
    found = re.fullmatch(r"(\d{1,6})([smh]?)", text.strip())
    if found is None or not int(found[1]):
        raise CommandError("Say how often: 90s, 15m, 6h.")
    return int(found[1]) * UNITS[found[2]]


def facts(outcome):
    said = outcome.verdict
    if said is None:
        return {"accepted": False, "problem": outcome.problem}
    return {
        "accepted": True,
        "seq": said.seq,
        "licensed": said.licensed,
        "locked": said.locked,
        "lock_reason": said.lock_reason,
        "expires_at": said.expires_at and said.expires_at.isoformat(),
        "next_heartbeat_seconds": said.next_heartbeat_seconds,
    }
