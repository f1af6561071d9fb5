"""Who was not heard of: one alert for each change, one for all when the fault is ours."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from licensing import letters, overdue, pruning, sites
from licensing.models import Alert, FleetHour, Heartbeat, Site, SiteContact
from tests import factories

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def clock(db):
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def fleet_of(number, *, silence=timedelta()):
    """So many sites, last heard of so long ago."""
    made = Site.objects.bulk_create(Site(name=f"Site {n}") for n in range(number))
    SiteContact.objects.bulk_create(
        SiteContact(site=one, last_seen_at=NOW - silence, address="192.0.2.7") for one in made
    )
    return made


def heard(*found):
    SiteContact.objects.filter(site__in=found).update(last_seen_at=datetime.now(UTC))


def said():
    return list(Alert.objects.order_by("pk").values_list("kind", "message"))


def test_each_change_is_one_alert_and_one_is_open_at_a_time(clock):
    corner, *others = fleet_of(40)
    found = []
    for silence in (9 * HOUR - SECOND, 9 * HOUR, 10 * HOUR, 24 * HOUR, 72 * HOUR, 90 * HOUR):
        clock.move_to(NOW + silence)
        heard(*others)
        found.append(overdue.check().changed)
    heard(corner)
    found.append(overdue.check().changed)

    assert found == [0, 1, 0, 1, 1, 0, 1]
    assert said() == [
        ("late", "Site 0 is late: not heard of for 9 hours."),
        ("offline", "Site 0 is offline: not heard of for 24 hours."),
        ("dark", "Site 0 is dark: not heard of for 72 hours. Call them."),
        ("back", "Site 0 is back."),
    ]
    assert not Alert.objects.filter(closed_at=None).exists()


def test_who_was_never_heard_of_is_inactive_or_deleted_is_no_news(clock):
    fleet_of(40)
    never = sites.register(actor=None, fields={"name": "New"}).site
    inactive = sites.register(actor=None, fields={"name": "Closed"}).site
    gone = sites.register(actor=None, fields={"name": "Gone"}).site
    sites.change(inactive.site_id, actor=None, fields={"is_active": False})
    sites.delete(gone.site_id, actor=None)
    SiteContact.objects.filter(site__in=[inactive, gone]).update(last_seen_at=NOW - 30 * DAY)

    checked = overdue.check()

    assert (checked.sites, checked.changed, never.name) == (40, 0, "New")
    assert said() == []


def test_more_than_one_in_twenty_silent_together_is_one_incident(clock):
    fleet_of(94)
    silent = fleet_of(6, silence=9 * HOUR)

    checked = overdue.check()

    assert (checked.late, checked.changed, checked.incident) == (6, 6, True)
    assert said() == [
        (
            "incident",
            "Cloud incident: 6 of 100 sites are silent together. "
            "Look at this server and its line first.",
        )
    ]
    assert Alert.objects.get().closed_at is None
    assert SiteContact.objects.filter(site__in=silent, told=1).count() == 6
    overdue.check()
    assert len(said()) == 1


def test_one_in_twenty_is_none_and_two_of_a_small_fleet_are_none(clock):
    fleet_of(95)
    fleet_of(5, silence=9 * HOUR)
    assert not overdue.check().incident
    assert [kind for kind, _ in said()] == ["late"] * 5

    Site.objects.all().delete()
    fleet_of(10)
    fleet_of(2, silence=9 * HOUR)
    assert not overdue.check().incident


def test_those_who_were_dark_before_are_no_part_of_it(clock):
    fleet_of(90)
    fleet_of(10, silence=30 * DAY)

    assert not overdue.check().incident
    assert [kind for kind, _ in said()] == ["dark"] * 10


def test_single_alerts_join_the_incident_and_who_stays_silent_is_named_after_it(clock):
    fleet_of(90)
    first, *silent = fleet_of(10, silence=8 * HOUR)
    SiteContact.objects.filter(site=first).update(last_seen_at=NOW - 9 * HOUR)
    overdue.check()
    assert [kind for kind, _ in said()] == ["late"]

    clock.shift(HOUR)
    assert overdue.check().incident
    assert Alert.objects.filter(closed_at=None).values_list("kind").get() == ("incident",)

    clock.shift(HOUR)
    heard(*silent)
    assert not overdue.check().incident
    assert said()[-2:] == [
        ("back", "The cloud incident is over: 1 of 100 sites are still silent."),
        ("late", "Site 0 is late: not heard of for 9 hours."),
    ]


def test_after_an_incident_so_many_are_told_of_at_once_and_all_in_the_end(clock, monkeypatch):
    """Telling of tens of thousands at once took longer than a transaction may: it never ended."""
    fleet_of(30)
    silent = fleet_of(10, silence=9 * HOUR)
    assert overdue.check().incident
    fleet_of(300)
    monkeypatch.setattr(overdue, "BATCH", 4)

    found = [(overdue.run(), Alert.objects.filter(kind="late").count()) for _ in range(4)]

    assert found == [(4, 4), (4, 8), (2, 10), (0, 10)]
    told = Alert.objects.filter(kind="late", closed_at=None).values_list("site", flat=True)
    assert set(told) == {one.pk for one in silent}
    assert [kind for kind, _ in said() if kind != "late"] == ["incident", "back"]
    assert not Alert.objects.filter(kind="incident", closed_at=None).exists()


def test_an_incident_lasts_while_they_go_dark(clock):
    fleet_of(100, silence=9 * HOUR)
    for silence in (9 * HOUR, 24 * HOUR, 72 * HOUR, 30 * DAY):
        clock.move_to(NOW - 9 * HOUR + silence)
        assert overdue.check().incident
    assert len(said()) == 1
    heard(*Site.objects.all())
    assert not overdue.check().incident
    assert [kind for kind, _ in said()] == ["incident", "back"]


def test_a_check_is_a_constant_number_of_statements(clock):
    fleet_of(95)
    fleet_of(5, silence=9 * HOUR)
    with CaptureQueriesContext(connection) as few:
        overdue.check()
    Alert.objects.all().delete()
    Site.objects.all().delete()
    fleet_of(950)
    fleet_of(50, silence=9 * HOUR)
    with CaptureQueriesContext(connection) as many:
        overdue.check()

    assert len(few) == len(many) <= 12


def test_so_many_change_at_once_and_no_more(clock, monkeypatch):
    monkeypatch.setattr(overdue, "BATCH", 40)
    fleet_of(100, silence=9 * HOUR)

    assert [overdue.run() for _ in range(4)] == [40, 40, 20, 0]


def test_the_hour_of_the_fleet_is_kept(clock):
    fleet_of(95)
    fleet_of(2, silence=9 * HOUR)
    fleet_of(2, silence=24 * HOUR)
    fleet_of(1, silence=72 * HOUR)
    clock.shift(timedelta(minutes=30))
    overdue.check()
    overdue.check()

    row = FleetHour.objects.get()
    assert (row.hour, row.sites, row.seen) == (NOW, 100, 95)
    assert (row.late, row.offline, row.dark) == (2, 2, 1)


# --- letters ------------------------------------------------------------------------------


@pytest.fixture
def sam(db):
    return factories.person("sam", role="sysadmin")


def test_news_are_lines_of_one_letter(clock, sam):
    factories.person("gone", role="sysadmin", is_active=False)
    factories.person("dev", role="dev")
    fleet_of(60)
    fleet_of(2, silence=9 * HOUR)
    overdue.check()

    assert letters.is_due()
    assert letters.deliver() == 2
    assert not letters.is_due()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["sam@example.com"], "Countertop: News of 2 sites")
    assert letter.body.count("2026-03-01 12:00 UTC  Site ") == 2
    assert letters.deliver() == 0


def test_a_letter_names_a_hundred_and_counts_the_rest(clock, sam):
    Alert.objects.bulk_create(
        Alert(kind="late", site=one, message=f"{one.name} is late.") for one in fleet_of(103)
    )

    letters.deliver()

    assert mail.outbox[0].body.count(" is late.") == 100
    assert "… and 3 more." in mail.outbox[0].body


def test_news_that_could_not_be_sent_go_out_later(clock, sam, monkeypatch):
    Alert.objects.create(kind="incident", message="Many are\r\nBcc: silent.")
    with monkeypatch.context() as broken:
        broken.setattr("licensing.letters.send_mail", refuse)
        assert letters.deliver() == 0
    assert letters.is_due()

    assert letters.deliver() == 1
    assert mail.outbox[0].subject == "Countertop: Many are Bcc: silent."


def refuse(*_):
    raise OSError("no server")


def test_the_digest_says_how_the_fleet_stands(clock, sam):
    fleet_of(60)
    fleet_of(2, silence=9 * HOUR)
    new = sites.register(
        actor=None, fields={"name": "New", "license_expires_at": NOW + 20 * DAY}
    ).site
    sites.lock(new.site_id, reason="Unpaid", actor=None)
    overdue.check()

    assert letters.digest() == 1
    text = mail.outbox[0].body
    assert "Sites: 63. Online 60, late 2, offline 0, never heard of 1." in text
    assert "Locked 1, inactive 0, expired 0, expiring within 30 days 0." in text
    assert "Locks and unlocks on their way: 1. Open alerts: 2." in text


def test_without_sites_nobody_is_written_to(clock, sam):
    assert letters.digest() == 0
    assert mail.outbox == []


# --- forgetting -----------------------------------------------------------------------------


def test_old_heartbeats_alerts_and_addresses_go(clock):
    (site,) = fleet_of(1, silence=31 * DAY)
    for age in (399, 401):
        Heartbeat.objects.create(
            site=site,
            at=NOW - age * DAY,
            seq=1,
            uptime_seconds=1,
            is_licensed=True,
            is_locked=False,
        )
        Alert.objects.create(
            kind="back", message="x", opened_at=NOW - age * DAY, closed_at=NOW - age * DAY
        )
    Alert.objects.create(kind="dark", site=site, message="x", opened_at=NOW - 500 * DAY)

    assert (pruning.prune(), pruning.prune()) == (1, 0)
    assert pruning.prune_alerts() == 1
    assert (Heartbeat.objects.count(), Alert.objects.count()) == (1, 2)
    assert (pruning.erase_addresses(), pruning.erase_addresses()) == (1, 0)
    assert site.contact.address == "192.0.2.7"
    site.contact.refresh_from_db()
    assert site.contact.address == ""
