import signal

from django.core.management.base import BaseCommand, CommandError

from config.worker import Worker


class Command(BaseCommand):
    help = (
        "Run every periodic job (seal the trail, send letters, forget what is old) until it is "
        "told to end. Several workers share the jobs. Example: manage.py worker --once"
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="run every job now, then end")

    def handle(self, *, once, verbosity, **options):
        worker = Worker()
        if once:
            self.run_once(worker, quiet=not verbosity)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        self.stdout.write(f"The worker runs {len(worker.registry)} jobs. Ctrl-C ends it.")
        self.stdout.flush()
        worker.run()
        self.stdout.write("The worker has ended.")

    def run_once(self, worker, *, quiet):
        done = {job.name: worker.attempt(job, at_once=True) for job in worker.registry}
        for name, number in done.items():
            if not quiet:
                self.stdout.write(f"  {name}: {'not run' if number is None else number}")
        left = sorted(name for name, number in done.items() if number is None)
        if left:
            raise CommandError(f"Not run: {', '.join(left)}. The log says why.")
        self.stdout.write(self.style.SUCCESS(f"All {len(done)} jobs ran."))
