"""Sites that are put out of use or deleted: nobody hears of their silence, whatever races them."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta
from threading import Event

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from licensing import desk, heartbeats, keys, letters, overdue, policy, sites
from licensing.errors import BadSiteKey
from licensing.heartbeats import Beat
from licensing.models import Alert, SiteContact, SiteKey
from licensing.policy import State

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silent():
    """A site of forty that is dark, as the desk was told."""
    made = [sites.register(actor=None, fields={"name": f"Site {n}"}).site for n in range(40)]
    SiteContact.objects.update(last_seen_at=timezone.now())
    days_ago = timezone.now() - timedelta(days=4)
    SiteContact.objects.filter(site=made[0]).update(last_seen_at=days_ago)
    overdue.check()
    assert open_alerts() == 1
    return made[0]


def open_alerts():
    return Alert.objects.filter(closed_at=None).count()


def test_the_alert_of_a_site_out_of_use_is_closed_and_comes_again_with_it(silent):
    sites.change(silent.site_id, actor=None, fields={"is_active": False})
    overdue.check()
    assert (open_alerts(), desk.first_page()["alerts_number"]) == (0, 0)

    sites.change(silent.site_id, actor=None, fields={"is_active": True})
    overdue.check()
    assert (open_alerts(), desk.first_page()["alerts_number"]) == (1, 1)


@pytest.fixture
def untold(silent):
    """The site, of which the next look at the fleet has to tell."""
    Alert.objects.filter(site=silent).delete()
    SiteContact.objects.update(told=SiteContact.Told.ONLINE)
    return silent


@pytest.fixture
def explained(silent):
    """The site, of which the next look has to tell because an incident is over."""
    Alert.objects.filter(site=silent).delete()
    Alert.objects.create(kind=Alert.Kind.INCIDENT, message="Many.")
    return silent


@pytest.fixture(params=["untold", "explained"])
def news(request):
    return request.getfixturevalue(request.param)


def test_a_deletion_that_waits_for_a_look_at_the_fleet_closes_its_alert(news):
    with transaction.atomic():
        overdue.check()
        deletion = Beside(lambda: sites.delete(news.site_id, actor=None))
        deletion.waits()
        assert open_alerts() == 1
    deletion.end()

    assert open_alerts() == 0


def test_a_look_that_waits_for_a_deletion_tells_nothing_of_it(news):
    with transaction.atomic():
        sites.delete(news.site_id, actor=None)
        look = Beside(overdue.check)
        look.waits()
    look.end()

    assert open_alerts() == 0


def test_a_deletion_and_a_call_with_a_new_key_do_not_hang_each_other(silent):
    """Both hold the contact before the keys, so the call waits where the deletion has begun."""
    secret_key = sites.rotate_key(silent.site_id, actor=None)
    claim = keys.Claim.of(str(silent.site_id), secret_key)
    with transaction.atomic():
        Alert.objects.select_for_update().get(site=silent)
        deletion = Beside(lambda: sites.delete(silent.site_id, actor=None))
        deletion.waits()
        call = Beside(lambda: heartbeats.take(Beat(version="1", uptime_seconds=1), claim=claim))
        call.waits()
    deletion.end()
    may_be_first = connection.vendor == "sqlite"  # where both wait for the same lock
    with suppress(BadSiteKey) if may_be_first else pytest.raises(BadSiteKey):
        call.end()

    assert not SiteKey.objects.filter(site=silent).exists()


def test_nobody_is_written_to_of_a_site_that_is_gone(silent, sysadmin):
    sites.delete(silent.site_id, actor=None)

    assert letters.deliver() == 0
    assert mail.outbox == []


def test_two_looks_at_once_open_one_incident():
    for number in range(10):
        sites.register(actor=None, fields={"name": f"Site {number}"})
    SiteContact.objects.update(last_seen_at=timezone.now() - timedelta(hours=10))
    with transaction.atomic():
        overdue.check()
        other = Beside(overdue.check)
        other.waits()

    assert other.end().incident
    assert Alert.objects.values_list("kind").get() == ("incident",)


# --- shops of deleted sites -----------------------------------------------------------------


def test_of_two_sites_of_a_shop_the_one_that_stays_counts(shop, other_shop):
    shops = [shop.pk, other_shop.pk]
    old = sites.register(actor=None, fields={"name": "Old", "shop_ids": shops}).site
    sites.register(actor=None, fields={"name": "New", "shop_ids": [shop.pk]})

    sites.delete(old.site_id, actor=None)

    assert policy.of(shop.pk).state == State.ACTIVE
    assert policy.of(other_shop.pk).state == State.RESTRICTED


def test_a_shop_that_is_given_while_its_site_is_deleted_goes_to_the_other(shop):
    old = sites.register(actor=None, fields={"name": "Old", "shop_ids": [shop.pk]}).site
    new = sites.register(actor=None, fields={"name": "New"}).site
    with transaction.atomic():
        sites.change(new.site_id, actor=None, fields={"shop_ids": [shop.pk]})
        deletion = Beside(lambda: sites.delete(old.site_id, actor=None))
        deletion.waits()
    deletion.end()

    assert policy.of(shop.pk).state == State.ACTIVE


#: A busy machine may take its time between two steps.
PATIENT = "SET lock_timeout = '90s'; SET statement_timeout = '90s'"


class Beside:
    """``act`` in a thread with a connection of its own."""

    def __init__(self, act):
        self.begun, self.pid = Event(), None
        self.threads = ThreadPoolExecutor(1)
        self.found = self.threads.submit(self._run, act)

    def _run(self, act):
        try:
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(PATIENT)
                self.pid = connection.connection.info.backend_pid
            self.begun.set()
            return act()
        finally:
            connection.close()

    def waits(self):
        """Return when it waits for a lock; on SQLite, where one writes at a time, when it began."""
        assert self.begun.wait(20)
        asked = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted)"
        end = time.monotonic() + 20
        while self.pid is not None:
            with connection.cursor() as cursor:
                if cursor.execute(asked, [self.pid]).fetchone()[0]:
                    return
            assert not self.found.done(), "it waits for nobody"
            assert time.monotonic() < end
            wait([self.found], timeout=0.01)

    def end(self):
        """What it answered, or raise what it raised."""
        self.threads.shutdown()
        return self.found.result()
