import json

from django.core.management.base import BaseCommand
from django.utils import timezone

from live import deliveries, pruning
from live.models import Delivery, Event


class Command(BaseCommand):
    help = (
        "Forget events of more than 14 days ago and lines of the webhooks' log of more than 30; "
        "the worker does the same every hour. Example: manage.py prune_events --dry-run"
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print figures for a program")
        parser.add_argument("--dry-run", action="store_true", help="count only, forget nothing")

    def handle(self, *, dry_run, **options):
        found = counted() if dry_run else forgotten()
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        verb = "Would forget" if dry_run else "Forgot"
        said = f"{verb} {found['events']} events and {found['deliveries']} deliveries."
        self.stdout.write(self.style.SUCCESS(said))


def counted():
    now = timezone.now()
    return {
        "events": Event.objects.filter(at__lt=now - pruning.KEPT_FOR).count(),
        "deliveries": Delivery.objects.filter(at__lt=now - deliveries.KEPT_FOR).count(),
    }


def forgotten():
    return {
        "events": until_done(pruning.prune, pruning.BATCH),
        "deliveries": until_done(deliveries.prune, deliveries.BATCH),
    }


def until_done(prune, batch):
    total = done = prune()
    while done >= batch:
        done = prune()
        total += done
    return total
