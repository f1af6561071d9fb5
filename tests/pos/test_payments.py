"""Money taken for an order: by which way, how much of it, what change, which version."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from core.errors import Missing, Stale
from pos import orders, payments, shifts, terms
from pos.errors import (
    NoChange,
    NothingPaid,
    OrderClosed,
    TooLittleTendered,
    TooMuchPaid,
    UnknownRegister,
)
from pos.models import Method, Order, Payment, Register, ShopSettings
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill(shop, cashier, cake):
    """An open order of 9.98."""
    return orders.place(Ticket(wishes=[Wish(cake.id, 2)]), shop=shop, actor=cashier)


@pytest.fixture
def pay(shop, cashier, bill):
    """Pay the bill: ``pay(method="card", amount=500)``."""

    def paying(method="cash", *, version=None, **tender):
        wish = Tender(method=method, **tender)
        return payments.take(bill.id, wish, version=version, shop=shop, actor=cashier)

    return paying


def coins_of(shop, coin):
    ShopSettings.objects.update_or_create(shop=shop, defaults={"cash_rounding": coin})


@pytest.mark.parametrize("method", Method.values)
def test_an_order_is_paid_by_every_method(pay, method):
    order = pay(method, reference="slip 7")

    assert (order.state, order.payment_method, order.due) == ("paid", method, "0.00")
    assert [(one.amount, one.tendered, one.reference) for one in order.payments] == [
        ("9.98", "9.98", "slip 7")
    ]


def test_tenders_are_split_and_the_last_gives_the_change(pay):
    pay("card", amount=300)
    pay("voucher", amount=198)
    order = pay("cash", tendered=1000)

    assert (order.state, order.payment_method, order.change) == ("paid", "split", "5.00")
    assert [one.amount for one in order.payments] == ["3.00", "1.98", "5.00"]


def test_a_tip_comes_on_top_and_is_no_part_of_the_order(pay):
    order = pay("cash", tip=52, tendered=1100)

    assert (order.total, order.paid, order.change) == ("9.98", "9.98", "0.50")
    assert [(one.amount, one.tip) for one in order.payments] == [("9.98", "0.52")]


def test_a_card_takes_its_tip_too(pay):
    order = pay("card", tip=100)

    assert [(one.tendered, one.tip, one.change) for one in order.payments] == [
        ("10.98", "1.00", "0.00")
    ]


@pytest.mark.parametrize(
    ("coin", "tip", "rounding", "tendered"),
    [
        (0, 0, "0.00", "9.98"),
        (5, 0, "0.02", "10.00"),
        (10, 0, "0.02", "10.00"),
        (5, 4, "-0.02", "10.00"),  # 10.02 with the tip
        (5, 2, "0.00", "10.00"),
        (100, 0, "0.02", "10.00"),
        (100, 60, "0.42", "11.00"),  # 10.58
        (500, 0, "0.02", "10.00"),
    ],
)
def test_cash_is_rounded_to_coins_outside_the_total(shop, pay, coin, tip, rounding, tendered):
    coins_of(shop, coin)

    order = pay("cash", tip=tip)

    assert (order.total, order.paid, order.state) == ("9.98", "9.98", "paid")
    assert [(one.rounding, one.tendered) for one in order.payments] == [(rounding, tendered)]


def test_all_cash_is_rounded_and_not_each_portion(shop, pay):
    """Or an order would be paid by portions that are each rounded to nothing."""
    coins_of(shop, 5)

    for _ in range(4):
        order = pay("cash", amount=2)
    assert [one.tendered for one in order.payments] == ["0.00", "0.05", "0.00", "0.05"]
    pay("card", amount=333)
    order = pay("cash", tip=7)

    assert (order.state, order.payments[-1].tendered) == ("paid", "6.60")  # 6.72 in cash
    assert sum(Decimal(one.tendered) for one in order.payments) == Decimal("10.03")


def test_portions_of_one_ticket_are_rounded_as_a_whole(shop, cashier, cake):
    coins_of(shop, 5)
    halves = [Tender(method="cash", amount=252), Tender(method="cash", amount=247)]

    order = orders.place(
        Ticket(wishes=[Wish(cake.id, 1)], tenders=halves), shop=shop, actor=cashier
    )

    assert [one.tendered for one in order.payments] == ["2.50", "2.50"]


def test_only_cash_is_rounded(shop, pay):
    coins_of(shop, 5)

    pay("card", amount=333)
    order = pay("cash")  # 6.65 is due

    assert [(one.amount, one.rounding) for one in order.payments] == [
        ("3.33", "0.00"),
        ("6.65", "0.00"),
    ]


def test_a_sale_is_rounded_as_it_is_placed(shop, cashier, cake):
    coins_of(shop, 5)
    ticket = Ticket(wishes=[Wish(cake.id, 1)], tenders=[Tender(method="cash", tendered=1000)])

    order = orders.place(ticket, shop=shop, actor=cashier)

    assert (order.total, order.change) == ("4.99", "5.00")
    assert [one.rounding for one in order.payments] == ["0.01"]


def test_a_drawer_is_named(shop, pay):
    till = Register.objects.create(shop=shop, name="Front")

    order = pay(register_id=till.pk)

    assert [one.register_id for one in order.payments] == [till.pk]


def test_another_shops_drawer_is_refused(shop, other_shop, cashier, cake, pay):
    foreign = Register.objects.create(shop=other_shop, name="Front")
    tender = Tender(method="cash", register_id=foreign.pk)

    with pytest.raises(UnknownRegister):
        pay(register_id=foreign.pk)
    ticket = Ticket(wishes=[Wish(cake.id, 1)], tenders=[tender])
    with pytest.raises(UnknownRegister):
        orders.place(ticket, shop=shop, actor=cashier)

    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("tender", "refusal"),
    [
        ({"amount": 999}, TooMuchPaid),
        ({"tendered": 997}, TooLittleTendered),
        ({"tendered": 1000, "tip": 3}, TooLittleTendered),
        ({"amount": 0}, NothingPaid),
        ({"method": "card", "tendered": 1000}, NoChange),
        ({"method": "voucher", "tendered": 1000}, NoChange),
    ],
)
def test_a_wrong_tender_takes_nothing(shop, pay, bill, tender, refusal):
    with pytest.raises(refusal):
        pay(**tender)

    order = shop.orders.get()
    assert (order.state, order.paid, order.version) == ("open", 0, bill.version)
    assert not Payment.objects.exists()


def test_a_stale_version_is_refused_and_the_new_one_taken(pay, bill):
    pay(amount=100, version=bill.version)

    with pytest.raises(Stale) as stale:
        pay(version=bill.version)

    assert stale.value.details == {"version": bill.version + 1}
    assert pay(version=bill.version + 1).state == "paid"


def test_a_paid_order_takes_no_more(pay):
    pay()

    with pytest.raises(OrderClosed):
        pay()


@pytest.mark.usefixtures("made_up")
def test_an_order_whose_money_went_back_takes_no_more(shop, pay):
    pay(amount=500)
    shop.orders.update(refunded=500)

    with pytest.raises(OrderClosed):
        pay()


def test_another_shops_order_is_not_there(other_shop, owner, bill):
    with pytest.raises(Missing):
        payments.take(bill.id, Tender(method="cash"), shop=other_shop, actor=owner)


def test_a_held_order_is_recalled_by_paying_and_goes_to_the_kitchen(shop, pay):
    shop.orders.update(is_held=True, kitchen_at=None)

    pay(amount=500)
    assert shop.orders.get().is_held
    pay()

    order = Order.objects.get()
    assert not order.is_held
    assert order.kitchen_at == order.updated_at


def test_the_trail_and_the_screens_are_told(shop, pay, cashier):
    pay("card", tip=50)

    entry = AuditEvent.objects.get(action="order.paid")
    assert (entry.actor_id, entry.before) == (cashier.pk, {"state": "open", "paid": 0})
    assert entry.after == {
        "state": "paid",
        "paid": 998,
        "payments": [{"method": "card", "amount": 998, "tip": 50}],
    }
    assert shop.events.filter(kind="order_updated").count() == 1


def test_the_database_refuses_a_payment_that_does_not_add_up(shop, pay, bill):
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(
            shop=shop, order_id=bill.id, method="cash", amount=100, rounding=2, tip=3, tendered=106
        )


def test_a_currency_without_cents_is_paid(owner, stocked):
    shop = factories.shop_of(owner, name="Izakaya", currency="JPY")
    terms.change(shop=shop, actor=owner, fields={"tax_rate": Decimal(10)})
    ramen = stocked(shop, "Ramen", 980, 5)
    coins_of(shop, 10)
    bill = orders.place(Ticket(wishes=[Wish(ramen.id, 1)]), shop=shop, actor=owner)

    order = payments.take(bill.id, Tender(method="cash", tendered=1000), shop=shop, actor=owner)

    assert (order.total, order.tax, order.change) == ("980", "89", "20")


# --- the drawer ---------------------------------------------------------------------------


def test_money_goes_to_the_shift_of_its_register_else_of_its_cashier(shop, cashier, manager, pay):
    front, back = (Register.objects.create(shop=shop, name=name) for name in ("Front", "Back"))
    hers = shifts.open(front.pk, shop=shop, actor=cashier, opening=0)
    theirs = shifts.open(back.pk, shop=shop, actor=manager, opening=0)

    pay(amount=100)
    order = pay(register_id=back.pk)

    assert [(one.shift_id, one.register_id) for one in order.payments] == [
        (hers.id, front.pk),
        (theirs.id, back.pk),
    ]


def test_a_sale_goes_to_the_open_shift_at_once(shop, cashier, cake):
    front = Register.objects.create(shop=shop, name="Front")
    shift = shifts.open(front.pk, shop=shop, actor=cashier, opening=0)
    ticket = Ticket(wishes=[Wish(cake.id, 1)], tenders=[Tender(method="card")])

    order = orders.place(ticket, shop=shop, actor=cashier)

    assert [(one.shift_id, one.register_id) for one in order.payments] == [(shift.id, front.pk)]


def test_without_an_open_shift_money_waits_for_the_next(pay):
    order = pay()

    assert [(one.shift_id, one.register_id) for one in order.payments] == [(None, None)]
