"""Drawers over the wire: shapes, both mounts, both slash forms, both spellings, refusals."""

from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from licensing.models import Site
from pos.models import CashMovement, Register, Shift
from tests import factories

NOBODY = "0195f000-0000-7000-8000-000000000000"


@pytest.fixture
def till(api, cashier):
    return api(cashier)


@pytest.fixture
def desk(api, manager):
    return api(manager)


@pytest.fixture
def front(desk, shop):
    return desk.post(f"/shops/{shop.id}/registers", {"name": "Front"}).json()


@pytest.fixture
def shift(till, shop, front):
    body = {"register_id": front["id"], "float": "100.00"}
    return till.post(f"/shops/{shop.id}/shifts", body).json()


def test_a_manager_adds_registers_and_everyone_lists_them(desk, till, shop, cashier):
    reply = desk.post(f"/shops/{shop.id}/registers", {"name": "Front"})

    row = reply.json()
    assert reply.status_code == 201
    assert row == {
        "id": row["id"],
        "shop_id": str(shop.id),
        "name": "Front",
        "is_active": True,
        "shift_id": None,
    }
    assert till.get(f"/shops/{shop.id}/registers").json() == [row]
    refused = till.post(f"/shops/{shop.id}/registers", {"name": "Back"})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")
    assert Register.objects.count() == 1


@pytest.mark.parametrize("mount", ["/api/v1", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_route_answers_under_every_mount_and_slash_form(desk, shop, mount, slash):
    base = f"{mount}/shops/{shop.id}"
    register = desk.post(f"{base}/registers{slash}", {"name": "Front"}).json()

    opened = desk.post(f"{base}/shifts{slash}", {"registerId": register["id"], "float": 5})
    own = f"{base}/shifts/{opened.json()['id']}"
    body = {"kind": "drop", "amount": "5", "reason": "safe"}
    statuses = [
        opened.status_code,
        desk.get(f"{base}/shifts/current{slash}").status_code,
        desk.get(f"{own}{slash}").status_code,
        desk.post(f"{own}/cash{slash}", body).status_code,
        desk.get(f"{own}/cash{slash}").status_code,
        desk.get(f"{own}/report{slash}").status_code,
        desk.post(f"{own}/close{slash}", {"counted": "0.00"}).status_code,
        desk.get(f"{base}/shifts{slash}").status_code,
        desk.get(f"{base}/registers{slash}").status_code,
    ]

    assert statuses == [201, 200, 200, 201, 200, 200, 200, 200, 200]


def test_a_day_at_the_drawer(till, desk, shop, cashier, front, shift):
    base = f"/shops/{shop.id}/shifts"
    assert shift == {
        "id": shift["id"],
        "shop_id": str(shop.id),
        "register_id": front["id"],
        "register_name": "Front",
        "number": 1,
        "state": "open",
        "float": "100.00",
        "opened_by": str(cashier.id),
        "opened_by_name": "Carla",
        "opened_at": shift["opened_at"],
        "closed_by": None,
        "closed_at": None,
        "counted": None,
        "variance": None,
    }
    assert till.get(f"{base}/current").json() == shift
    assert till.get(f"/shops/{shop.id}/registers").json()[0]["shift_id"] == shift["id"]
    body = {"kind": "out", "amount": "12.50", "reason": "milk"}
    moved = till.post(f"{base}/{shift['id']}/cash", body)
    row = moved.json()
    assert (moved.status_code, row) == (
        201,
        body
        | {
            "id": row["id"],
            "shift_id": shift["id"],
            "actor_id": str(cashier.id),
            "at": row["at"],
        },
    )
    assert till.get(f"{base}/{shift['id']}/cash").json() == [row]
    blind = till.get(f"{base}/{shift['id']}/report").json()
    seen = desk.get(f"{base}/{shift['id']}/report").json()
    assert (blind["expected_cash"], seen["expected_cash"]) == (None, "87.50")

    closed = till.post(f"{base}/{shift['id']}/close", {"counted": "87.00"})

    report = closed.json()
    assert closed.status_code == 200
    assert report == {
        "shift_id": shift["id"],
        "register_id": front["id"],
        "register_name": "Front",
        "number": 1,
        "opened_at": shift["opened_at"],
        "closed_at": report["closed_at"],
        "float": "100.00",
        "cash_sales": "0.00",
        "tips": "0.00",
        "rounding": "0.00",
        "cash_refunds": "0.00",
        "cash_in": "0.00",
        "cash_out": "12.50",
        "drops": "0.00",
        "expected_cash": "87.50",
        "counted": "87.00",
        "variance": "-0.50",
        "sales": "0.00",
        "refunds": "0.00",
        "tax": "0.00",
        "refunded_tax": "0.00",
        "other_tips": "0.00",
        "payments": [],
        "late": None,
    }
    assert report["closed_at"].endswith("Z")
    assert till.get(f"{base}/{shift['id']}/report").content == closed.content
    after = till.get(f"{base}/{shift['id']}").json()
    assert (after["state"], after["counted"], after["variance"]) == ("closed", "87.00", "-0.50")
    assert till.get(f"{base}/current").status_code == 404


def test_what_is_sold_lies_in_the_drawer(till, desk, shop, stocked, front, shift):
    roll = stocked(shop, "Roll", 119, 9, tax_rate=Decimal(19))
    desk.put(
        f"/shops/{shop.id}/settings", '{"cash_rounding": "0.05"}', content_type="application/json"
    )
    url = f"/shops/{shop.id}/orders"
    items = [{"product_id": str(roll.pk), "quantity": 1}]
    cash = {"method": "cash", "tendered": "5.00", "tip": "0.80", "register_id": front["id"]}
    till.post(url, {"items": items, "payments": [cash]})
    later = desk.post(url, {"items": items}).json()
    card = {"method": "card", "tip": "1.00", "registerId": front["id"]}
    desk.post(f"{url}/{later['id']}/payments", card)
    third = desk.post(url, {"items": items, "payment_method": "cash"}).json()  # in no shift
    back = {"amount": "0.58", "reason": "cold", "register_id": front["id"]}
    assert desk.post(f"{url}/{third['id']}/refunds", back).status_code == 201

    report = desk.get(f"/shops/{shop.id}/shifts/{shift['id']}/report").json()

    assert report["payments"] == [
        {"method": "card", "amount": "1.19", "count": 1},
        {"method": "cash", "amount": "1.19", "count": 1},
    ]
    assert (report["cash_sales"], report["tips"], report["other_tips"]) == ("1.19", "0.80", "1.00")
    assert (report["cash_refunds"], report["rounding"]) == ("0.58", "-0.01")  # 1 - 2
    assert (report["sales"], report["tax"]) == ("2.38", "0.38")
    assert (report["refunds"], report["refunded_tax"]) == ("0.58", "0.09")
    assert (report["expected_cash"], report["late"]) == ("101.40", None)


def test_closing_twice_is_409_and_says_the_report(till, shop, shift):
    url = f"/shops/{shop.id}/shifts/{shift['id']}/close"
    first = till.post(url, {"counted": "100.00"})

    again = till.post(url, {"counted": "50.00"})

    assert again.status_code == 409
    assert again.json()["code"] == "shift_closed"
    assert again.json()["report"] == first.json()


def test_closing_again_under_its_key_gets_the_same_bytes(till, shop, shift):
    url = f"/shops/{shop.id}/shifts/{shift['id']}/close"
    first = till.post(url, {"counted": "100.00"}, HTTP_IDEMPOTENCY_KEY="k")

    again = till.post(url, {"counted": "100.00"}, HTTP_IDEMPOTENCY_KEY="k")
    other = till.post(url, {"counted": "99.00"}, HTTP_IDEMPOTENCY_KEY="k")

    assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
    assert other.status_code == 422


def test_a_second_open_shift_is_409(desk, shop, front, shift):
    body = {"register_id": front["id"], "float": "0"}

    reply = desk.post(f"/shops/{shop.id}/shifts", body)

    assert (reply.status_code, reply.json()["code"]) == (409, "shift_open")
    assert reply.json()["shift_id"] == shift["id"]
    assert Shift.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"float": "1"}, "register_id"),
        ({"register_id": "x", "float": "1"}, "register_id"),
        ({"register_id": NOBODY, "float": "1"}, "register_id"),
        ({"register_id": NOBODY}, "float"),
        ({"register_id": NOBODY, "float": "-1"}, "float"),
        ({"register_id": NOBODY, "float": "0.001"}, "float"),
        ({"register_id": NOBODY, "float": "1e3"}, "float"),
        ({"register_id": NOBODY, "float": True}, "float"),
        ({"register_id": NOBODY, "float": "1", "number": 7}, "number"),
    ],
)
def test_a_wrong_opening_names_the_field(till, shop, body, field):
    reply = till.post(f"/shops/{shop.id}/shifts", body)

    assert reply.status_code == 400
    assert [*reply.json()["errors"]] == [field]
    assert not Shift.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "steal", "amount": "1", "reason": "x"}, "kind"),
        ({"kind": "in", "amount": "0.00", "reason": "x"}, "amount"),
        ({"kind": "in", "amount": "-1", "reason": "x"}, "amount"),
        ({"kind": "in", "amount": "1.005", "reason": "x"}, "amount"),
        ({"kind": "in", "reason": "x"}, "amount"),
        ({"kind": "in", "amount": "1"}, "reason"),
        ({"kind": "in", "amount": "1", "reason": ""}, "reason"),
        ({"kind": "in", "amount": "1", "reason": "a\nb"}, "reason"),
        ({"kind": "in", "amount": "1", "reason": "x", "at": "2026-01-01"}, "at"),
    ],
)
def test_a_wrong_movement_names_the_field(till, shop, shift, body, field):
    trail = AuditEvent.objects.count()

    reply = till.post(f"/shops/{shop.id}/shifts/{shift['id']}/cash", body)

    assert reply.status_code == 400
    assert [*reply.json()["errors"]] == [field]
    assert not CashMovement.objects.exists()
    assert AuditEvent.objects.count() == trail


def test_a_drop_beyond_the_drawer_is_409_and_does_not_say_how_much_there_is(till, shop, shift):
    body = {"kind": "drop", "amount": "100.01", "reason": "safe"}

    reply = till.post(f"/shops/{shop.id}/shifts/{shift['id']}/cash", body)

    assert (reply.status_code, reply.json()["code"]) == (409, "not_enough_cash")
    assert b"100.00" not in reply.content
    assert not CashMovement.objects.exists()


@pytest.mark.parametrize("counted", [None, "-1", "0.001", "x", True])
def test_a_wrong_count_closes_nothing(till, shop, shift, counted):
    reply = till.post(f"/shops/{shop.id}/shifts/{shift['id']}/close", {"counted": counted})

    assert (reply.status_code, [*reply.json()["errors"]]) == (400, ["counted"])
    assert Shift.objects.get().closed_at is None


def test_another_cashiers_shift_is_403_and_another_shops_404(api, shop, other_shop, shift):
    other = api(factories.member(shop, "cem", "cashier"))
    rival = api(other_shop.owner)
    url = f"/shifts/{shift['id']}"

    for client, place, expected in ((other, shop, 403), (rival, other_shop, 404)):
        base = f"/shops/{place.id}{url}"
        body = {"kind": "in", "amount": "1", "reason": "x"}
        assert client.get(f"{base}/report").status_code == expected
        assert client.post(f"{base}/cash", body).status_code == expected
        assert client.post(f"{base}/close", {"counted": "1"}).status_code == expected
    assert other.get(f"/shops/{shop.id}{url}/report").json()["code"] == "not_your_shift"
    assert rival.get(f"/shops/{other_shop.id}{url}").status_code == 404
    assert rival.get(f"/shops/{other_shop.id}{url}/cash").status_code == 404
    assert Shift.objects.get().closed_at is None


def test_shifts_are_listed_newest_first_page_by_page(till, shop, front):
    for _ in range(3):
        body = {"register_id": front["id"], "float": "0"}
        held = till.post(f"/shops/{shop.id}/shifts", body).json()
        till.post(f"/shops/{shop.id}/shifts/{held['id']}/close", {"counted": "0"})
    held = till.post(f"/shops/{shop.id}/shifts", body).json()
    base = f"/shops/{shop.id}/shifts"

    first = till.get(f"{base}?limit=3")
    rest = till.get(first["Link"].partition(">")[0].removeprefix("<http://testserver"))

    assert [row["number"] for row in first.json()] == [4, 3, 2]
    assert [row["number"] for row in rest.json()] == [1]
    assert till.get(f"{base}?state=open").json() == [held]
    assert len(till.get(f"{base}?state=closed&register_id={front['id']}").json()) == 3
    assert till.get(f"{base}?register_id={NOBODY}").json() == []
    assert till.get(f"{base}/current?register_id={front['id']}").json() == held
    assert till.get(f"{base}?state=odd").status_code == 400
    assert till.get(f"{base}?register_id=odd").status_code == 400


def test_a_locked_site_closes_its_drawers_and_adds_none(desk, till, shop, shift):
    site = Site.objects.create(name="Here", is_locked=True, lock_reason="unpaid")
    site.shops.add(shop)

    added = desk.post(f"/shops/{shop.id}/registers", {"name": "Back"})
    closed = till.post(f"/shops/{shop.id}/shifts/{shift['id']}/close", {"counted": "100"})

    assert (added.status_code, added.json()["code"]) == (423, "site_locked")
    assert closed.status_code == 200
