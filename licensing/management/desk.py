"""What the operator's commands of the vendor's desk have in common: they call the same verbs."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core import wire
from core.errors import DomainError, Missing

__all__ = ["DeskCommand", "refuse_without_desk"]


class DeskCommand(BaseCommand):
    """A command that calls one verb: ``act`` answers what to print, for people and programs.

    ``--dry-run`` is the real run, rolled back. Refusals end it with their sentence.
    """

    #: What ``act`` needs of a site; ``None``: no site is named.
    names_site = True
    #: Whether it asks why, for the trail.
    asks_why = True
    #: Whether it changes anything.
    writes = True

    def add_arguments(self, parser: Any) -> None:
        if self.names_site:
            parser.add_argument("site_id", type=UUID, help="the site's id")
        if self.asks_why:
            parser.add_argument("--reason", default="", help="why, for the trail")
        if self.writes:
            parser.add_argument("--dry-run", action="store_true", help="check only, change nothing")
        parser.add_argument("--json", action="store_true", help="print it for a program")

    def handle(self, **options: Any) -> None:
        refuse_without_desk()
        dry_run = options.get("dry_run", False)
        try:
            with transaction.atomic():
                facts, sentence = self.act(**options)
                transaction.set_rollback(dry_run)
        except Missing as refusal:
            raise CommandError(
                "No site has this id; `manage.py list_sites` shows them. Nothing was changed."
            ) from refusal
        except DomainError as refusal:
            raise CommandError(f"{refusal} Nothing was changed.") from refusal
        if options["json"]:
            row = json.loads(wire.encode(facts))
            row = row | {"dry_run": dry_run} if self.writes and type(row) is dict else row
            self.stdout.write(json.dumps(row, ensure_ascii=False))
            return
        if dry_run:
            sentence = f"Dry run, nothing was changed. {sentence}"
        self.stdout.write(self.style.SUCCESS(sentence))

    def act(self, **options: Any) -> tuple[Any, str]:
        """Call the verb; answers its facts and the final sentence. Raises ``DomainError``."""
        raise NotImplementedError


def refuse_without_desk() -> None:
    """Raises ``CommandError`` on a restaurant's own server, whose database has no sites."""
    if settings.ROLE == "shop":
        raise CommandError(
            "The desk is on the vendor's server; this is a restaurant's own (COUNTERTOP_ROLE=shop)."
        )
