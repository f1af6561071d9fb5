import json
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import close_old_connections, transaction

from licensing import letters, overdue
from licensing.management.desk import refuse_without_desk


class Command(BaseCommand):
    help = (
        "Look which sites were not heard of, once or every so many seconds, and write of what is "
        "news; the worker does the same. Example: manage.py check_heartbeats --every 60"
    )

    def add_arguments(self, parser):
        parser.add_argument("--every", type=int, help="do it again every so many seconds")
        parser.add_argument("--json", action="store_true", help="print figures for a program")
        parser.add_argument("--dry-run", action="store_true", help="look only, change nothing")

    def handle(self, *, every, dry_run, **options):
        refuse_without_desk()
        stopping = threading.Event()
        if every:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
        while True:
            self.look(as_json=options["json"], dry_run=dry_run)
            if not every or stopping.wait(every):
                return
            close_old_connections()  # a database that went away is asked anew

    def look(self, *, as_json, dry_run):
        with transaction.atomic():
            found = overdue.check()
            transaction.set_rollback(dry_run)
        if not dry_run:
            letters.deliver()
        if as_json:
            self.stdout.write(json.dumps(found._asdict() | {"dry_run": dry_run}))
        else:
            sentence = (
                "{sites} sites were heard of before; {late} are late, {offline} offline, "
                "{dark} dark. {changed} changed."
            ).format(**found._asdict())
            if found.incident:
                sentence += " There is a cloud incident."
            self.stdout.write(sentence)
        self.stdout.flush()
