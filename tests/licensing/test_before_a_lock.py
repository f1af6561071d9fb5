"""What was sold before a lock came counts; and nobody moves the moment of the lock."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core import statements
from core.errors import Locked
from licensing import client, clocks, licences, policy
from licensing.errors import SiteLocked, SiteRestricted
from licensing.models import License
from licensing.policy import Action

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEAR = 365 * DAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moved:
        yield moved


@pytest.fixture
def sells(clock, home, vendor, shop):
    """A site that has checked in; ``sells(ago)`` asks for a sale that was made so long ago."""
    licences.wake()
    client.check_in()

    def judge(ago):
        at = timezone.now() - ago
        sites = statements.run(policy.asking(shop.pk))[0]
        policy.judge(policy.before(sites, at), Action.NEW_ORDER, at)

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


def test_a_clock_that_is_a_little_ahead_refuses_nothing_that_was_sold_before(sells, clock, vendor):
    told = timezone.now() + HOUR
    clock.shift(HOUR + clocks.TOLERANCE)
    lock(vendor, issued_at=told, valid_until=told + 7 * DAY)

    sells(MINUTE)


def test_a_clock_that_was_turned_on_when_the_lock_came_opens_no_time_for_sales(
    sells, clock, vendor
):
    told = timezone.now()
    clock.shift(YEAR)
    lock(vendor, issued_at=told, valid_until=told + 7 * DAY)
    clock.move_to(told + HOUR)

    with pytest.raises(SiteLocked):
        sells(MINUTE)


def test_a_lock_that_is_learnt_anew_from_the_witness_holds_since_it_came(sells, clock, vendor):
    kept = License.objects.values().get()
    lock(vendor)
    clock.shift(2 * DAY)
    licences.keep_time()

    License.objects.all().delete()
    License.objects.create(**kept)
    licences.wake()

    sells(2 * DAY + HOUR)
    with pytest.raises(SiteLocked):
        sells(DAY)


def test_a_lock_loosens_nothing_that_grace_had_ended_before_it(sells, clock, vendor):
    clock.shift(9 * DAY)
    licences.keep_time()
    with pytest.raises(SiteRestricted):
        sells(DAY)

    lock(vendor, licensed=False)

    with pytest.raises(Locked):
        sells(DAY)
