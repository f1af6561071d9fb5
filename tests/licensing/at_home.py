"""A restaurant's own server in tests: time that it runs, and older states that come back."""

from licensing import licences, witnesses
from licensing.models import License


def run(duration):
    """Let the machine run for so long, whatever its clock shows: the clock is looked at once."""
    kept = License.objects.get()
    License.objects.update(machine_seconds=kept.machine_seconds - duration.total_seconds())
    return licences.keep_time()


def kept():
    return License.objects.values().get()


def put_back(row):
    """As from a backup, while the server runs."""
    License.objects.all().delete()
    License.objects.create(**row)


def start():
    """As a process that has just begun."""
    witnesses.forget()
    licences.wake()


def restore(row):
    """As from a backup; then the server starts."""
    put_back(row)
    start()
