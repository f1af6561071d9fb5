import json
import logging
import os
import socket
from io import StringIO
from pathlib import Path

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connection

from config.serving import LONGEST_FRAME
from config.worker import Worker, beside
from licensing import licences

ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104  compared with, not bound


class Command(BaseCommand):
    help = (
        "Serve everything (API, screens, console, sockets, periodic jobs) in one process; first "
        "migrate, and load the demo into an empty database. Example: manage.py run --port 8001"
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--fresh", action="store_true", help="begin with an empty database")
        parser.add_argument("--no-serve", action="store_true", help="prepare only")

    def say(self, text: str) -> None:
        """Tell whoever started it at once: in a pipe or a log the text would wait for the end."""
        self.stdout.write(self.style.SUCCESS(text))
        self.stdout.flush()

    def handle(self, *, host, port, fresh, no_serve, **options):
        refuse_without_secrets()
        if not no_serve:
            refuse_taken(host, port)
        if fresh:
            self.set_aside()
        self.prepare()
        self.stdout.write(sign_ins())
        if no_serve:
            self.stdout.write(self.style.SUCCESS("The demo is ready. `make run` serves it."))
        else:
            self.serve(host, port)

    def set_aside(self):
        """Begin anew; the database before is kept beside, in case it was not meant."""
        name = connection.settings_dict["NAME"]
        if settings.PRODUCTION or connection.vendor != "sqlite":
            raise CommandError("Only the embedded database of a development machine begins anew.")
        connection.close()
        for ending in ("", "-wal", "-shm"):
            file = Path(f"{name}{ending}")
            if file.exists():
                file.replace(f"{name}.before{ending}")

    def prepare(self):
        settings.VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.STATIC_ROOT.mkdir(exist_ok=True)
        call_command("migrate", interactive=False, verbosity=0)
        licences.wake()
        if settings.PRODUCTION:
            call_command("collectstatic", interactive=False, verbosity=0)
        elif not get_user_model().objects.exists():
            self.stdout.write("The database is empty: loading the demo.")
            keep(demo=seeded())

    def serve(self, host, port):
        from config.asgi import application

        logging.getLogger("daphne").setLevel(logging.WARNING)  # the lines below say it better
        address = f"http://{'127.0.0.1' if host in ANYWHERE else host}:{port}"
        if not settings.PRODUCTION and host not in ANYWHERE:
            settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, host]
        said = (
            f"Countertop serves on {address}\n"
            f"  screens  {address}/sign-in/\n"
            f"  console  {address}/admin/\n"
            f"  API      {address}/docs\n"
            "Ctrl-C ends it."
        )
        server = Server(
            application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            server_name="",
            websocket_max_frame_size=LONGEST_FRAME,
            websocket_max_message_size=LONGEST_FRAME,
            ready_callable=lambda: self.say(said),
        )
        with beside(Worker()):
            server.run()


def refuse_without_secrets() -> None:
    try:
        settings.SECRET_KEY  # noqa: B018  Django refuses to hand out an empty one
    except ImproperlyConfigured as problem:
        raise CommandError(
            "There are no secrets yet. `python -m config.secrets` makes them, as `make run` does."
        ) from problem


def refuse_taken(host: str, port: int) -> None:
    """Refuse before anything is changed if somebody else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({problem.strerror}). PORT=8001 names another."
            ) from problem


def seeded() -> dict:
    """Load the demo; what it consists of, as ``seed_demo --json`` says."""
    said = StringIO()
    call_command("seed_demo", "--json", stdout=said)
    return json.loads(said.getvalue())


def kept() -> Path:
    return settings.VAR_DIR / "demo.json"


def keep(*, demo: dict) -> None:
    """Keep the demo's sign-ins for the next start, readable by the owner alone."""
    opened = os.open(kept(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w") as file:
        json.dump(demo, file, indent=1)


def sign_ins() -> str:
    """The demo's sign-ins as lines for a person, if they still open the door.

    They are renewed together, so one password tells for all.
    """
    people = json.loads(kept().read_text())["sign_ins"] if kept().exists() else {}
    cashier = people.get("cashier", {})
    user = get_user_model().objects.filter(username=cashier.get("username")).first()
    if user is None or not user.check_password(cashier["password"]):
        return "Sign in with the accounts of this database."
    return "\n".join(
        ["Sign in as", *(f"  {p['username']:<12} {p['password']}" for p in people.values())]
    )
