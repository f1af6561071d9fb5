"""Devices and the sessions on them, all at once."""

import pytest

from accounts import devices, pins, sessions
from accounts.errors import CodeInvalid, DeviceInvalid
from accounts.models import AuthSession, Device, Shop
from core.errors import Invalid
from tests import crowd, factories


@pytest.fixture
def till(shop, manager) -> Device:
    row = devices.register(shop=shop, kind="till", name="Till 1", actor=manager)
    factories.paired(row)
    row.refresh_from_db()
    return row


@pytest.mark.django_db(transaction=True)
def test_of_many_who_type_one_code_one_gets_the_token(shop, till):
    code = devices.offer(till.pk, shop=shop, actor=None).code

    def attempt():
        try:
            return devices.pair(code=code).token
        except CodeInvalid:
            return None

    tokens = [token for token in crowd.at_once(8, attempt) if token]

    assert len(tokens) == 1
    assert devices.by_token(tokens[0]) == till


@pytest.mark.django_db(transaction=True)
def test_of_many_who_sign_in_at_one_till_one_stays(shop, till, owner, manager, cashier):
    people = [owner, manager, cashier]
    for person in people:
        factories.pin(shop, person, "4821")
    turns = iter(people * 2)

    def attempt():
        return pins.sign_in(device=till, user_id=next(turns).pk, pin="4821").pk

    begun = crowd.at_once(6, attempt)

    assert len(set(begun)) == 6
    assert AuthSession.objects.filter(device=till, revoked_at=None).count() == 1


def test_a_password_at_a_paired_till_ends_the_one_before_too(shop, till, manager, cashier):
    factories.pin(shop, cashier, "4821")
    before = pins.sign_in(device=till, user_id=cashier.pk, pin="4821")

    after = sessions.sign_in(name="manu", password=factories.PASSWORD, device=till)

    before.refresh_from_db()
    assert before.revoked_at is not None
    assert (after.device, after.scope) == (till, "")


def test_nobody_begins_on_a_device_that_was_revoked(shop, till, cashier):
    factories.pin(shop, cashier, "4821")
    devices.revoke(till.pk, shop=shop, actor=None)

    with pytest.raises(DeviceInvalid):
        pins.sign_in(device=till, user_id=cashier.pk, pin="4821")
    assert not AuthSession.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 500, "\0", "é"])
def test_what_is_no_token_is_no_device(till, token):
    assert devices.by_token(token) is None


@pytest.mark.parametrize("minutes", [-1, 241])
def test_a_till_locks_within_reason(shop, manager, minutes):
    with pytest.raises(Invalid):
        devices.lock_after(minutes, shop=shop, actor=manager)
    assert Shop.objects.get(pk=shop.pk).lock_minutes == 5


def test_how_long_a_till_waits_is_written_down(shop, manager):
    devices.lock_after(15, shop=shop, actor=manager)

    line = shop.audit.get(action="shop.changed")
    assert (line.before, line.after) == ({"lock_minutes": 5}, {"lock_minutes": 15})
    devices.lock_after(15, shop=shop, actor=manager)
    assert shop.audit.filter(action="shop.changed").count() == 1
