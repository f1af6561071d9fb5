from django.core.management.commands import migrate

from core.database import patient


class Command(migrate.Command):
    """Django's own, which has the time that a large table takes."""

    def handle(self, *args, database, **options):
        with patient(database):
            super().handle(*args, database=database, **options)
