"""A site out of contact: grace by the wall clock and by run time, whatever anybody turns or restores."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from core import ids
from licensing import client, licences, policy
from licensing.models import License
from licensing.policy import Cause, State
from live.models import Event
from tests.licensing.at_home import run

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ACTIVE = (State.ACTIVE, None)
SILENT = (State.WARNING, Cause.SILENT)
OVER = (State.RESTRICTED, Cause.GRACE_OVER)
LOCKED = (State.LOCKED, Cause.LOCKED)
RESTORED = (State.RESTRICTED, Cause.RESTORED)

pytestmark = pytest.mark.django_db(transaction=True)


def test_grace_ends_by_the_wall_clock(site, clock):
    assert site() == ACTIVE
    clock.shift(9 * HOUR)
    assert site() == ACTIVE
    clock.shift(MINUTE)
    assert site() == SILENT
    clock.shift(7 * DAY - 9 * HOUR - 2 * MINUTE)
    assert site() == SILENT
    clock.shift(MINUTE)
    assert site() == OVER


def test_grace_ends_by_run_time_where_the_clock_stands_still(site):
    for _ in range(6):
        run(DAY)
        assert site() == SILENT
    run(DAY)
    assert site() == OVER
    assert License.objects.get().run_seconds == pytest.approx(7 * 86400, abs=60)


def test_a_clock_turned_back_gains_nothing(site, clock, vendor, home):
    clock.shift(6 * DAY)
    run(6 * DAY)
    clock.shift(-30 * DAY)
    assert run(HOUR) is True  # it had better check in
    assert site() == SILENT
    run(DAY)
    assert site() == OVER
    assert License.objects.get().turned_back_seconds == pytest.approx(30 * 86400 + 3600, abs=60)
    assert AuditEvent.objects.filter(action="licence.clock_turned_back").count() == 1
    clock.shift(-365 * DAY)
    licences.wake()  # started again
    assert site() == OVER

    client.check_in()
    assert site() == ACTIVE
    assert License.objects.get().turned_back_at is None


def test_an_expired_licence_does_not_live_again_by_turning_the_clock(site, clock, vendor):
    vendor.says = {"expires_at": timezone.now() + DAY}
    client.check_in()
    assert site() == (State.WARNING, Cause.EXPIRES)
    clock.shift(DAY)
    licences.keep_time()
    assert site() == (State.RESTRICTED, Cause.EXPIRED)
    clock.shift(-30 * DAY)
    licences.keep_time()
    assert site() == (State.RESTRICTED, Cause.EXPIRED)


def test_a_clock_turned_forward_by_mistake_and_back_is_put_right_by_a_verdict(site, clock):
    clock.shift(365 * DAY)
    assert licences.keep_time() is True
    assert site() == OVER
    clock.shift(-365 * DAY)
    licences.keep_time()
    assert site() == OVER

    client.check_in()

    assert site() == ACTIVE
    clock.shift(8 * HOUR)
    assert site() == ACTIVE


def test_a_verdict_puts_a_clock_right_that_is_still_ahead(site, clock, vendor):
    really = timezone.now()
    clock.shift(365 * DAY)
    vendor.says = {
        "issued_at": really,
        "valid_until": really + 7 * DAY,
        "expires_at": really + 90 * DAY,
    }
    client.check_in()
    assert site() == ACTIVE
    clock.shift(-365 * DAY)  # now it is right, and there is no line
    licences.keep_time()
    assert site() == ACTIVE
    run(7 * DAY)
    assert site() == OVER


def test_time_goes_on_by_a_clock_that_was_ahead_when_the_verdict_came_and_is_right_now(
    site, clock, vendor
):
    really = timezone.now()
    clock.shift(365 * DAY)
    vendor.says = {"issued_at": really, "valid_until": really + 7 * DAY}
    client.check_in()
    clock.shift(-365 * DAY)
    run(MINUTE)
    assert site() == ACTIVE

    clock.shift(8 * DAY)  # the machine is off, and then on for a moment
    run(MINUTE)
    assert site() == OVER


def test_screens_are_told_when_grace_runs_and_ends(site, clock, shop):
    assert not Event.objects.exists()
    clock.shift(10 * HOUR)
    run(10 * HOUR)
    run(MINUTE)
    clock.shift(7 * DAY)
    run(7 * DAY)
    told = Event.objects.filter(shop=shop).order_by("seq").values_list("kind", flat=True)
    assert [*told] == ["site_unlocked", "site_locked"]


def test_a_new_site_may_sell_for_its_grace_before_it_ever_reached_the_vendor(clock, home, shop):
    home.CLOUD_URL = "http://127.0.0.1:9"
    licences.wake()
    client.check_in()
    assert policy.of(shop.pk).state == State.ACTIVE
    clock.shift(7 * DAY)
    assert policy.of(shop.pk).state == State.RESTRICTED


def test_a_server_that_never_kept_its_licence_sells_nothing(home, shop):
    assert policy.of(shop.pk).state == State.RESTRICTED


def test_another_site_in_its_place_must_check_in(site, home, shop):
    home.SITE_ID = ids.new()
    licences.wake()
    found = policy.of(shop.pk)
    assert (found.state, found.cause) == RESTORED
