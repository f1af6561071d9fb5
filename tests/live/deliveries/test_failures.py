"""Deliveries that fail: sent again for a day before anything else, and nobody is waited for."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import AuditEvent
from live import alerts, deliveries, receivers, turns, webhooks
from live.models import Delivery, Event
from live.webhook_facts import state
from tests.live.conftest import publish
from tests.live.deliveries.conftest import SECRET, deliver, hook

pytestmark = pytest.mark.django_db


def test_what_failed_is_sent_again_first_and_nothing_overtakes_it(shop, receive):
    answers = iter([204, 500, 503, 204, 204, 204])
    receiver = receive(lambda call: next(answers))
    row = hook(shop, receiver.url)
    first = publish(shop, "order_created", "stock_changed", "order_updated") - 2
    began = timezone.now()
    assert deliver(row) == 1
    ended = timezone.now()
    publish(shop, "order_created")

    for tries, wait in ((1, timedelta(seconds=5)), (2, timedelta(seconds=10))):
        assert (row.tries, row.cursor, state(row)) == (tries, first, "failing")
        assert began + 0.8 * wait <= row.next_try_at <= ended + 1.2 * wait
        with time_machine.travel(row.next_try_at - timedelta(milliseconds=1), tick=False):
            assert not deliveries.is_due()
        with time_machine.travel(row.next_try_at + timedelta(milliseconds=1)):
            began = timezone.now()
            assert deliveries.is_due()
            deliver(row)
            ended = timezone.now()

    assert receiver.seqs == [first, first + 1, first + 1, first + 1, first + 2, first + 3]
    assert receiver.ids[1] == receiver.ids[2] == receiver.ids[3]
    assert len({*receiver.ids}) == 4
    assert [*row.deliveries.order_by("pk").values_list("seq", "attempt", "status")] == [
        (first, 1, 204),
        (first + 1, 1, 500),
        (first + 1, 2, 503),
        (first + 1, 3, 204),
        (first + 2, 1, 204),
        (first + 3, 1, 204),
    ]
    assert state(row) == "active"


def test_waits_double_up_to_an_hour_each_a_little_different():
    waits = [turns.pause(tries).total_seconds() for tries in range(1, 30)]

    for tries, wait in enumerate(waits):
        right = min(5 * 2**tries, 3600)
        assert 0.8 * right <= wait <= 1.2 * right
    assert len({*waits[15:]}) > 1


def test_after_a_day_of_failures_it_is_disabled_and_its_owner_told(shop, owner, receive):
    receiver = receive(lambda call: 500)
    row = hook(shop, receiver.url)
    seq = publish(shop, "order_created")
    deliver(row)
    began = row.failing_since
    while row.is_active:
        with time_machine.travel(row.next_try_at + timedelta(seconds=1)):
            assert deliver(row) == 0
        assert row.tries < 60

    assert timedelta(hours=24) <= row.disabled_at - began < timedelta(hours=26)
    assert (state(row), row.cursor, {*receiver.seqs}) == ("disabled", seq - 1, {seq})
    assert not deliveries.is_due()
    line = AuditEvent.objects.get(action="webhook.disabled")
    assert (line.shop_id, line.actor_id) == (shop.pk, None)
    event = Event.objects.get(shop=shop, kind="webhook_disabled")
    assert '"state":"disabled"' in event.data
    assert SECRET not in event.data

    assert alerts.is_due()
    assert alerts.send() == 1
    (letter,) = mail.outbox
    assert letter.to == [owner.email]
    assert "127.0.0.1" in letter.body
    assert "/hook" not in letter.body
    assert not alerts.is_due()

    receiver.answers = lambda call: 204
    webhooks.change(row.pk, shop=shop, actor=owner, fields={"is_active": True})
    assert deliver(row) == 2
    assert receiver.seqs[-2:] == [seq, seq + 1]


def test_a_redirect_is_not_followed(shop, receive):
    receiver = receive(lambda call: 307)
    row = hook(shop, receiver.url)
    publish(shop, "order_created")

    assert deliver(row) == 0
    assert len(receiver.calls) == 1
    tried = Delivery.objects.get()
    assert (tried.status, tried.error) == (307, "Redirects are not followed.")


def test_nobody_there_is_a_failure_like_any_other(shop, receiver):
    row = hook(shop, receiver.url)
    receiver.stop()
    receiver.stop = lambda: None
    publish(shop, "order_created")

    assert deliver(row) == 0
    tried = Delivery.objects.get()
    assert (tried.status, tried.error[:13]) == (None, "No connection")


def test_a_long_answer_is_not_read(shop, receive):
    taken = []

    def flood(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(10_000):
            handler.wfile.write(b"x" * 65536)
            taken.append(handler)

    receiver = receive(lambda call: flood)
    row = hook(shop, receiver.url)
    publish(shop, "order_created", "order_created")

    assert deliver(row) == 2
    assert len(taken) < 5_000  # what fits between us, of ten thousand pieces for each call


def test_an_answer_that_trickles_is_given_up(shop, receive, monkeypatch):
    over = threading.Event()

    def trickle(handler) -> None:
        while not over.wait(0.05):
            handler.wfile.write(b"H")

    receiver = receive(lambda call: trickle)
    monkeypatch.setattr(receivers, "ALL", 0.5)
    row = hook(shop, receiver.url)
    publish(shop, "order_created")
    deliver(row)  # it would trickle for ever
    over.set()

    assert Delivery.objects.get().error == "It took too long."
