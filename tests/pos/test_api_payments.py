"""Payments and refunds over the wire: both mounts, both slash forms, every refusal."""

import pytest

from accounts import sessions
from accounts.models import Approval
from licensing.models import Site
from pos import orders
from pos.models import Register
from pos.tenders import Tender
from pos.tickets import Ticket, Wish
from tests import factories

pytestmark = pytest.mark.django_db

PIN = "73951"


@pytest.fixture
def bill(shop, cashier, cake):
    """An open order of 9.98."""
    return orders.place(Ticket(wishes=[Wish(cake.id, 2)]), shop=shop, actor=cashier)


@pytest.fixture
def sale(shop, cashier, cake):
    """The same, paid by card."""
    ticket = Ticket(wishes=[Wish(cake.id, 2)], tenders=[Tender(method="card")])
    return orders.place(ticket, shop=shop, actor=cashier)


@pytest.mark.parametrize("mount", ["/api/v1", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_order_is_paid_and_refunded_under_every_address(
    api, shop, cashier, manager, bill, mount, slash
):
    place = f"{mount}/shops/{shop.id}/orders/{bill.id}"
    till = Register.objects.create(shop=shop, name="Front")
    pay = {"method": "cash", "tendered": "20", "tip": "1.02", "registerId": str(till.pk)}

    paid = api(cashier).post(f"{place}/payments{slash}", pay)
    line = {"id": str(bill.items[0].id), "quantity": 1}
    back = api(manager).post(
        f"{place}/refunds{slash}", {"lines": [line], "reason": "cold", "restock": True}
    )

    assert (paid.status_code, back.status_code) == (201, 201)
    payment, refund = paid.json()["payments"][0], back.json()["refunds"][0]
    assert payment | {"id": 0, "at": 0} == {
        "id": 0,
        "method": "cash",
        "amount": "9.98",
        "rounding": "0.00",
        "tip": "1.02",
        "tendered": "20.00",
        "change": "9.00",
        "reference": "",
        "register_id": str(till.pk),
        "shift_id": None,
        "at": 0,
    }
    assert refund | {"id": 0, "batch": 0, "at": 0} == {
        "id": 0,
        "batch": 0,
        "payment_id": payment["id"],
        "method": "cash",
        "amount": "4.99",
        "rounding": "0.00",
        "tax": "0.33",
        "reason": "cold",
        "lines": [line],
        "restocked": True,
        "given_by": str(manager.pk),
        "register_id": None,
        "shift_id": None,
        "at": 0,
    }
    assert api(cashier).get(place).json() == back.json()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"method": "gold"}, 400, "invalid"),
        ({"method": "cash", "amount": "-1"}, 400, "invalid"),
        ({"method": "cash", "amount": "1.005"}, 400, "invalid"),
        ({"method": "cash", "tip": "-0.01"}, 400, "invalid"),
        ({"method": "cash", "tendered": True}, 400, "invalid"),
        ({"method": "cash", "register_id": "front"}, 400, "invalid"),
        ({"method": "cash", "register_id": "ORDER"}, 400, "unknown_register"),
        ({"method": "cash", "reference": "x" * 121}, 400, "invalid"),
        ({"method": "cash", "amount": "0"}, 400, "nothing_paid"),
        ({"method": "cash", "tendered": "9.97"}, 400, "too_little_tendered"),
        ({"method": "card", "tendered": "9.99"}, 400, "no_change"),
        ({"method": "cash", "amount": "9.99"}, 409, "too_much_paid"),
    ],
)
def test_a_bad_payment_is_refused_and_takes_nothing(api, shop, cashier, bill, body, status, code):
    sent = {key: str(bill.id) if value == "ORDER" else value for key, value in body.items()}

    reply = api(cashier).post(f"/shops/{shop.id}/orders/{bill.id}/payments", sent)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert not shop.payments.exists()
    assert shop.orders.get().version == 1


def test_a_closed_order_takes_no_money(api, shop, cashier, sale):
    place = f"/shops/{shop.id}/orders/{sale.id}/payments"

    reply = api(cashier).post(place, {"method": "cash"})

    assert (reply.status_code, reply.json()["code"]) == (409, "order_closed")


@pytest.mark.parametrize(
    ("tag", "status"),
    [('"1"', 201), ('W/"1"', 201), ("*", 201), ('"2"', 412), ("gold", 412)],
)
def test_whoever_saw_an_old_order_does_not_pay_it(api, shop, cashier, bill, tag, status):
    place = f"/shops/{shop.id}/orders/{bill.id}/payments"

    reply = api(cashier).post(place, {"method": "card"}, headers={"If-Match": tag})

    assert reply.status_code == status
    assert shop.payments.count() == (status == 201)
    assert status == 201 or reply.json()["code"] == "stale_version"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"amount": "1"}, 400, "invalid"),
        ({"reason": "cold"}, 400, "invalid"),
        ({"amount": "1", "reason": ""}, 400, "invalid"),
        ({"amount": "1", "reason": "cold", "lines": ["LINE"]}, 400, "invalid"),
        ({"amount": "1", "reason": "cold", "restock": True}, 400, "invalid"),
        ({"amount": "-1", "reason": "cold"}, 400, "invalid"),
        ({"amount": "1", "reason": "cold", "method": "cash"}, 400, "unknown_field"),
        ({"lines": [{"quantity": 1}], "reason": "cold"}, 400, "invalid"),
        ({"lines": ["NONE"], "reason": "cold"}, 400, "invalid"),
        ({"lines": ["MANY"], "reason": "cold"}, 400, "unknown_line"),
        ({"lines": ["ORDER"], "reason": "cold"}, 400, "unknown_line"),
        ({"amount": "9.99", "reason": "cold"}, 409, "too_much_refunded"),
        ({"amount": "0", "reason": "cold"}, 409, "too_much_refunded"),
    ],
)
def test_a_bad_refund_is_refused_and_gives_nothing(api, shop, manager, sale, body, status, code):
    line = str(sale.items[0].id)
    lines = {
        "LINE": {"id": line, "quantity": 1},
        "NONE": {"id": line, "quantity": 0},
        "MANY": {"id": line, "quantity": 3},
        "ORDER": {"id": str(sale.id), "quantity": 1},
    }
    if "lines" in body:
        body = body | {
            "lines": [each if type(each) is dict else lines[each] for each in body["lines"]]
        }

    reply = api(manager).post(f"/shops/{shop.id}/orders/{sale.id}/refunds", body)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert not shop.refunds.exists()
    assert shop.orders.get().refunded == 0


def test_a_cashier_refunds_with_a_managers_word(api, shop, cashier, manager, sale):
    factories.pin(shop, manager, PIN)
    client = api(cashier)
    place = f"/shops/{shop.id}/orders/{sale.id}/refunds"
    refund = {"amount": "1.00", "reason": "cold"}

    bare = client.post(place, refund)
    word = client.post(
        f"/shops/{shop.id}/approvals",
        {"user_id": str(manager.pk), "pin": PIN, "action": "refund", "target": str(sale.id)},
    )
    done = client.post(place, refund | {"approval_id": word.json()["id"]})
    again = client.post(place, refund | {"approval_id": word.json()["id"]})

    assert (bare.status_code, bare.json()["code"]) == (403, "approval_required")
    assert done.status_code == 201
    assert (again.status_code, again.json()["code"]) == (403, "approval_invalid")
    assert Approval.objects.get().used_at is not None


def test_a_locked_shop_settles_and_refunds(api, shop, manager, bill):
    Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid.").shops.add(shop)
    place = f"/shops/{shop.id}/orders/{bill.id}"

    paid = api(manager).post(f"{place}/payments", {"method": "card"})
    back = api(manager).post(f"{place}/refunds", {"amount": "1", "reason": "cold"})

    assert (paid.status_code, back.status_code) == (201, 201)


@pytest.mark.parametrize("act", ["payments", "refunds"])
def test_another_shops_order_is_not_there(api, other_shop, owner, bill, act):
    body = {"payments": {"method": "cash"}, "refunds": {"amount": "1", "reason": "cold"}}[act]
    unknown = sessions.begin(user=owner).pk  # an id of nothing that is sold

    foreign = api(owner).post(f"/shops/{other_shop.id}/orders/{bill.id}/{act}", body)
    nothing = api(owner).post(f"/shops/{other_shop.id}/orders/{unknown}/{act}", body)

    assert foreign.status_code == nothing.status_code == 404
    assert foreign.json() | {"request_id": 0} == nothing.json() | {"request_id": 0}


@pytest.mark.parametrize("act", ["payments", "refunds"])
def test_a_repeat_answers_the_same_bytes(api, shop, manager, bill, sale, act):
    order = bill if act == "payments" else sale
    body = {"method": "cash"} if act == "payments" else {"amount": "1", "reason": "cold"}

    def send(sent):
        place = f"/shops/{shop.id}/orders/{order.id}/{act}"
        return api(manager).post(place, sent, headers={"Idempotency-Key": "k"})

    first, again, other = send(body), send(body), send(body | {"reference": "x", "reason": "y"})

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert other.status_code in (400, 422)
    assert shop.payments.count() + shop.refunds.count() == 2
