"""The trail: what it says, what it refuses, that it stays."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from accounts import audit, sessions
from accounts.models import AuditEvent
from core import context, ids, statements


def test_a_line_says_who_what_and_from_where(shop, owner):
    product_id = ids.new()
    with context.entered(address="192.0.2.1", device_id="till-1", request_id="r-1"):
        audit.record(
            "product.changed",
            ("product", product_id),
            shop=shop,
            actor=owner,
            before={"price": "1.00", "rates": [Decimal("7.5")]},
            after={"price": "2.00", "category_id": product_id},
            note="ö",
        )

    line = AuditEvent.objects.get(action="product.changed")
    assert (line.shop, line.actor) == (shop, owner)
    assert (line.target_kind, line.target_id) == ("product", str(product_id))
    assert line.before == {"price": "1.00", "rates": ["7.5"]}
    assert line.after == {"price": "2.00", "category_id": str(product_id), "note": "ö"}
    assert (line.address, line.device, line.request_id) == ("192.0.2.1", "till-1", "r-1")


def test_the_system_acts_without_an_actor_a_shop_or_a_target(db):
    audit.record("clock.ticked", None, shop=None, actor=None)

    line = AuditEvent.objects.get()
    assert (line.actor, line.shop, line.target_kind, line.target_id) == (None, None, "", "")
    assert (line.before, line.after) == (None, None)


def test_a_principal_acts_as_the_person(shop, owner):
    principal = sessions.principal(sessions.begin(user=owner).pk)

    audit.record("shop.seen", shop, shop=shop.pk, actor=principal)

    assert AuditEvent.objects.get(action="shop.seen").actor == owner


@pytest.mark.parametrize(
    "facts",
    [
        {"password": "x"},
        {"new_password": "x"},
        {"refresh_token": "x"},
        {"otp": "x"},
        {"pin": 1234},
        {"client_secret": "x"},
        {"api-key": "x"},
        {"pin_hash": "x"},
        {"Cookie": "x"},
        {"recovery_code": "x"},
        {"deep": [{"Site_Key": "x"}]},
    ],
)
def test_secrets_never_enter(owner, facts):
    for where in ({"before": facts}, {"after": facts}, facts):
        with pytest.raises(ValueError, match="secret"):
            audit.record("user.changed", owner, shop=None, actor=owner, **where)

    assert not AuditEvent.objects.exists()


def test_what_no_database_keeps_is_written_with_a_sign_in_its_place(owner):
    audit.record("list.read", None, shop=None, actor=owner, filters=["x\0y"], by={"a\0": "\0"})

    sign = "\N{REPLACEMENT CHARACTER}"
    assert AuditEvent.objects.get().after == {"filters": [f"x{sign}y"], "by": {f"a{sign}": sign}}


def test_lines_travel_in_a_batch(owner):
    calls = [audit.entry(f"batch.{n}", owner, shop=None, actor=owner) for n in range(3)]

    statements.run(*calls)

    assert AuditEvent.objects.filter(action__startswith="batch.").count() == 3


@pytest.mark.parametrize(
    "change", [lambda lines: lines.update(action="x"), lambda lines: lines.delete()]
)
def test_the_database_refuses_to_change_a_line(owner, change):
    audit.record("user.seen", owner, shop=None, actor=owner)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(AuditEvent.objects.all())

    assert AuditEvent.objects.get().action == "user.seen"
