"""Refunds that the provider carries out: at most once, and a refusal is seen."""

import pytest

from config.jobs import JOBS
from live.models import Event
from pos import intents, orders, payments, refunds, returns, sweeps
from pos.models import RefundIntent
from pos.providers import Answer, Unreachable, configured
from pos.providers.simulator import Simulator
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests.pos.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return Simulator()


@pytest.fixture
def paid(shop, cashier, cake, provider):
    """9.98, of which 2.00 in cash and the rest through the provider."""
    bill = orders.place(Ticket(wishes=[Wish(cake.id, 2)]), shop=shop, actor=cashier)
    payments.take(bill.id, Tender(method="cash", amount=200), shop=shop, actor=cashier)
    intent = intents.begin(bill.id, method="card", provider="simulator", shop=shop, actor=cashier)
    intents.charge(intent, provider=provider)
    return shop.orders.get()


def give(order, amount, actor, shop):
    refunds.give(order.pk, amount=amount, reason="cold", shop=shop, actor=actor)


def test_a_refund_goes_back_through_the_provider_once(shop, manager, paid, provider):
    give(paid, 500, manager, shop)
    give(paid, 498, manager, shop)

    assert [one.refund.amount for one in RefundIntent.objects.order_by("pk")] == [300, 498]
    assert returns.is_due()
    assert [returns.sweep(provider), returns.sweep(provider)] == [2, 0]

    (given,) = provider.given.values()
    assert sorted(given.values()) == [300, 498]
    assert {one.state for one in RefundIntent.objects.all()} == {"returned"}
    assert not returns.is_due()
    assert shop.orders.get().flags == []


class Doubtful(Simulator):
    """Returns, and does not say so."""

    def give_back(self, key, *, refund, amount):
        super().give_back(key, refund=refund, amount=amount)
        raise Unreachable


def test_a_refund_whose_answer_was_lost_is_asked_for_again_and_made_once(
    shop, manager, cashier, cake
):
    provider = Doubtful()
    bill = orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier)
    said = {"method": "card", "provider": "simulator", "shop": shop, "actor": cashier}
    intents.charge(intents.begin(bill.id, **said), provider=provider)
    give(shop.orders.get(), 499, manager, shop)

    returns.sweep(provider)
    assert RefundIntent.objects.get().state == "created"
    provider.__class__ = Simulator
    returns.sweep(provider)

    assert (RefundIntent.objects.get().state, RefundIntent.objects.get().attempts) == (
        "returned",
        2,
    )
    assert [*provider.given.values()] == [{RefundIntent.objects.get().pk: 499}]


def test_a_refund_that_the_provider_refuses_is_flagged_for_a_person(shop, manager, paid):
    give(paid, 998, manager, shop)

    returns.sweep(Simulator())  # has never heard of the payment

    intent = RefundIntent.objects.get()
    assert (intent.state, intent.failure) == ("failed", "never captured so much")
    assert shop.orders.get().flags == ["refund_failed"]
    told = Event.objects.filter(shop=shop, kind="order_updated").order_by("seq").last()
    assert "refund_failed" in told.data


def test_what_was_taken_by_hand_owes_no_provider_anything(shop, manager, cashier, cake):
    card = Tender(method="card")
    bill = orders.place(Ticket(wishes=[Wish(cake.id, 1)], tenders=[card]), shop=shop, actor=cashier)
    refunds.give(bill.id, amount=499, reason="cold", shop=shop, actor=manager)

    assert not RefundIntent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_answers_at_once_are_one(shop, manager, paid):
    give(paid, 998, manager, shop)
    intent = RefundIntent.objects.get()

    assert at_once(8, lambda _: returns.hear(intent.pk, Answer("failed"))) == {"done": 8}
    assert shop.orders.get().flags == ["refund_failed"]


def test_the_worker_settles_what_is_due(shop, manager, cashier, cake):
    (job,) = [one for one in JOBS if one.name == "settle payments"]
    assert not sweeps.is_due()
    bill = orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier)
    said = {"method": "card", "provider": "simulator", "shop": shop, "actor": cashier}
    intents.charge(intents.begin(bill.id, **said), provider=configured.get())
    give(shop.orders.get(), 499, manager, shop)

    assert job.is_due()
    assert job.run() == 1
    assert not job.is_due()
    assert RefundIntent.objects.get().state == "returned"
