"""Refunds that a payment provider carries out: stored with the refund, sent after, at most once.

A refund of what came through a provider is committed with the wish to have it carried out; the
worker asks the provider, outside any transaction and with the wish's id as its key, and commits
what it answers. What the provider refuses is flagged on the order for a person to see.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts import audit
from core import database
from live import outbox
from pos import facts, ledger, orders
from pos.models import Refund, RefundIntent
from pos.providers import Answer, Provider, Unreachable

State = RefundIntent.State

#: How many one sweep sends.
BATCH = 100

#: What stands on an order whose money the provider would not return.
FLAG = "refund_failed"


def owe(batch: Iterable[Refund]) -> None:
    """Have those of these refunds carried out that came through a provider: a step of a refund."""
    RefundIntent.objects.bulk_create(
        RefundIntent(shop_id=refund.shop_id, refund=refund)
        for refund in batch
        if refund.payment.intent_id is not None
    )


def sweep(provider: Provider, *, limit: int = BATCH) -> int:
    """Ask the provider for what is owed, at most ``limit``, oldest first; answers how many."""
    owed = RefundIntent.objects.filter(
        state=State.CREATED, refund__payment__intent__provider=provider.name
    )
    asked = 0
    for intent in owed.select_related("refund__payment").order_by("updated_at")[:limit]:
        asked += 1
        RefundIntent.objects.filter(pk=intent.pk, state=State.CREATED).update(
            attempts=F("attempts") + 1, updated_at=timezone.now()
        )
        key = intent.refund.payment.intent_id
        assert key is not None, "only such payments are owed"  # noqa: S101
        try:
            answer = provider.give_back(key, refund=intent.pk, amount=intent.refund.amount)
        except Unreachable:
            continue
        if answer.state != "pending":
            hear(intent.pk, answer)
    return asked


@database.verb
def hear(intent_id: UUID, answer: Answer) -> RefundIntent:
    """Commit what a provider answered, once; what it refused is flagged on the order."""
    found = RefundIntent.objects.select_related("refund", "shop").get(pk=intent_id)
    shop, refund = found.shop, found.refund
    order = ledger.hold(refund.order_id, shop=shop)
    intent = RefundIntent.objects.select_for_update(of=("self",)).get(pk=intent_id)
    if intent.state != State.CREATED:
        return intent
    is_done = answer.state == "returned"
    intent.state = State.RETURNED if is_done else State.FAILED
    intent.provider_reference, intent.failure = answer.reference, answer.failure
    intent.updated_at = timezone.now()
    intent.save()
    told = []
    if not is_done and FLAG not in order.flags:
        flags = [*order.flags, FLAG]
        shop.orders.filter(pk=order.pk).update(  # a row held locked
            flags=flags, version=F("version") + 1, updated_at=intent.updated_at
        )
        fact = orders.read(orders.stored(order.pk, shop=shop), shop=shop)
        told.append(outbox.Change("order_updated", facts.encode(fact)))
    counter = outbox.lock(shop.id)
    after = {"order": order.pk, "amount": refund.amount, "failure": intent.failure}
    audit.record(f"refund.{intent.state}", refund, shop=shop, actor=None, after=after)
    outbox.publish(counter, *told, actor=None)
    return intent


def is_due() -> bool:
    """Whether anything is owed."""
    return RefundIntent.objects.filter(state=State.CREATED).exists()
