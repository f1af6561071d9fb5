"""Webhooks in the worker: nobody waits for a slow receiver, and a crash repeats, loses nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from live import deliveries, receivers, webhooks
from live.models import Delivery, Event, Webhook
from tests import factories
from tests.live.conftest import SECONDS, publish, wait_until
from tests.services import fixtures
from tests.services.servers import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _this_machine(settings) -> Iterator[None]:
    """Receivers of tests are on the loopback interface; no thread outlives its test."""
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    yield
    deliveries.settle()


def hook(shop, url: str) -> Webhook:
    return Webhook.objects.get(pk=webhooks.add(shop=shop, actor=None, url=url).id)


def test_slow_receivers_of_one_shop_hold_up_nobody_elses(shop, receive, monkeypatch):
    """Two of a shop's may be served at once: its others wait, another shop's does not."""
    monkeypatch.setattr(receivers, "READ", 2.0 * SECONDS)  # none is given up meanwhile
    monkeypatch.setattr(receivers, "ALL", 2.0 * SECONDS)
    let_go = threading.Event()

    def hang(call) -> int:
        let_go.wait(2 * SECONDS)
        return 204

    slow, quick = receive(hang), receive()
    for _ in range(3):
        hook(shop, slow.url)
    other = factories.shop_of(factories.person("rita"), "Rita's")
    mine = hook(other, quick.url)
    publish(shop, "order_created")
    publish(other, *["order_created"] * 20)

    assert deliveries.dispatch() == 3
    wait_until(lambda: len(quick.calls) == 20)  # while the slow ones hang
    wait_until(lambda: len(slow.calls) == 2)
    assert deliveries.dispatch() == 0  # the third would be one too many of this shop
    let_go.set()
    deliveries.settle()
    assert deliveries.dispatch() == 1
    deliveries.settle()
    assert len(slow.calls) == 3
    mine.refresh_from_db()
    assert mine.held_until is None


def test_two_workers_at_once_send_an_event_once(shop, receive):
    receiver = receive()
    row = hook(shop, receiver.url)
    publish(shop, "order_created")
    claims = []
    together = threading.Barrier(4)

    def grab() -> None:
        together.wait()
        claims.append(deliveries.take(row.pk))
        connection.close()

    takers = [threading.Thread(target=grab) for _ in range(4)]
    for one in takers:
        one.start()
    for one in takers:
        one.join()
    (claim,) = [one for one in claims if one]

    assert deliveries.serve(claim) == 1
    assert len(receiver.calls) == 1


def test_a_worker_killed_before_it_could_write_sends_the_same_delivery_again(shop, receive):
    """The receiver kills the sender after it has the event and before it has answered."""
    started: list[subprocess.Popen] = []
    have_started = threading.Event()

    def kill(call) -> int:
        if started[1:] or not have_started.wait(SECONDS):
            return 204
        os.kill(started[0].pid, signal.SIGKILL)
        started[0].wait()
        started.append(started[0])
        return 204

    receiver = receive(kill)
    row = hook(shop, receiver.url)
    seq = publish(shop, "order_created", "stock_changed")
    started.append(
        subprocess.Popen(
            [sys.executable, "manage.py", "deliver_webhooks"],
            cwd=ROOT,
            env=os.environ
            | {"DATABASE_URL": fixtures.database_url(), "WEBHOOKS_ALLOW_PRIVATE": "true"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    have_started.set()
    wait_until(lambda: len(started) == 2)
    assert (receiver.seqs, Delivery.objects.count()) == ([seq - 1], 0)

    assert not deliveries.is_due()  # the dead one's hold has to run out first
    with time_machine.travel(timezone.now() + deliveries.HOLD + timedelta(seconds=1)):
        assert deliveries.serve(deliveries.take(row.pk)) == 2
    assert receiver.seqs == [seq - 1, seq - 1, seq]
    assert receiver.ids[0] == receiver.ids[1] != receiver.ids[2]


# --- commands -----------------------------------------------------------------------------


def said(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, no_color=True)
    return out.getvalue().strip()


def test_the_command_delivers_and_a_dry_run_only_counts(shop, receive):
    receiver = receive()
    hook(shop, receiver.url)
    publish(shop, "order_created", "stock_changed")

    assert said("deliver_webhooks", "--dry-run") == "1 webhooks wait."
    assert receiver.calls == []
    assert json.loads(said("deliver_webhooks", "--json")) == {"webhooks": 1, "events": 2}
    assert said("deliver_webhooks") == "Delivered 0 events to 0 webhooks."
    assert len(receiver.calls) == 2


def test_pruning_by_hand_counts_first(shop, receive):
    receiver = receive()
    hook(shop, receiver.url)
    publish(shop, "order_created", "stock_changed")
    said("deliver_webhooks")
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        found = {"events": Event.objects.count(), "deliveries": 2}
        assert found["events"] >= 2
        assert json.loads(said("prune_events", "--dry-run", "--json")) == found
        assert Delivery.objects.count() == 2
        assert said("prune_events") == f"Forgot {found['events']} events and 2 deliveries."
    assert not Delivery.objects.exists()
    assert not Event.objects.exists()
