"""Receivers on this machine, and the turns of a worker that deliver to them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from live import deliveries, webhooks
from live.models import Webhook
from tests.live.receiving import Receiver

SECRET = "a secret of our tests"


@pytest.fixture(autouse=True)
def _this_machine(settings) -> None:
    """Receivers of tests are on the loopback interface."""
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as opened:

        def start(answers=None) -> Receiver:
            receiver = Receiver(answers)
            opened.callback(receiver.stop)
            return receiver

        yield start


@pytest.fixture
def receiver(receive) -> Receiver:
    return receive()


def hook(shop, url: str, *events: str) -> Webhook:
    fact = webhooks.add(shop=shop, actor=None, url=url, events=events, secret=SECRET)
    return Webhook.objects.get(pk=fact.id)


def deliver(row: Webhook) -> int:
    """One turn, as a thread of the worker takes it."""
    claim = deliveries.take(row.pk)
    done = deliveries.serve(claim)
    row.refresh_from_db()
    return done
