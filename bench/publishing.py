"""Where the load asks for an event of ours: it is stored in the outbox, and its screens nudged.

As a sale does it, from an HTTP process; gunicorn serves ``bench.publishing:application``.
"""

import json
import os
from collections.abc import Callable, Iterable
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application

get_wsgi_application()  # loads the apps

from django.utils import timezone  # noqa: E402

from core import database, statements  # noqa: E402
from live import outbox  # noqa: E402
from live.outbox import Change  # noqa: E402


@database.verb
def publish(shop: UUID, row: dict) -> None:
    """As a hot verb does: one statement takes the ``seq`` and stores the event."""
    changes = [Change.of("order_created", row)]
    statements.run(outbox.publishing(shop, changes, actor_id=None, at=timezone.now()))
    outbox.announce(shop)


def application(environ: dict, start: Callable) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if body:
        shop = UUID(environ["PATH_INFO"].rpartition("/")[2])
        publish(shop, json.loads(body))
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]
