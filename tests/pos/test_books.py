"""The books of a busy shop hold, and every rule finds the row that breaks it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models

from accounts import seals
from accounts.models import AuditEvent, Device
from core import ids
from live.models import Event
from pos import books, orders, payments, registers, shifts
from pos.models import (
    ModifierGroup,
    NumberCounter,
    Order,
    PaymentIntent,
    ProductModifierGroup,
    Refund,
    RefundIntent,
    Shift,
    ShiftClaim,
)
from pos.proofs import PROOFS
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests.services import loosening

CASH = Tender(method="cash")


@pytest.fixture
def books_hold() -> None:
    """Here the books are broken on purpose."""


def trade(shop, actor, stocked) -> SimpleNamespace:
    """A shop with a row in every table of the books."""
    goods = [
        stocked(shop, name, price, 50, category="Menu", tax_rate=Decimal(7))
        for name, price in [("Tea", 250), ("Cake", 499)]
    ]
    wishes = [Wish(good.id, 2) for good in goods]
    tickets = [
        Ticket(wishes=wishes, tenders=[CASH], client_id="a"),
        Ticket(wishes=wishes[:1], client_id="b"),
        Ticket(wishes=wishes),
    ]
    placed = [orders.place(ticket, shop=shop, actor=actor).id for ticket in tickets]
    payments.take(placed[2], CASH, shop=shop, actor=actor)
    paid, opened, other = (Order.objects.get(pk=each) for each in placed)
    device = Device.objects.create(shop=shop, kind="till", name="Till")
    return SimpleNamespace(
        shop=shop, good=goods[0], paid=paid, open=opened, other=other, device=device,
        category=goods[0].category, tax_rate=goods[0].tax_rate,
        **drawer(shop, actor, paid, opened, other, goods[0]),
    )  # fmt: skip


def given(order: Order) -> Refund:
    """Money given back, as the verb does it."""
    Order.objects.filter(pk=order.pk).update(refunded=100)
    return Refund.objects.create(
        batch=ids.new(), shop=order.shop, order=order, payment=order.payments.get(),
        method="cash", amount=100, reason="cold",
    )  # fmt: skip


def drawer(shop, actor, paid, opened, other, good) -> dict[str, models.Model]:
    """Rows as the drawer's and the providers' verbs write them."""
    register = registers.add(shop=shop, actor=actor, name="Bar")
    by_hand = {"shop": shop, "actor": shop.owner}  # whose drawer takes nothing of the actor's
    first = shifts.open(register.id, **by_hand, opening=100_00)
    shifts.move(first.id, **by_hand, kind="in", amount=5, reason="coins")
    shifts.close(first.id, **by_hand, counted=100_05)
    last = shifts.open(register.id, **by_hand, opening=0)
    shifts.move(last.id, **by_hand, kind="in", amount=5, reason="coins")
    closed, shift = (Shift.objects.get(pk=each.id) for each in (first, last))
    payment = paid.payments.get()
    refund, unclaimed = (given(order) for order in (paid, other))
    group = ModifierGroup.objects.create(shop=shop, name="Milk")
    return {
        "register": shift.register,
        "closed": closed,
        "shift": shift,
        "counted_cash": closed.cash.get(),
        "payment": payment,
        "refund": refund,
        "unclaimed_payment": other.payments.get(),
        "unclaimed_refund": unclaimed,
        "claim": ShiftClaim.objects.create(shift=shift, payment=payment),
        "claim_of_refund": ShiftClaim.objects.create(shift=shift, refund=refund),
        "cash": shift.cash.get(),
        "intent": PaymentIntent.objects.create(
            shop=shop, order=opened, method="card", amount=500, provider="simulator"
        ),
        "refund_intent": RefundIntent.objects.create(shop=shop, refund=refund),
        "group": group,
        "choice": ProductModifierGroup.objects.create(product=good, group=group),
    }


@pytest.fixture
def busy(shop, manager, stocked):
    return trade(shop, manager, stocked)


@pytest.fixture
def rival(other_shop, manager, stocked):
    return trade(other_shop, manager, stocked)


@dataclass(frozen=True)
class Break:
    """One row changed behind the house's back, and the place that the rule must name."""

    row: Callable[[Any], models.Model]
    change: str | Callable[[Any], str]
    place: Callable[[Any], object] = lambda it: None


def points_abroad(row: str, column: str, target: str = "") -> Break:
    """A reference turned to the same row of the rival's shop."""
    return Break(
        lambda it: getattr(it, row),
        lambda it: f"{column}_id = '{getattr(it.rival, target or column).pk.hex}'",
    )


def order(change: str) -> Break:
    return Break(lambda it: it.paid, change)


def day(it) -> NumberCounter:
    return NumberCounter.objects.get(shop=it.shop)


BREAKS = {
    "stock.quantity": Break(lambda it: it.good.level, "quantity = quantity + 1"),
    "stock.reserved": Break(lambda it: it.good.level, "reserved = reserved + 1"),
    "order.subtotal": order("subtotal = subtotal + 1"),
    "order.discount": order("discount = discount + 1"),
    "order.tax": order("tax = tax - 1"),
    "order.total": order("total = total + 1"),
    "line.price": Break(lambda it: it.paid.lines.first(), "unit_price = unit_price + 1"),
    "line.tax": Break(lambda it: it.paid.lines.first(), "tax = tax + 1, net = net - 1"),
    "order.pieces": Break(lambda it: it.movement, "delta = delta - 1", lambda it: it.paid.pk),
    "order.paid": order("paid = paid - 1"),
    "order.refunded": order("refunded = refunded + 1"),
    "order.state": Break(lambda it: it.open, "state = 'paid'"),
    "payment.change": Break(lambda it: it.payment, "change = change + 1"),
    "payment.refunds": Break(
        lambda it: it.refund, "amount = amount + 100000", lambda it: it.payment.pk
    ),
    "refund.order": Break(lambda it: it.refund, lambda it: f"order_id = '{it.other.pk.hex}'"),
    "payment.intent": Break(lambda it: it.intent, "state = 'captured'"),
    "day.orders": Break(day, "order_seq = order_seq + 1", lambda it: it.paid.business_day),
    "day.numbers": Break(
        lambda it: it.open, "day_number = day_number - 1", lambda it: it.paid.business_day
    ),
    "order.number": Break(
        lambda it: it.open, lambda it: f"number = '{it.paid.number}'", lambda it: it.paid.number
    ),
    "order.client_id": Break(lambda it: it.open, "client_id = 'a'", lambda it: "a"),
    "event.seq": Break(
        lambda it: Event.objects.filter(shop=it.shop).latest("seq"),
        "seq = 1003",
        lambda it: 1003,
    ),
    "event.counter": Break(lambda it: it.shop.counter, "event_seq = event_seq + 1"),
    "register.open": Break(
        lambda it: it.closed, "closed_at = NULL", lambda it: it.register.pk
    ),
    "shift.number": Break(lambda it: it.shift, "number = 3"),
    "register.shifts": Break(lambda it: it.register, "shift_seq = 3"),
    "claim.money": Break(
        lambda it: it.payment, lambda it: f"shift_id = '{it.shift.pk.hex}'", lambda it: it.claim.pk
    ),
    "shift.report": Break(
        lambda it: it.counted_cash, "amount = amount + 1", lambda it: it.closed.pk
    ),
    "product.category.shop": points_abroad("good", "category"),
    "product.tax_rate.shop": points_abroad("good", "tax_rate"),
    "productmodifiergroup.group.shop": points_abroad("choice", "group"),
    "order.device.shop": points_abroad("paid", "device"),
    "orderline.product.shop": points_abroad("line", "product", "good"),
    "stockmovement.order.shop": points_abroad("movement", "order", "paid"),
    "paymentintent.order.shop": points_abroad("intent", "order", "open"),
    "paymentintent.register.shop": points_abroad("intent", "register"),
    "payment.order.shop": points_abroad("payment", "order", "paid"),
    "payment.intent.shop": points_abroad("payment", "intent"),
    "refundintent.refund.shop": points_abroad("refund_intent", "refund", "unclaimed_refund"),
    "payment.register.shop": points_abroad("payment", "register"),
    "payment.shift.shop": points_abroad("payment", "shift"),
    "refund.order.shop": points_abroad("refund", "order", "paid"),
    "refund.payment.shop": points_abroad("refund", "payment"),
    "refund.register.shop": points_abroad("refund", "register"),
    "refund.shift.shop": points_abroad("refund", "shift"),
    "shift.register.shop": points_abroad("shift", "register"),
    "cashmovement.shift.shop": points_abroad("cash", "shift"),
    "shiftclaim.payment.shop": points_abroad("claim", "payment", "unclaimed_payment"),
    "shiftclaim.refund.shop": points_abroad("claim_of_refund", "refund", "unclaimed_refund"),
    "stockmovement.shop": points_abroad("movement", "shop"),
    "stocklevel.shop": points_abroad("level", "shop"),
}  # fmt: skip


def wrong(shop) -> dict[str, books.Finding]:
    return {each.name: each for each in books.verify(shop_id=shop.id) if each.wrong}


def test_the_books_of_a_busy_shop_hold(busy, rival):
    seals.seal(reach=None)
    findings = books.verify(shop_id=busy.shop.id)

    assert [each for each in findings if each.wrong] == []
    looked = {each.name: each.looked for each in findings}
    assert looked["order.subtotal"] == 3
    assert looked["line.tax"] == 5
    assert looked["trail.chain"] == AuditEvent.objects.filter(shop=busy.shop).count()


def test_every_rule_is_broken_below():
    assert {*(proof.name for proof in PROOFS), "shift.report"} == BREAKS.keys()


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_row_is_found_and_named(busy, rival, name):
    it, how = busy, BREAKS[name]
    it.rival, it.level = rival, busy.good.level
    it.line, it.movement = busy.paid.lines.first(), busy.paid.movements.first()
    row, change = how.row(it), how.change
    place = how.place(it) or row.pk

    with loosening.loosened(row):
        loosening.change(row, change if isinstance(change, str) else change(it))

        assert name in wrong(it.shop)
        assert wrong(it.shop)[name].place == str(place)
        assert wrong(it.shop)[name].wrong == 1
        assert str(place) in wrong(it.shop)[name].sentence


def test_a_changed_line_of_the_trail_is_found(busy):
    seals.seal(reach=None)
    line = AuditEvent.objects.filter(shop=busy.shop).order_by("id")[1]

    with loosening.loosened(line):
        loosening.change(line, "action = 'nothing.happened'")

        assert wrong(busy.shop)["trail.chain"].place == "2"


def said(*args: str) -> str:
    out = StringIO()
    call_command("verify_books", *args, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_looked_at(busy, rival):
    text = said()

    assert f"{busy.shop} ({busy.shop.id})" in text
    assert f"{rival.shop} ({rival.shop.id})" in text
    assert all(proof.name in text for proof in PROOFS)
    assert "BROKEN" not in text
    assert str(rival.shop.id) not in said("--shop", str(busy.shop.id))


def test_the_command_names_the_first_broken_row_and_fails(busy):
    out = StringIO()
    with loosening.loosened(busy.paid):
        loosening.change(busy.paid, "tax = tax + 1")
        with pytest.raises(CommandError, match="1 rule is broken"):
            call_command("verify_books", "--json", stdout=out)
        with pytest.raises(CommandError):
            call_command("verify_books", stdout=(text := StringIO()))

    report = json.loads(out.getvalue())
    assert (report["ok"], report["broken"]) == (False, 1)
    [shop] = report["shops"]
    [rule] = [each for each in shop["rules"] if each["wrong"]]
    assert rule.keys() == {field.name for field in fields(books.Finding)}
    assert (rule["name"], rule["place"]) == ("order.tax", str(busy.paid.pk))
    assert "BROKEN order.tax: 1 of 3." in text.getvalue()
    assert f"pos_order {busy.paid.pk}" in text.getvalue()


def test_the_command_refuses_an_unknown_shop(db):
    with pytest.raises(CommandError, match="There is no shop"):
        said("--shop", str(ids.new()))
