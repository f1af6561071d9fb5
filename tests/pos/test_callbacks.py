"""What a payment provider tells us by itself: signed, fresh, and the same however often."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from pos import intents, orders, payments
from pos.models import PaymentIntent
from pos.providers import callbacks
from pos.tenders import Tender
from pos.tickets import Ticket, Wish

pytestmark = pytest.mark.django_db
SECRET = "a secret that the provider and we have agreed upon"


@pytest.fixture
def intent(shop, cashier, cake, settings):
    settings.PAYMENT_CALLBACK_SECRET = SECRET
    bill = orders.place(Ticket(wishes=[Wish(cake.id, 2)]), shop=shop, actor=cashier)
    said = {"method": "card", "provider": "simulator", "shop": shop, "actor": cashier}
    return intents.begin(bill.id, **said)


@pytest.fixture
def tell(api):
    def telling(body, *, minutes=0, signature=None, mount=""):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        seconds = int((timezone.now() + timedelta(minutes=minutes)).timestamp())
        signed = f"t={seconds},v1={callbacks.sign(raw, seconds)}"
        headers = {"Payment-Signature": signed if signature is None else signature}
        path = f"{mount}/payments/callback"
        return api.generic("POST", path, raw, "application/json", headers=headers)

    return telling


def test_a_capture_that_is_told_pays_the_order_once(shop, intent, tell):
    said = {"id": str(intent.pk), "state": "captured", "reference": "p-1"}

    answers = [tell(said), tell(said), tell(said, mount="/api"), tell(said | {"state": "pending"})]
    late = tell(said | {"state": "failed", "failure": "out of order"})

    assert [one.status_code for one in (*answers, late)] == [200] * 5
    payment = shop.payments.get()
    assert (payment.amount, payment.reference, payment.intent_id) == (998, "p-1", intent.pk)
    assert PaymentIntent.objects.get().state == "captured"


def test_a_capture_after_a_failure_counts(shop, intent, tell):
    tell({"id": str(intent.pk), "state": "failed"})
    tell({"id": str(intent.pk), "state": "captured"})

    assert PaymentIntent.objects.get().state == "captured"
    assert shop.payments.count() == 1


def test_money_told_of_too_late_goes_back(shop, cashier, intent, tell):
    payments.take(intent.order_id, Tender(method="cash"), shop=shop, actor=cashier)

    answer = tell({"id": str(intent.pk), "state": "captured"})

    assert answer.status_code == 200
    assert [one.method for one in shop.payments.all()] == ["cash"]
    # The simulator of this process never took it, so it has nothing to give: that stays open.
    assert PaymentIntent.objects.get().state == "pending"


@pytest.mark.parametrize(
    "signature", ["", "t=1,v1=00", "t=1767225600,v1=" + "0" * 64, "v1=" + "0" * 64, "é"]
)
def test_what_is_not_signed_is_not_believed(shop, intent, tell, signature):
    answer = tell({"id": str(intent.pk), "state": "captured"}, signature=signature)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed")
    assert not shop.payments.exists()


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_word_is_not_believed(shop, intent, tell, minutes):
    answer = tell({"id": str(intent.pk), "state": "captured"}, minutes=minutes)

    assert answer.status_code == 401
    assert not shop.payments.exists()


def test_without_a_secret_nothing_is_believed(shop, intent, tell, settings):
    settings.PAYMENT_CALLBACK_SECRET = ""

    assert tell({"id": str(intent.pk), "state": "captured"}).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"state":"captured"}', 400),
        (b'{"id":"x","state":"captured"}', 400),
        (b'{"id":"01a20681-35ce-77d2-b454-1105f3802447","state":"odd"}', 400),
        (b'{"id":"01a20681-35ce-77d2-b454-1105f3802447","state":"captured"}', 404),
    ],
)
def test_a_signed_word_that_says_nothing_is_refused(intent, tell, body, status):
    assert tell(body).status_code == status
