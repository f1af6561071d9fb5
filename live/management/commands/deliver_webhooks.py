import json
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from live import deliveries


class Command(BaseCommand):
    help = (
        "Deliver what webhooks wait for, once or every so many seconds; the worker does the same. "
        "Several may run at once. Example: manage.py deliver_webhooks --every 5"
    )

    def add_arguments(self, parser):
        parser.add_argument("--every", type=int, help="do it again every so many seconds")
        parser.add_argument("--json", action="store_true", help="print figures for a program")
        parser.add_argument("--dry-run", action="store_true", help="only count who waits")

    def handle(self, *, every, dry_run, **options):
        if dry_run:
            self.say(
                options["json"], {"waiting": deliveries.due().count()}, "{waiting} webhooks wait."
            )
            return
        stopping = threading.Event()
        if every:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
        while True:
            found = {"webhooks": deliveries.dispatch(), "events": deliveries.settle()}
            close_old_connections()
            if not every or found["webhooks"]:
                self.say(
                    options["json"], found, "Delivered {events} events to {webhooks} webhooks."
                )
            if not every or stopping.wait(every):
                return

    def say(self, as_json, found, sentence):
        self.stdout.write(json.dumps(found) if as_json else sentence.format(**found))
        self.stdout.flush()
