"""Wishes to be paid through a provider: stored before the provider hears of them, settled after.

The intent is committed first, the provider is called outside any transaction with the intent's
id as its key, and what it answers is committed then. Whatever a crash leaves between these steps
``sweep`` settles: a payment is captured at most once and never forgotten.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import Shop
from core import database, ids
from pos import ledger, money, payments, tenders
from pos.errors import PaymentPending, TooMuchPaid
from pos.models import Order, PaymentIntent
from pos.providers import Answer, Provider, Unreachable
from pos.tenders import Tender

State = PaymentIntent.State
UNRESOLVED = (State.CREATED, State.PENDING)

#: Younger intents are still in the hands of the request that made them: longer than its timeouts.
LEFT_ALONE = timedelta(seconds=60)

#: What the provider has not heard of for this long after it was stored, it never will.
LAST_CALL = timedelta(hours=1)
NEVER_ASKED = "never asked"

#: How many intents one sweep settles.
BATCH = 100


@database.verb
def begin(
    order_id: UUID, *, method: str, amount: int | None = None, provider: str, shop: Shop, actor: Any
) -> PaymentIntent:
    """Store the wish to pay an open order, or ``amount`` of it, through a provider.

    Raises ``Missing``, ``OrderClosed``, ``TooMuchPaid``, and ``PaymentPending`` while another
    wish for the same order is not settled.
    """
    order = ledger.hold(order_id, shop=shop)
    payments.refuse_closed(order)
    if order.intents.filter(state__in=UNRESOLVED).exists():
        raise PaymentPending
    due = order.total - order.paid
    wished = due if amount is None else amount
    if not 0 < wished <= due:
        digits = shop.digits
        raise TooMuchPaid(due=money.text(due, digits), amount=money.text(wished, digits))
    intent = PaymentIntent.objects.create(
        shop=shop,
        order=order,
        method=method,
        amount=wished,
        provider=provider,
        created_by_id=actor and actor.pk,
    )
    after = {"order": order.pk, "method": method, "amount": wished}
    audit.record("intent.begun", intent, shop=shop, actor=actor, after=after)
    return intent


def charge(intent: PaymentIntent, *, provider: Provider) -> PaymentIntent:
    """Ask the provider for the money of a stored intent, and settle what it answers.

    Called outside any transaction. An answer that does not come leaves the intent to ``sweep``.
    """
    begun = timezone.now()
    ours = PaymentIntent.objects.filter(pk=intent.pk, state=State.CREATED)
    if not ours.update(state=State.PENDING, attempts=F("attempts") + 1, updated_at=begun):
        return PaymentIntent.objects.get(pk=intent.pk)
    try:
        if timezone.now() - begun >= LEFT_ALONE:
            raise Unreachable  # this machine slept: by now the sweep has given the intent up
        answer = provider.create(
            intent.pk, amount=intent.amount, currency=intent.shop.currency, method=intent.method
        )
    except Unreachable:
        return PaymentIntent.objects.get(pk=intent.pk)
    return settle(intent.pk, answer, provider=provider)


def settle(intent_id: UUID, answer: Answer, *, provider: Provider) -> PaymentIntent:
    """Act on what a provider answered; money that came for a closed order is given back."""
    intent = hear(intent_id, answer)
    if answer.state == "captured" and intent.state in UNRESOLVED:
        try:
            given = provider.give_back(intent.pk, refund=intent.pk, amount=intent.amount)
        except Unreachable:
            return intent  # the next sweep gives it back: the provider does so once
        if given.state == "returned":
            intent = hear(intent_id, given)
    return intent


@database.verb
def hear(intent_id: UUID, answer: Answer) -> PaymentIntent:
    """Commit what a provider answered, once: a capture becomes one payment of its order.

    A capture that its order cannot take any more leaves the intent unresolved.
    """
    shop_id, order_id = PaymentIntent.objects.values_list("shop", "order").get(pk=intent_id)
    order = ledger.hold(order_id, shop=Shop.objects.get(pk=shop_id))
    intent = PaymentIntent.objects.select_for_update(of=("self",)).get(pk=intent_id)
    if intent.state in (State.CAPTURED, State.RETURNED):
        return intent
    before = intent.state
    intent.provider_reference = answer.reference
    intent.failure = answer.failure
    if answer.state == "captured":
        _capture(order, intent)
    else:
        intent.state = State(answer.state)
    intent.updated_at = timezone.now()
    intent.save()
    if intent.state != before:
        shop, actor = intent.shop, intent.created_by
        change = {"before": {"state": before}, "after": {"state": intent.state}}
        audit.record(f"intent.{intent.state}", intent, shop=shop, actor=actor, **change)
    return intent


def sweep(provider: Provider, *, limit: int = BATCH) -> int:
    """Settle what was left open, at most ``limit``, oldest first; answers how many it looked at."""
    looked_at = 0
    for intent in _left().filter(provider=provider.name).order_by("updated_at")[:limit]:
        looked_at += 1
        try:
            answer = provider.status(intent.pk)
        except Unreachable:
            # Behind the others: one that cannot be told must not keep them waiting.
            as_found = PaymentIntent.objects.filter(pk=intent.pk, state=intent.state)
            as_found.update(attempts=F("attempts") + 1, updated_at=timezone.now())
            continue
        settle(intent.pk, answer or Answer("failed", failure=NEVER_ASKED), provider=provider)
    return looked_at


def is_due() -> bool:
    """Whether anything was left open."""
    return _left().exists()


def _left() -> QuerySet[PaymentIntent]:
    """What nobody has in hand.

    Of those that were given up, too, those that could still be asked for: whoever was about to ask
    may have been held up for longer than we waited.
    """
    now = timezone.now()
    doubtful = Q(pk__gt=ids.since(now - LAST_CALL), state=State.FAILED, failure=NEVER_ASKED)
    unresolved = Q(state__in=UNRESOLVED)
    return PaymentIntent.objects.filter(unresolved | doubtful, updated_at__lt=now - LEFT_ALONE)


def _capture(order: Order, intent: PaymentIntent) -> None:
    """Make a capture the payment of its order, if that can take it."""
    is_open = order.state == Order.State.OPEN and not order.refunded
    if not is_open or intent.amount > order.total - order.paid:
        intent.state, intent.failure = State.PENDING, "the order takes it no more"
        return
    intent.state = State.CAPTURED
    shop, actor, now = intent.shop, intent.created_by, timezone.now()
    drawer = payments.drawer_of(intent.register_id, shop=shop, actor=actor)
    before = {"state": order.state, "paid": order.paid}
    tender = Tender(method=intent.method, amount=intent.amount, reference=intent.provider_reference)
    had = order.payments.all()
    taken = tenders.settle(order, [tender], shop=shop, at=now, drawer=drawer, before=had)
    taken[0].intent_id = intent.pk
    payments.record(order, taken, before=before, shop=shop, actor=actor, at=now)
