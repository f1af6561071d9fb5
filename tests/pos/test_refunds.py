"""Money given back: never more than came, by the way it came, with or without the goods."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import sessions
from accounts.errors import ApprovalInvalid, ApprovalRequired
from accounts.models import Approval, AuditEvent
from core.database import refusal
from core.errors import Invalid, Missing
from core.idempotency import Once, Repeated
from pos import changes, orders, payments, refunds, shifts
from pos.errors import LineMissing, OrderClosed, TooMuchRefunded, UnknownRegister
from pos.facts import RefundLine
from pos.models import Order, Refund, Register, ShopSettings
from pos.tenders import Tender
from pos.tickets import Discount, Ticket, Wish
from tests.pos.test_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(shop, cashier, tea, cake):
    """A sale of 12.49, paid in cash: three teas, and a cake with 0.33 of tax in it."""
    wishes = [Wish(tea.id, 3), Wish(cake.id, 1)]
    ticket = Ticket(wishes=wishes, tenders=[Tender(method="cash", tendered=2000)])
    return orders.place(ticket, shop=shop, actor=cashier)


@pytest.fixture
def give(shop, manager, sale):
    """Give back of the sale: ``give((line, 1))`` or ``give(amount=100)``."""

    def giving(*lines, of=None, **more):
        wish = [RefundLine(id=line.id, quantity=pieces) for line, pieces in lines]
        said = {"lines": wish, "reason": "cold", "shop": shop, "actor": manager} | more
        return refunds.give((of or sale).id, **said)

    return giving


def levels(*products):
    for product in products:
        product.level.refresh_from_db()
    return [product.level.quantity for product in products]


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


@pytest.fixture
def split(shop, cashier, cake):
    """9.98: 3.00 by card, 4.00 by voucher, 2.98 in cash."""
    tenders = [
        Tender(method="card", amount=300),
        Tender(method="voucher", amount=400, tip=50),
        Tender(method="cash"),
    ]
    ticket = Ticket(wishes=[Wish(cake.id, 2)], tenders=tenders)
    return orders.place(ticket, shop=shop, actor=cashier)


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


# --- refusals -----------------------------------------------------------------------------


def test_never_more_than_was_captured(shop, give, sale):
    give(amount=1000)

    with pytest.raises(TooMuchRefunded) as refused:
        give(amount=250)

    assert refused.value.details == {"left": "2.49", "amount": "2.50"}
    assert shop.orders.get().refunded == 1000
    assert Refund.objects.count() == 1


def test_lines_are_worth_no_more_than_is_left(give, sale):
    give(amount=1200)

    with pytest.raises(TooMuchRefunded):
        give((sale.items[0], 1))


@pytest.mark.parametrize("pieces", [4, 0, -1])
def test_only_pieces_that_were_sold_come_back(give, sale, pieces):
    with pytest.raises(LineMissing) as refused:
        give((sale.items[0], pieces))

    assert refused.value.details == {"lines": [sale.items[0].id]}


def test_a_piece_comes_back_once(give, sale):
    give((sale.items[0], 2))

    with pytest.raises(LineMissing):
        give((sale.items[0], 1), (sale.items[0], 1))


def test_another_orders_line_is_not_on_this_one(give, split, tea):
    with pytest.raises(LineMissing):
        give((split.items[0], 1), restock=True)

    assert levels(tea) == [0]


@pytest.mark.parametrize(
    "wrong", [{}, {"amount": 5, "lines": ["one"]}, {"amount": 5, "restock": True}]
)
def test_it_is_either_lines_or_an_amount(shop, manager, sale, wrong):
    if "lines" in wrong:
        wrong = wrong | {"lines": [RefundLine(id=sale.items[0].id, quantity=1)]}

    with pytest.raises(Invalid):
        refunds.give(sale.id, reason="cold", shop=shop, actor=manager, **wrong)


def test_nothing_is_no_refund(give):
    with pytest.raises(TooMuchRefunded):
        give(amount=0)


def test_an_unpaid_order_has_nothing_to_give_back(shop, cashier, cake, give):
    bill = orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier)

    with pytest.raises(TooMuchRefunded):
        give(amount=1, of=bill)


def test_a_part_paid_order_gives_its_money_back_and_can_then_be_void(shop, cashier, cake, give):
    bill = orders.place(Ticket(wishes=[Wish(cake.id, 1)]), shop=shop, actor=cashier)
    payments.take(bill.id, Tender(method="card", amount=100), shop=shop, actor=cashier)

    order = give(amount=100, of=bill)
    assert order.state == "open"
    with pytest.raises(OrderClosed):
        payments.take(bill.id, Tender(method="cash"), shop=shop, actor=cashier)
    changes.void(bill.id, reason="left", shop=shop, actor=cashier)

    assert Order.objects.get(pk=bill.id).state == "void"


def test_another_shops_order_and_register_are_not_there(other_shop, shop, owner, sale, give):
    foreign = Register.objects.create(shop=other_shop, name="Front")

    with pytest.raises(UnknownRegister):
        give(amount=1, register_id=foreign.pk)
    with pytest.raises(Missing):
        refunds.give(sale.id, amount=1, reason="cold", shop=other_shop, actor=owner)

    assert not Refund.objects.exists()


# --- who ----------------------------------------------------------------------------------


@pytest.fixture
def approved(shop, cashier, manager, sale):
    """A manager's word for a refund of the sale."""

    def approving(**more):
        given = {
            "shop": shop,
            "action": "refund",
            "target": str(sale.id),
            "cashier": cashier,
            "approver": manager,
            "expires_at": timezone.now() + timedelta(minutes=1),
        }
        return Approval.objects.create(**given | more).pk

    return approving


@pytest.fixture
def at_the_till(shop, cashier):
    return sessions.principal(sessions.begin(user=cashier).pk, shop_id=shop.pk)


def test_a_cashier_needs_a_managers_word_once(give, at_the_till, approved):
    with pytest.raises(ApprovalRequired):
        give(amount=100, actor=at_the_till)
    word = approved()

    order = give(amount=100, actor=at_the_till, approval_id=word)

    assert order.refunds[0].given_by == at_the_till.pk
    with pytest.raises(ApprovalInvalid):
        give(amount=100, actor=at_the_till, approval_id=word)


@pytest.mark.parametrize("other", [{"action": "void"}, {"target": "another"}])
def test_a_word_for_something_else_is_none(give, at_the_till, approved, other):
    with pytest.raises(ApprovalInvalid):
        give(amount=100, actor=at_the_till, approval_id=approved(**other))

    assert not Refund.objects.exists()


def test_a_refused_refund_leaves_the_word_unused(give, at_the_till, approved):
    word = approved()

    with pytest.raises(TooMuchRefunded):
        give(amount=9999, actor=at_the_till, approval_id=word)

    assert Approval.objects.get(pk=word).used_at is None


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


def test_the_database_refuses_what_is_beyond_what_was_paid(shop, sale):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        shop.orders.update(refunded=1250)

    assert refusal(refused.value) is None


def test_the_database_takes_no_refund_of_nothing(shop, sale):
    payment = shop.payments.get()
    empty = Refund(batch=payment.pk, shop=shop, order_id=sale.id, payment=payment, amount=0)

    with pytest.raises(IntegrityError), transaction.atomic():
        empty.save()


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
