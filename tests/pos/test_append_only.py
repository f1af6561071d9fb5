"""The database itself refuses to change what happened."""

import pytest
from django.db import DatabaseError, transaction

from accounts.models import AuditEvent
from pos import orders
from pos.models import Payment, StockMovement
from pos.tenders import Tender
from pos.tickets import Ticket, Wish


@pytest.mark.parametrize("table", [StockMovement, Payment, AuditEvent])
def test_what_happened_is_neither_changed_nor_deleted(shop, cashier, tea, table):
    ticket = Ticket(wishes=[Wish(tea.id, 1)], tenders=[Tender(method="cash")])
    orders.place(ticket, shop=shop, actor=cashier)
    rows = table.objects.filter(shop=shop)
    before = list(rows.values())
    assert before

    for change in (lambda: rows.update(shop=None), lambda: rows._raw_delete(rows.db)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()

    assert list(rows.values()) == before
