"""Money given back: how much of it, by the way it came, with or without the goods."""

import json
from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from core.idempotency import Once, Repeated
from pos import orders, shifts
from pos.models import Refund, Register, ShopSettings
from pos.tenders import Tender
from pos.tickets import Discount, Ticket, Wish
from tests.pos.refunds.conftest import levels
from tests.pos.test_races import at_once

pytestmark = pytest.mark.django_db


def rows_of(order):
    return [(one.method, one.amount) for one in order.refunds]


# --- how much -----------------------------------------------------------------------------


def test_a_whole_sale_is_refunded_by_its_lines(give, sale):
    order = give((sale.items[0], 3), (sale.items[1], 1))

    assert (order.state, order.payment_status) == ("refunded", "refunded")
    assert rows_of(order) == [("cash", "12.49")]
    assert order.refunds[0].tax == sale.tax
    assert order.version == sale.version + 1


def test_a_part_is_refunded_by_pieces_and_the_rest_later(give, sale):
    first = give((sale.items[0], 1))
    last = give((sale.items[0], 2), (sale.items[1], 1))

    assert (first.state, first.payment_status) == ("paid", "completed")
    assert rows_of(first) == [("cash", "2.50")]
    assert rows_of(last) == [("cash", "2.50"), ("cash", "9.99")]
    assert last.state == "refunded"
    assert [line.quantity for line in last.refunds[0].lines] == [1]


def test_an_amount_is_refunded_and_the_last_of_it_takes_the_rest_of_the_tax(give, sale):
    order = give(amount=1000)
    assert order.refunds[0].tax == "0.26"  # 0.33 of 12.49
    order = give(amount=249)

    assert (order.state, [one.tax for one in order.refunds]) == ("refunded", ["0.26", "0.07"])
    assert sale.tax == "0.33"


def test_pieces_of_a_line_that_does_not_divide_add_up_to_it(shop, cashier, give, stocked):
    dish = stocked(shop, "Dish", 333, 9, tax_rate=Decimal(19))
    off = Discount("amount", Decimal(1), "a cent")
    ticket = Ticket(wishes=[Wish(dish.id, 3)], discount=off, tenders=[Tender(method="card")])
    sale = orders.place(ticket, shop=shop, actor=cashier)

    for _ in "123":
        order = give((sale.items[0], 1), of=sale)

    assert rows_of(order) == [("card", "3.33"), ("card", "3.32"), ("card", "3.33")]
    assert order.state == "refunded"
    assert sum(Decimal(one.tax) for one in order.refunds) == Decimal(sale.tax)


def test_delivery_charges_are_refunded_by_amount(shop, cashier, give, cake):
    ShopSettings.objects.update_or_create(shop=shop, defaults={"delivery_charge": 300})
    ticket = Ticket(
        wishes=[Wish(cake.id, 1)], order_type="delivery", tenders=[Tender(method="card")]
    )
    sale = orders.place(ticket, shop=shop, actor=cashier)

    order = give((sale.items[0], 1), of=sale)
    assert (order.state, rows_of(order)) == ("paid", [("card", "4.99")])
    order = give(amount=300, of=sale)

    assert order.state == "refunded"


# --- which way ----------------------------------------------------------------------------


def test_cash_goes_back_first_then_the_others_as_they_came(give, split):
    first = give(amount=100, of=split)
    second = give(amount=400, of=split)
    last = give(amount=498, of=split)

    assert rows_of(first) == [("cash", "1.00")]
    assert rows_of(second)[1:] == [("cash", "1.98"), ("card", "2.02")]
    assert rows_of(last)[3:] == [("card", "0.98"), ("voucher", "4.00")]
    assert last.state == "refunded"
    batches = [one.batch for one in last.refunds]
    assert len(set(batches)) == 3
    assert batches[1] == batches[2]


def test_no_payment_gives_back_more_than_it_took_nor_its_tip(shop, give, split):
    give(amount=998, of=split)

    for payment in shop.payments.filter(order=split.id):
        assert sum(refund.amount for refund in payment.refunds.all()) == payment.amount


def test_taxes_of_a_batch_add_up(give, split):
    order = give(amount=998, of=split)

    assert sum(Decimal(one.tax) for one in order.refunds) == Decimal(split.tax)


@pytest.mark.parametrize(
    "amounts", [[998], [333, 333, 332], [1, 997], [2, 2, 2, 992], [3, 1, 994], [998 - 3, 3]]
)
def test_cash_is_counted_out_in_coins_that_add_up_to_what_was_taken(
    shop, cashier, cake, give, amounts
):
    ShopSettings.objects.update_or_create(shop=shop, defaults={"cash_rounding": 5})
    ticket = Ticket(wishes=[Wish(cake.id, 2)], tenders=[Tender(method="cash")])
    sale = orders.place(ticket, shop=shop, actor=cashier)

    for amount in amounts:
        give(amount=amount, of=sale)

    counted = [refund.amount + refund.rounding for refund in Refund.objects.order_by("id")]
    assert all(coins % 5 == 0 and coins >= 0 for coins in counted)
    assert sum(counted) == 1000


@pytest.mark.parametrize("portions", [[504], [252, 252], [42] * 12])
def test_cash_of_two_payments_goes_back_as_it_was_counted_in(
    shop, cashier, stocked, give, portions
):
    ShopSettings.objects.update_or_create(shop=shop, defaults={"cash_rounding": 5})
    pie = stocked(shop, "Pie", 504, 1)
    halves = [Tender(method="cash", amount=252)] * 2
    ticket = Ticket(wishes=[Wish(pie.pk, 1)], tenders=halves)
    sale = orders.place(ticket, shop=shop, actor=cashier)

    for portion in portions:
        give(amount=portion, of=sale)

    assert [one.tendered for one in sale.payments] == ["2.50", "2.55"]
    counted = [one.amount + one.rounding for one in Refund.objects.order_by("id")]
    assert sum(counted) == 505
    assert all(coins >= 0 for coins in counted)


def test_it_comes_out_of_the_open_shift(shop, manager, give):
    front = Register.objects.create(shop=shop, name="Front")
    shift = shifts.open(front.pk, shop=shop, actor=manager, opening=2000)

    order = give(amount=100)
    back = give(amount=100, register_id=front.pk)

    assert [(one.shift_id, one.register_id) for one in back.refunds] == [(shift.id, front.pk)] * 2
    assert order.refunds[0].given_by == manager.pk


# --- the goods ----------------------------------------------------------------------------


def test_goods_come_back_to_the_shelf_with_a_movement(shop, give, sale, tea, cake, manager):
    assert levels(tea, cake) == [0, 9]

    give((sale.items[0], 2), (sale.items[1], 1), restock=True)

    assert levels(tea, cake) == [2, 10]
    moves = shop.movements.filter(reason="refund").order_by("delta")
    assert [(one.product_id, one.delta, one.order_id, one.actor_id) for one in moves] == [
        (cake.pk, 1, sale.id, manager.pk),
        (tea.pk, 2, sale.id, manager.pk),
    ]
    told = [
        json.loads(event.data) for event in shop.events.filter(kind="stock_changed").order_by("seq")
    ]
    assert {(row["name"], row["quantity"]) for row in told[-2:]} == {("Tea", 2), ("Cake", 10)}


def test_goods_that_are_gone_stay_gone(shop, give, sale, tea):
    order = give((sale.items[0], 3))

    assert levels(tea) == [0]
    assert not order.refunds[0].restocked
    assert not shop.movements.filter(reason="refund").exists()


# --- what is told -------------------------------------------------------------------------


def test_the_trail_and_the_screens_are_told(shop, give, sale, manager):
    order = give(amount=100)

    entry = AuditEvent.objects.get(action="order.refunded")
    assert (entry.actor_id, entry.before) == (manager.pk, {"state": "paid", "refunded": 0})
    assert entry.after == {
        "state": "paid",
        "refunded": 100,
        "reason": "cold",
        "restocked": False,
        "payments": [{"id": str(order.payments[0].id), "amount": 100}],
    }
    event = shop.events.get(kind="order_updated")
    assert json.loads(event.data)["refunds"][0]["amount"] == "1.00"


def test_a_repeat_gets_the_first_answer_and_gives_nothing(shop, give):
    def once():
        return Once(principal="user:1", route="POST", key="k", fingerprint=b"f" * 32)

    give(amount=100, once=once())
    with pytest.raises(Repeated):
        give(amount=100, once=once())

    assert shop.orders.get().refunded == 100


# --- at once ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sixteen_refunds_at_once_never_exceed_the_payment(shop, sale, give):
    came = at_once(16, lambda place: give(amount=200))

    assert came == {"done": 6, "TooMuchRefunded": 10}
    assert shop.orders.get().refunded == 1200
    assert sum(Refund.objects.values_list("amount", flat=True)) == 1200


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_bring_a_piece_back_once(shop, sale, give, tea):
    came = at_once(16, lambda place: give((sale.items[0], 1), restock=True))

    assert came == {"done": 3, "LineMissing": 13}
    assert levels(tea) == [3]
    assert shop.orders.get().refunded == 750
