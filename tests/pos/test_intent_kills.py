"""Whoever pays through a provider is killed before every step (G5): once captured, none forgotten."""

import os
import signal
import warnings
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from pos import intents, orders, returns
from pos.models import PaymentIntent, RefundIntent
from pos.providers.http import HttpProvider
from pos.tickets import Ticket, Wish
from tests.pos.provider_server import ProviderServer

pytestmark = pytest.mark.django_db(transaction=True)


class Reaper:
    """Kills its own process before the ``last``-th step; a step is a statement or a call."""

    def __init__(self, last: int) -> None:
        self.left = last

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, execute: Any, *args: Any) -> Any:
        self.step()
        return execute(*args)


class Mortal(HttpProvider):
    """Dies before it asks, or after it was answered."""

    reaper: Reaper

    def _call(self, *args: Any, **more: Any) -> Any:
        self.reaper.step()
        answer = super()._call(*args, **more)
        self.reaper.step()
        return answer


def died(act: Any, url: str, last: int) -> bool:
    """Do it in a process of its own that is killed before its ``last``-th step; whether it was."""
    connections.close_all()  # nobody may share one with the child
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forking beside the provider's threads: none of ours
        child = os.fork()
    if not child:
        code = 1
        try:
            provider, reaper = Mortal(url, "k"), Reaper(last)
            provider.reaper = reaper
            with connections["default"].execute_wrapper(reaper):
                act(provider)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("first", ["captured", "authorized", "failed"])
def test_killed_at_any_step_a_payment_is_captured_once_and_settled(
    shop, cashier, tea, stocked, first
):
    dish = stocked(shop, "Dish", 700, 100)
    said = {"method": "card", "provider": "http", "shop": shop, "actor": cashier}
    kills = 0
    with ProviderServer(first) as server:
        while True:
            bill = orders.place(Ticket(wishes=[Wish(dish.id, 1)]), shop=shop, actor=cashier)

            def pay(provider, bill=bill):
                intents.charge(intents.begin(bill.id, **said), provider=provider)

            was_killed = died(pay, server.url, kills + 1)
            old = timezone.now() - timedelta(minutes=2)
            PaymentIntent.objects.filter(state__in=intents.UNRESOLVED).update(updated_at=old)
            provider = HttpProvider(server.url, "k")
            intents.sweep(provider)
            assert not PaymentIntent.objects.filter(state__in=intents.UNRESOLVED).exists()
            if not was_killed:
                break
            kills += 1

    assert kills >= 8, "a kill before every step"
    taken = {str(one.intent_id) for one in shop.payments.all()}
    assert {key for key, n in server.captures.items() if n} == taken
    assert set(server.captures.values()) <= {0, 1}
    assert shop.orders.filter(state="paid").count() == len(taken) == shop.payments.count()


def test_killed_at_any_step_a_refund_goes_back_once(shop, manager, cashier, stocked):
    from pos import refunds

    dish = stocked(shop, "Dish", 700, 100)
    said = {"method": "card", "provider": "http", "shop": shop, "actor": cashier}
    kills = 0
    with ProviderServer() as server:
        provider = HttpProvider(server.url, "k")
        while True:
            bill = orders.place(Ticket(wishes=[Wish(dish.id, 1)]), shop=shop, actor=cashier)
            intents.charge(intents.begin(bill.id, **said), provider=provider)
            refunds.give(bill.id, amount=700, reason="cold", shop=shop, actor=manager)

            was_killed = died(returns.sweep, server.url, kills + 1)
            returns.sweep(provider)
            assert not returns.is_due()
            if not was_killed:
                break
            kills += 1

    assert kills >= 6, "a kill before every step"
    done = {str(one.pk) for one in RefundIntent.objects.filter(state="returned")}
    assert {*server.refunds} == done
    assert len(done) == RefundIntent.objects.count() == kills + 1
