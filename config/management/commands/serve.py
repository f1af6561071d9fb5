import os
import signal

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection

from config import serving
from config.management.commands.run import ANYWHERE, refuse_taken, refuse_without_secrets
from config.serving import Family
from licensing import licences


class Command(BaseCommand):
    help = (
        "Serve as in production on this machine: gunicorn for HTTP, uvicorn for sockets and "
        "everything that waits, and the worker; a proxy puts one address in front of them "
        "(deploy/nginx.conf). Wants PostgreSQL and Redis. Migrates first. All end when one ends. "
        "Example: manage.py serve --port 8000 --live-port 8001 --web-workers 4"
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="where HTTP answers")
        parser.add_argument(
            "--live-port", type=int, help="where sockets do; one port for each of their processes"
        )
        parser.add_argument("--web-workers", type=int, help="processes for HTTP (WEB_WORKERS)")
        parser.add_argument("--live-workers", type=int, help="processes for sockets (LIVE_WORKERS)")
        parser.add_argument(
            "--no-migrate", action="store_true", help="migrations are a step of the release"
        )

    def handle(self, *, host, port, live_port, web_workers, live_workers, no_migrate, **options):
        refuse_without_secrets()
        refuse_without_servers()
        web = web_workers or settings.WEB_WORKERS
        live = live_workers or max(1, settings.LIVE_WORKERS)
        first = live_port or port + 1
        members = serving.members(
            host=host, port=port, live_port=first, web_workers=web, live_workers=live
        )
        for member in members:
            if member.port:
                refuse_taken(host, member.port)
        self.prepare(migrate=not no_migrate)
        counted = {"WEB_WORKERS": str(web), "LIVE_WORKERS": str(live)}
        family = Family(members, environment=os.environ | counted, cwd=settings.BASE_DIR)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: family.ask_to_end())
        self.serve(family, host, port)

    def prepare(self, *, migrate):
        settings.VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.STATIC_ROOT.mkdir(exist_ok=True)
        if migrate:
            try:
                call_command("migrate", interactive=False, verbosity=0)
                licences.wake()
            except OperationalError as problem:
                raise CommandError(f"DATABASE_URL: {problem}") from problem
        if settings.PRODUCTION:
            call_command("collectstatic", interactive=False, verbosity=0)
        connection.close()

    def serve(self, family, host, port):
        family.start()
        try:
            gone = family.watch(until_up=True)
            if not gone and not family.asked.is_set():
                self.say(family, host, port)
                gone = family.watch()
        finally:
            family.stop()
        if gone:
            raise CommandError(f"Ended by itself: {', '.join(gone)}. The rest was told to end too.")
        self.stdout.write("Everything has ended.")

    def say(self, family, host, port):
        address = f"http://{'127.0.0.1' if host in ANYWHERE else host}:{port}"
        lines = [f"Countertop serves on {address}", *(f"  {one.name}" for one in family.members)]
        self.stdout.write(self.style.SUCCESS("\n".join([*lines, "Ctrl-C ends it."])))
        self.stdout.flush()


def refuse_without_servers() -> None:
    if connection.vendor != "postgresql":
        raise CommandError(
            "DATABASE_URL: several processes need PostgreSQL. Set postgresql://user@host/name, or "
            "serve the embedded database with `make run`."
        )
    if not settings.REDIS_URL:
        raise CommandError(
            "REDIS_URL: several processes need Redis to wake each other's screens. Set "
            "redis://host:6379/0."
        )
