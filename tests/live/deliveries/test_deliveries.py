"""Webhooks delivered: signed, in order, at least once, and again from where one says."""

import re
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import time_machine
from django.utils import timezone

from live import deliveries, receivers, turns, webhooks
from live.models import Delivery, Event, Webhook
from live.webhook_facts import state
from tests.live.conftest import SECONDS, publish
from tests.live.deliveries.conftest import SECRET, deliver, hook

pytestmark = pytest.mark.django_db

DOCS = (Path(__file__).resolve().parents[3] / "docs/webhooks.md").read_text()


# --- what is sent -------------------------------------------------------------------------


def test_an_event_is_the_frame_that_screens_get_with_its_shop(shop, owner, receiver):
    row = hook(shop, receiver.url)
    seq = publish(shop, "order_created", actor=owner, row={"total": "9.00"})
    assert deliver(row) == 1

    (call,) = receiver.calls
    event = call.event
    assert event.pop("at").endswith("Z")
    assert event == {
        "seq": seq,
        "type": "order_created",
        "actor": {"id": str(owner.pk), "name": "Olga"},
        "data": {"total": "9.00"},
        "shop_id": str(shop.pk),
    }
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["Countertop-Event"] == "order_created"
    assert call.headers["Countertop-Seq"] == str(seq)
    assert call.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert (row.cursor, row.tries, state(row), row.held_until) == (seq, 0, "active", None)


def test_the_signature_is_over_the_time_and_the_very_bytes(shop, receiver):
    row = hook(shop, receiver.url)
    publish(shop, "order_created")
    began = int(time.time())
    deliver(row)

    (call,) = receiver.calls
    given = call.headers["Countertop-Signature"]
    sent_at = re.fullmatch(r"t=(\d+),v1=[0-9a-f]{64}", given)[1]
    moment = timezone.datetime.fromtimestamp(int(sent_at), tz=timezone.get_current_timezone())
    assert began <= int(sent_at) <= time.time()
    assert turns.sign(call.body, secret=SECRET, at=moment) == given
    assert turns.sign(call.body + b" ", secret=SECRET, at=moment) != given
    assert turns.sign(call.body, secret="another", at=moment) != given


def test_events_come_in_order_each_once_and_only_those_asked_for(shop, receiver):
    row = hook(shop, receiver.url, "order_created", "order_updated")
    first = row.cursor
    for _ in range(80):
        publish(shop, "order_created", "stock_changed", "order_updated")
    assert deliver(row) == 160

    wanted = [first + 3 * n + k for n in range(80) for k in (1, 3)]
    assert receiver.seqs == wanted
    assert len({*receiver.ids}) == 160
    publish(shop, *["stock_changed"] * 5)
    assert deliver(row) == 0
    assert row.cursor == first + 245
    assert not deliveries.is_due()


def test_the_receiver_of_the_documents_takes_what_we_send_and_nothing_else(shop, receiver):
    script = re.search(r"```python\n(.*?)```", DOCS, re.DOTALL)[1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={"WEBHOOK_SECRET": SECRET, "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            url = f"http://127.0.0.1:{port}/hook"
            row = hook(shop, url)
            seq = publish(shop, "order_created", "stock_changed")
            until = time.monotonic() + SECONDS
            while not deliver(row) and time.monotonic() < until:
                Webhook.objects.update(next_try_at=None)  # it has not opened its port yet
            deliver(hook(shop, receiver.url))
            old = turns.sign(b"{}", secret=SECRET, at=timezone.now() - timedelta(minutes=6))
            forged = {"Countertop-Signature": turns.sign(b"{}", secret="x", at=timezone.now())}
            answers = [
                httpx.post(
                    url, content=b"{}", headers=headers, timeout=SECONDS, trust_env=False
                ).status_code
                for headers in (forged, {"Countertop-Signature": old}, {})
            ]
        finally:
            process.kill()
        printed = process.stdout.read()

    assert printed == f"{seq - 1} order_created\n{seq} stock_changed\n"
    assert answers == [400, 400, 400]


# --- coming back --------------------------------------------------------------------------


def test_a_replay_sends_again_what_it_names_as_new_deliveries(shop, owner, receiver):
    row = hook(shop, receiver.url)
    seq = publish(shop, *["order_created"] * 4)
    deliver(row)
    webhooks.replay(row.pk, shop=shop, actor=owner, after=seq - 2)

    assert deliver(row) == 2
    assert receiver.seqs == [seq - 3, seq - 2, seq - 1, seq, seq - 1, seq]
    assert len({*receiver.ids}) == 6


def test_events_that_were_forgotten_are_told_of_before_the_oldest_left(shop, receiver):
    row = hook(shop, receiver.url)
    seq = publish(shop, *["order_created"] * 5)
    Event.objects.filter(shop=shop, seq__lte=seq - 2).delete()
    receiver.answers = lambda call: 500
    deliver(row)
    assert row.must_resync

    receiver.answers = lambda call: 204
    Webhook.objects.update(failing_since=None, next_try_at=None)
    assert state(Webhook.objects.get()) == "resync"
    assert deliver(row) == 3
    told = receiver.calls[-3].event
    assert (told["type"], told["seq"], told["shop_id"]) == ("resync", seq - 2, str(shop.pk))
    assert receiver.seqs[-2:] == [seq - 1, seq]
    assert state(row) == "active"


def test_all_events_forgotten_is_told_too(shop, receiver):
    row = hook(shop, receiver.url)
    seq = publish(shop, *["order_created"] * 5)
    Event.objects.filter(shop=shop).delete()

    assert deliver(row) == 1
    assert (receiver.calls[0].event["type"], row.cursor) == ("resync", seq)


def test_what_changes_during_a_call_ends_the_turn_and_is_sent_once_more(shop, owner, receiver):
    row = hook(shop, receiver.url)
    publish(shop, "order_created", "stock_changed")
    turn = turns.Turn(row, deliveries.take(row.pk).until)
    parcels = turn.parcels()
    with receivers.Line(row.url) as line:
        parcel = next(parcels)
        answer = line.post(parcel.body, turn.headers(parcel, SECRET))
        webhooks.change(row.pk, shop=shop, actor=owner, fields={"events": ["order_created"]})
        assert not turn.advance(parcel, answer)
    turn.held.update(held_until=None)

    assert deliver(row) == 1
    assert receiver.seqs == [parcel.seq, parcel.seq]
    assert receiver.ids[0] == receiver.ids[1]


def test_the_log_is_kept_for_a_month(shop, receiver):
    row = hook(shop, receiver.url)
    publish(shop, "order_created")
    deliver(row)
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        assert deliveries.prune() == 0
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert deliveries.prune() == 1
    assert not Delivery.objects.exists()


def test_the_log_is_read_newest_first(shop, manager, api, receiver):
    row = hook(shop, receiver.url)
    seq = publish(shop, "order_created", "stock_changed")
    deliver(row)
    answer = api(manager).get(f"/shops/{shop.pk}/webhooks/{row.pk}/deliveries?limit=1")

    (newest,) = answer.json()
    assert (newest["seq"], newest["type"], newest["status"]) == (seq, "stock_changed", 204)
    assert newest["delivery_id"] == receiver.ids[1]
    assert 'rel="next"' in answer["Link"]
