"""Webhooks: other people's addresses that a shop's events are posted to.

What a shop's managers do with them. How events get there: ``live.deliveries``.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit, vault
from accounts.audit import Actor
from accounts.models import Shop
from core import statements, wire
from core.database import verb
from core.errors import Invalid, Missing
from core.idempotency import EACH_TIME, Once
from live import outbox, receivers
from live.errors import EventsGone, TooManyWebhooks
from live.models import Webhook
from live.statements import STANDINGS
from live.webhook_facts import WebhookFact, WebhookMade, made, read

__all__ = [
    "ALL", "KINDS", "MOST", "add", "change", "get", "remove", "replay", "reseal", "secret_of",
]  # fmt: skip

PURPOSE = "webhooks"
#: Webhooks a shop may have.
MOST = 10
ALL = "*"

#: The events there are. A test compares it with what is published.
KINDS = outbox.MENU_KINDS | frozenset(
    {
        "device_changed", "order_created", "order_deleted", "order_updated", "presence_changed",
        "shift_closed", "shift_opened", "site_locked", "site_unlocked",
        "webhook_disabled",
    }
)  # fmt: skip


@verb
def add(
    *,
    shop: Shop,
    actor: Actor | None,
    url: str,
    events: Iterable[str] = (),
    secret: str = "",
    once: Once = EACH_TIME,
) -> WebhookMade:
    """Post the shop's events to ``url`` from now on; without a secret one is made.

    ``events`` names those that are wanted; none means all. Raises ``Invalid``,
    ``TooManyWebhooks``.
    """
    fields = _checked({"url": url, "events": list(events)})
    once.claim()
    secret = secret or f"whsec_{secrets.token_urlsafe(32)}"
    counter = outbox.lock(shop.pk)  # two at once count each other
    if Webhook.objects.filter(shop=shop).count() >= MOST:
        raise TooManyWebhooks(most=MOST)
    row = Webhook(shop=shop, cursor=outbox.cursor(counter.shop_id), **fields)
    row.secret = _seal(secret, row)
    row.save(force_insert=True)
    audit.record("webhook.added", row, shop=shop, actor=actor, after=_summary(row))
    fact = made(row, secret)
    once.keep(201, wire.encode(fact))
    return fact


@verb
def change(
    webhook_id: UUID,
    *,
    shop: Shop,
    actor: Actor | None,
    fields: Mapping[str, Any],
    once: Once = EACH_TIME,
) -> WebhookFact:
    """Change ``url``, ``events``, ``secret`` or ``is_active``; what is not named stays.

    Whatever changes, a failing or disabled one is tried at once if it is active then. Raises
    ``Missing``, ``Invalid``.
    """
    fields = _checked(fields)
    once.claim()
    row = _held(webhook_id, shop)
    before = _summary(row)
    for name in ("url", "events", "is_active"):
        setattr(row, name, fields.get(name, getattr(row, name)))
    if "secret" in fields:
        row.secret = _seal(fields["secret"], row)
    if row.is_active:
        row.disabled_at = row.alerted_at = None
        row.tries, row.failing_since, row.next_try_at = 0, None, None
    row.version += 1
    row.save()
    outbox.lock(shop.pk)
    audit.record(
        "webhook.changed", row, shop=shop, actor=actor, before=before, after=_summary(row),
        signs_anew="secret" in fields,
    )  # fmt: skip
    fact = read(row)
    once.keep(200, wire.encode(fact))
    return fact


@verb
def remove(webhook_id: UUID, *, shop: Shop, actor: Actor | None) -> None:
    """Post nothing there any more, and forget its log. Raises ``Missing``."""
    row = _held(webhook_id, shop)
    outbox.lock(shop.pk)
    audit.record("webhook.removed", row, shop=shop, actor=actor, before=_summary(row))
    row.delete()


@verb
def replay(
    webhook_id: UUID, *, shop: Shop, actor: Actor | None, after: int, once: Once = EACH_TIME
) -> WebhookFact:
    """Send every event after ``after`` again, in order, as new deliveries.

    Raises ``Missing``, ``Invalid`` for one that has not happened yet, ``EventsGone`` where events
    after it are forgotten.
    """
    once.claim()
    row = _held(webhook_id, shop)
    outbox.lock(shop.pk)
    oldest, newest = kept(shop.pk)
    if after > newest:
        raise Invalid(errors={"after": [f"The newest event is {newest}."]})
    if after < oldest - 1:
        raise EventsGone(oldest=oldest)
    before, row.cursor = row.cursor, after
    row.must_resync = False
    row.tries, row.failing_since, row.next_try_at = 0, None, None
    row.version, row.replays = row.version + 1, row.replays + 1
    row.save()
    audit.record(
        "webhook.replayed", row, shop=shop, actor=actor, before={"cursor": before}, after=_at(row)
    )
    fact = read(row)
    once.keep(200, wire.encode(fact))
    return fact


def get(webhook_id: UUID, *, shop: Shop) -> Webhook:
    """A webhook of the shop. Raises ``Missing``."""
    row = Webhook.objects.filter(shop=shop, pk=webhook_id).first()
    if row is None:
        raise Missing
    return row


def of(shop: Shop) -> QuerySet[Webhook]:
    """The shop's webhooks, the oldest first."""
    return Webhook.objects.filter(shop=shop).order_by("pk")


def kept(shop_id: UUID) -> tuple[int, int]:
    """The oldest event that is still there, and the newest; none: the next one and the last."""
    [standing] = statements.run(STANDINGS(shops=statements.rows([{"id": shop_id}])))[0]
    newest = standing.newest
    return (newest + 1 if standing.oldest is None else standing.oldest), newest


def secret_of(row: Webhook) -> str:
    """What the webhook's deliveries are signed with. Raises ``SecretUnreadable``."""
    return vault.unseal(row.secret, purpose=PURPOSE, owner=row.shop_id, row=row.pk)


def reseal() -> int:
    """Seal every secret with the first of the keys. Returns how many had an older one.

    Raises ``SecretUnreadable`` for one that no key opens.
    """
    renewed = 0
    for row in Webhook.objects.order_by("pk").iterator():
        if not vault.is_current(row.secret, purpose=PURPOSE):
            anew = vault.renew(row.secret, purpose=PURPOSE, owner=row.shop_id, row=row.pk)
            same = Webhook.objects.filter(pk=row.pk, secret=row.secret)
            renewed += same.update(secret=anew, version=F("version") + 1, updated_at=timezone.now())
    return renewed


def _held(webhook_id: UUID, shop: Shop) -> Webhook:
    mine = Webhook.objects.select_for_update(no_key=True).filter(shop=shop, pk=webhook_id)
    row = mine.first()
    if row is None:
        raise Missing
    return row


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are stored. Raises ``Invalid``."""
    wrong: dict[str, list[str]] = {}
    if "url" in fields and (problem := receivers.problem(fields["url"])):
        wrong["url"] = [problem]
    events = sorted({*fields.get("events", ())} - {ALL})
    if unknown := [kind for kind in events if kind not in KINDS]:
        wrong["events"] = [f"There is no event {kind[:40]}." for kind in unknown[:10]]
    if wrong:
        raise Invalid(errors=wrong)
    if "events" in fields:
        return {**fields, "events": [] if ALL in fields["events"] else events}
    return dict(fields)


def _seal(secret: str, row: Webhook) -> str:
    return vault.seal(secret, purpose=PURPOSE, owner=row.shop_id, row=row.pk)


def _summary(row: Webhook) -> dict[str, Any]:
    return {"url": row.url, "events": row.events, "is_active": row.is_active}


def _at(row: Webhook) -> dict[str, Any]:
    return {"cursor": row.cursor}
