"""Webhooks delivered: signed, in order, at least once, again for a day, and never into our network."""

import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import AuditEvent
from live import alerts, deliveries, receivers, turns, webhooks
from live.models import Delivery, Event, Webhook
from live.webhook_facts import state
from tests.live.conftest import SECONDS, publish
from tests.live.receiving import Receiver

pytestmark = pytest.mark.django_db

DOCS = (Path(__file__).resolve().parents[2] / "docs/webhooks.md").read_text()
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


# --- what goes wrong ----------------------------------------------------------------------


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


# --- where it may go ----------------------------------------------------------------------


@pytest.fixture
def names(monkeypatch) -> dict[str, list[list[str]]]:
    """What names lead to: each look-up takes the next of a name's lists of addresses."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host, port, *args, **more):
        if host not in known:
            return real(host, port, *args, **more)
        found = known[host].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_a_name_that_leads_into_our_network_is_refused(shop, receiver, names, settings):
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    names["rebound.example.com"] = [["127.0.0.1", "10.0.0.1"]]
    row = hook(shop, f"http://rebound.example.com:{receiver.port}/")
    publish(shop, "order_created")

    assert deliver(row) == 0
    assert receiver.calls == []
    tried = Delivery.objects.get()
    assert (tried.status, tried.error) == (None, receivers.PRIVATE)
    assert state(row) == "failing"


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_called(
    receiver, names, monkeypatch
):
    """It would lead somewhere else at a second look-up."""
    names["moving.example.com"] = [["127.0.0.1"], ["127.0.0.9"]]
    with receivers.Line(f"http://moving.example.com:{receiver.port}/") as line:
        answer = line.post(b"{}", {"Countertop-Delivery": "1"})

    assert answer.is_good
    assert receiver.calls[0].headers["Host"] == f"moving.example.com:{receiver.port}"
    assert names["moving.example.com"] == [["127.0.0.9"]]


def certificate(name: str, folder: Path) -> Path:
    """A certificate for ``name`` that vouches for itself, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = timezone.now()
    made = x509.CertificateBuilder(
        who, who, key.public_key(), x509.random_serial_number(),
        now - timedelta(days=1), now + timedelta(days=1),
        [x509.Extension(
            x509.SubjectAlternativeName.oid, False,
            x509.SubjectAlternativeName([x509.DNSName(name)]),
        )],
    ).sign(key, hashes.SHA256())  # fmt: skip
    file = folder / f"{name}.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + made.public_bytes(pem))
    return file


def test_a_certificate_is_checked_against_the_name_not_the_address(receive, names, tmp_path):
    file = certificate("hooks.example.com", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    receiver = receive()
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    trust = ssl.create_default_context(cafile=file)
    answers = {}
    for name in ("hooks.example.com", "other.example.com"):
        names[name] = [["127.0.0.1"]]
        with receivers.Line(f"https://{name}:{receiver.port}/", trust=trust) as line:
            answers[name] = line.post(b"{}", {"Countertop-Delivery": "1"})

    assert answers["hooks.example.com"].is_good
    assert answers["other.example.com"].status is None
    assert "CERTIFICATE_VERIFY_FAILED" in answers["other.example.com"].error
    assert asked == ["hooks.example.com", "other.example.com"]
    assert len(receiver.calls) == 1


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
