"""What was sold before a lock came counts; and nobody moves the moment of the lock."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import statements
from core.errors import Locked
from licensing import client, licences, policy, witnesses
from licensing.errors import SiteLocked, SiteRestricted
from licensing.policy import Action
from tests.licensing.at_home import kept, restore, run

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEAR = 365 * DAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sells(clock, home, vendor, shop):
    """A site that has checked in; ``sells(ago)`` asks for a sale that was made so long ago."""
    licences.wake()
    client.check_in()

    def judge(ago):
        at = timezone.now() - ago
        sites = statements.run(policy.asking(shop.pk))[0]
        policy.judge_late(sites, Action.NEW_ORDER, at=at, now=timezone.now())

    return judge


def lock(vendor, **says):
    vendor.says = {"locked": True, "lock_reason": "Unpaid"} | says
    assert client.check_in().verdict.locked


def test_a_sale_before_the_lock_counts_and_one_after_it_does_not(sells, clock, vendor):
    clock.shift(HOUR)
    lock(vendor)
    clock.shift(HOUR)

    sells(HOUR + MINUTE)
    with pytest.raises(SiteLocked):
        sells(HOUR - MINUTE)


@pytest.mark.parametrize("ahead", [-30 * DAY, 4 * MINUTE, HOUR, 8 * DAY, YEAR])
def test_a_clock_that_is_wrong_takes_late_sales_as_a_right_one_does(sells, clock, vendor, ahead):
    right = timezone.now()
    ends = right + 30 * DAY
    clock.shift(ahead)
    vendor.says = {"issued_at": right, "valid_until": right + 7 * DAY, "expires_at": ends}
    client.check_in()
    sells(MINUTE)

    clock.shift(2 * HOUR)
    told = right + 2 * HOUR
    lock(vendor, issued_at=told, valid_until=told + 7 * DAY, expires_at=ends)

    sells(MINUTE)
    with pytest.raises(SiteLocked):
        sells(-MINUTE)


def test_a_lock_holds_for_all_sales_when_they_are_waited_for_no_longer(sells, clock, vendor):
    clock.shift(HOUR)
    lock(vendor)
    clock.shift(policy.AWAITED - MINUTE)
    sells(policy.AWAITED)

    clock.shift(MINUTE)
    with pytest.raises(SiteLocked):
        sells(policy.AWAITED + HOUR)


def test_a_clock_that_was_turned_on_when_the_lock_came_opens_no_time_for_sales(
    sells, clock, vendor
):
    told = timezone.now()
    clock.shift(YEAR)
    lock(vendor, issued_at=told, valid_until=told + 7 * DAY)
    clock.move_to(told + HOUR)
    run(HOUR)

    with pytest.raises(SiteLocked):
        sells(MINUTE)


@pytest.mark.parametrize("has_witness", [True, False])
def test_a_lock_that_is_learnt_anew_holds_for_all_that_the_old_state_does_not_know(
    sells, clock, vendor, has_witness
):
    backup = kept()
    clock.shift(HOUR)
    lock(vendor)
    for _ in range(3):  # it goes on checking in under the lock
        clock.shift(DAY)
        client.check_in()

    if not has_witness:
        witnesses.place().unlink()
    restore(backup)
    client.check_in()

    sells(3 * DAY + 2 * HOUR)
    with pytest.raises(SiteLocked):
        sells(2 * DAY)


def test_a_state_that_never_heard_of_the_vendor_does_not_know_since_when(clock, home, vendor, shop):
    licences.wake()
    backup = kept()
    client.check_in()
    lock(vendor)
    clock.shift(5 * DAY)
    witnesses.place().unlink()
    restore(backup)
    client.check_in()

    at = timezone.now() - DAY
    sites = statements.run(policy.asking(shop.pk))[0]
    with pytest.raises(SiteLocked):
        policy.judge_late(sites, Action.NEW_ORDER, at=at, now=timezone.now())


def test_a_site_that_began_by_a_clock_far_ahead_has_no_lock_to_come(clock, home, vendor, shop):
    told = timezone.now()
    clock.shift(YEAR)
    licences.wake()
    lock(vendor, issued_at=told, valid_until=told + 7 * DAY)

    at = timezone.now()
    sites = statements.run(policy.asking(shop.pk))[0]
    with pytest.raises(SiteLocked):
        policy.judge_late(sites, Action.NEW_ORDER, at=at, now=at)


@pytest.mark.parametrize("end", ["of the licence", "of grace"])
def test_late_sales_are_waited_for_a_week_after_any_end(sells, clock, vendor, end):
    if end == "of the licence":
        vendor.says = {"expires_at": timezone.now() + 7 * DAY}
        client.check_in()
    clock.shift(7 * DAY + policy.AWAITED - MINUTE)
    licences.keep_time()
    sells(policy.AWAITED + HOUR)

    clock.shift(2 * MINUTE)
    licences.keep_time()
    with pytest.raises(SiteRestricted):
        sells(policy.AWAITED + HOUR)


def test_who_was_out_of_use_stays_so_when_an_older_state_comes_back(sells, clock, vendor):
    backup = kept()
    vendor.says = {"licensed": False}
    client.check_in()
    clock.shift(HOUR)
    vendor.says = {"licensed": False, "expires_at": timezone.now() - timedelta(seconds=30)}
    client.check_in()
    restore(backup)
    with pytest.raises(SiteRestricted):
        sells(MINUTE)


def test_an_end_of_the_licence_loosens_nothing_for_who_was_out_of_use(sells, vendor):
    vendor.says = {"licensed": False}
    client.check_in()
    with pytest.raises(SiteRestricted):
        sells(MINUTE)

    vendor.says = {"licensed": False, "expires_at": timezone.now() - timedelta(seconds=30)}
    client.check_in()
    with pytest.raises(SiteRestricted):
        sells(MINUTE)


def test_a_lock_loosens_nothing_that_grace_had_ended_before_it(sells, clock, vendor):
    clock.shift(9 * DAY)
    licences.keep_time()
    with pytest.raises(SiteRestricted):
        sells(DAY)

    lock(vendor, licensed=False)

    with pytest.raises(Locked):
        sells(DAY)
