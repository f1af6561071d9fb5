"""Payments through a provider: captured at most once, never forgotten (G5)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from pos import intents, orders, payments
from pos.errors import OrderClosed, PaymentPending, TooMuchPaid
from pos.models import PaymentIntent
from pos.providers import Answer, Unreachable
from pos.providers.simulator import Simulator
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests.pos.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill(shop, cashier, cake):
    """An open order of 9.98."""
    return orders.place(Ticket(wishes=[Wish(cake.id, 2)]), shop=shop, actor=cashier)


@pytest.fixture
def begin(shop, cashier, bill):
    def beginning(**more):
        said = {"method": "card", "provider": "simulator", "shop": shop, "actor": cashier}
        return intents.begin(bill.id, **said | more)

    return beginning


def aged(intent):
    """As if a minute had gone by since."""
    old = timezone.now() - timedelta(minutes=2)
    PaymentIntent.objects.filter(pk=intent.pk).update(updated_at=old)
    return intent


def state_of(intent):
    return PaymentIntent.objects.get(pk=intent.pk).state


@pytest.mark.parametrize("behaviour", ["approve", "repeat"])
def test_an_approved_intent_pays_its_order_once(shop, begin, behaviour):
    provider, intent = Simulator(behaviour), begin()

    first = intents.charge(intent, provider=provider)
    again = intents.charge(intent, provider=provider)
    intents.settle(intent.pk, Answer("captured"), provider=provider)

    assert (first.state, again.state) == ("captured", "captured")
    assert provider.captures == {intent.pk: 1}
    payment = shop.payments.get()
    assert (payment.intent_id, payment.amount, payment.method) == (intent.pk, 998, "card")
    assert shop.orders.get().state == "paid"


def test_a_declined_intent_takes_nothing_and_may_be_tried_again(shop, begin):
    provider, intent = Simulator("decline"), begin()

    declined = intents.charge(intent, provider=provider)
    intents.charge(begin(), provider=Simulator())

    assert (declined.state, declined.failure) == ("failed", "declined")
    assert shop.payments.count() == 1


@pytest.mark.parametrize("behaviour", ["delay", "drop_after_capture"])
def test_what_was_left_open_is_swept(shop, begin, behaviour):
    provider = Simulator(behaviour)
    intent = intents.charge(begin(), provider=provider)
    assert (intent.state, shop.payments.count()) == ("pending", 0)

    assert intents.sweep(provider) == 0  # still in its request's hands
    aged(intent)
    assert intents.sweep(provider) == 1
    assert intents.sweep(provider) == 0

    assert state_of(intent) == "captured"
    assert provider.captures == {intent.pk: 1}
    assert shop.payments.count() == 1


def test_an_intent_its_provider_never_heard_of_fails(shop, begin):
    intent = aged(begin())

    intents.sweep(Simulator())

    assert state_of(intent) == "failed"
    assert not shop.payments.exists()


def test_a_capture_that_comes_after_the_sweep_is_not_forgotten(shop, begin):
    intent = aged(begin())
    intents.sweep(Simulator())

    intents.settle(intent.pk, Answer("captured"), provider=Simulator())

    assert state_of(intent) == "captured"
    assert shop.payments.count() == 1


class Late(Simulator):
    """Hears of a payment when it was given up already, and whoever asked dies then."""

    def create(self, key, **wish):
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            intents.sweep(self)
        assert state_of(PaymentIntent(pk=key)) == "failed"
        super().create(key, **wish)
        raise Unreachable


@pytest.mark.parametrize("paid_meanwhile", [False, True])
def test_a_capture_that_came_after_the_intent_was_given_up_is_found_by_sweeps(
    shop, cashier, bill, begin, paid_meanwhile
):
    provider, intent = Late(), begin()
    intents.charge(intent, provider=provider)
    if paid_meanwhile:
        payments.take(bill.id, Tender(method="cash"), shop=shop, actor=cashier)

    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        assert intents.is_due()
        intents.sweep(provider)

    assert state_of(intent) == ("returned" if paid_meanwhile else "captured")
    assert [one.method for one in shop.payments.all()] == ["cash" if paid_meanwhile else "card"]


def test_what_was_never_asked_is_let_go_in_the_end(shop, begin):
    intent = aged(begin())
    later = timezone.now() + intents.LAST_CALL

    with time_machine.travel(later, tick=False):
        intents.sweep(Simulator())
    with time_machine.travel(later + intents.LEFT_ALONE * 2, tick=False):
        assert not intents.is_due()

    assert state_of(intent) == "failed"


def test_a_machine_that_slept_before_asking_asks_no_more(shop, begin):
    provider, intent = Simulator(), begin()

    with time_machine.travel(timezone.now(), tick=False) as clock:

        def sleeping(execute, *args):
            clock.shift(intents.LEFT_ALONE)
            return execute(*args)

        with connection.execute_wrapper(sleeping):
            intents.charge(intent, provider=provider)

    assert (state_of(intent), provider.captures) == ("pending", {})


def test_money_for_an_order_that_was_paid_meanwhile_goes_back(shop, cashier, bill, begin):
    provider, intent = Simulator(), begin()
    payments.take(bill.id, Tender(method="cash"), shop=shop, actor=cashier)

    returned = intents.charge(intent, provider=provider)

    assert returned.state == "returned"
    assert provider.known[intent.pk].state == "returned"
    assert [payment.method for payment in shop.payments.all()] == ["cash"]


class Silent(Simulator):
    """Captures, and does not answer when asked to give back."""

    silent = True

    def give_back(self, key, *, refund, amount):
        if self.silent:
            raise Unreachable
        return super().give_back(key, refund=refund, amount=amount)


def test_money_that_could_not_go_back_goes_with_the_next_sweep(shop, cashier, bill, begin):
    provider, intent = Silent(), begin()
    payments.take(bill.id, Tender(method="cash"), shop=shop, actor=cashier)

    assert intents.charge(intent, provider=provider).state == "pending"
    provider.silent = False
    aged(intent)
    intents.sweep(provider)

    assert state_of(intent) == "returned"
    assert shop.payments.count() == 1


def test_one_intent_at_a_time_and_none_beyond_what_is_due(shop, cashier, bill, begin):
    with pytest.raises(TooMuchPaid):
        begin(amount=999)
    with pytest.raises(TooMuchPaid):
        begin(amount=0)
    begin(amount=500)
    with pytest.raises(PaymentPending):
        begin()


def test_a_closed_order_takes_no_intent(shop, cashier, bill, begin):
    payments.take(bill.id, Tender(method="cash"), shop=shop, actor=cashier)

    with pytest.raises(OrderClosed):
        begin()


@pytest.mark.django_db(transaction=True)
def test_eight_answers_at_once_make_one_payment(shop, begin):
    provider, intent = Simulator(), begin()

    def hear(place):
        intents.settle(intent.pk, Answer("captured"), provider=provider)

    assert at_once(8, hear) == {"done": 8}
    assert shop.payments.count() == 1
    assert state_of(intent) == "captured"
