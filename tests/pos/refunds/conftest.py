"""Sales that were paid in one way and in three, and giving back of them."""

import pytest

from pos import orders, refunds
from pos.facts import RefundLine
from pos.tenders import Tender
from pos.tickets import Ticket, Wish


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


def levels(*products):
    for product in products:
        product.level.refresh_from_db()
    return [product.level.quantity for product in products]
