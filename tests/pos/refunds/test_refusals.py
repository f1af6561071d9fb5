"""Refunds refused: never more than came, never without the word of who may give it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import sessions
from accounts.errors import ApprovalInvalid, ApprovalRequired
from accounts.models import Approval
from core.database import refusal
from core.errors import Invalid, Missing
from pos import changes, orders, payments, refunds
from pos.errors import LineMissing, OrderClosed, TooMuchRefunded, UnknownRegister
from pos.facts import RefundLine
from pos.models import Order, Refund, Register
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests.pos.refunds.conftest import levels

pytestmark = pytest.mark.django_db


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


# --- the database -------------------------------------------------------------------------


def test_the_database_refuses_what_is_beyond_what_was_paid(shop, sale):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        shop.orders.update(refunded=1250)

    assert refusal(refused.value) is None


def test_the_database_takes_no_refund_of_nothing(shop, sale):
    payment = shop.payments.get()
    empty = Refund(batch=payment.pk, shop=shop, order_id=sale.id, payment=payment, amount=0)

    with pytest.raises(IntegrityError), transaction.atomic():
        empty.save()
