"""What becomes of a row of the menu is written into the trail and told to every screen."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from msgspec import Struct

from accounts import audit
from accounts.models import Shop
from core import wire
from core.idempotency import Once
from live import outbox


def make(
    kind: str,
    happened: str,
    row: Model,
    fact: Struct,
    *,
    shop: Shop,
    actor: Any,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    once: Once,
) -> None:
    """Audit, publish and keep the answer: the last steps of a verb of the menu.

    ``kind`` and ``happened`` name the event: ``category``, ``created``. It locks the shop's
    counter, so it comes after every other lock.
    """
    body = wire.encode(fact)
    counter = outbox.lock(shop.id)
    audit.record(f"{kind}.{happened}", row, shop=shop, actor=actor, before=before, after=after)
    outbox.publish(counter, outbox.Change(f"{kind}_{happened}", body), actor=actor)
    once.keep(201 if happened == "created" else 200, body)
