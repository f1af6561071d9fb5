"""The desk's pages: the fleet at a glance, the list and its table, a site with its month."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEvent
from core import tables
from licensing import desk, dossiers, moments, sites
from licensing.models import Alert, Command, FleetHour, Heartbeat, Site, SiteContact
from tests import factories
from tests.licensing.at_desk import LIST, REGISTER, made, page_of


@pytest.fixture
def console(client, sysadmin):
    return factories.signed_in(client, sysadmin)


# --- the list -------------------------------------------------------------------------------


@pytest.fixture
def fleet(db):
    now = timezone.now()
    sites.lock(made("Locked").site_id, reason="x", actor=None)
    made("Soon", license_expires_at=now + timedelta(days=3))
    made("Month", license_expires_at=now + timedelta(days=20))
    late = made("Late")
    SiteContact.objects.filter(site=late).update(last_seen_at=now - timedelta(hours=10))
    Alert.objects.create(site=late, kind="late", message="Late is late.")
    sites.delete(made("Gone").site_id, actor=None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("status=locked", {"Locked"}),
        ("status=expiring", {"Soon", "Month"}),
        ("ends=7", {"Soon"}),
        ("ends=30", {"Soon", "Month"}),
        ("line=late", {"Late"}),
        ("line=never", {"Locked", "Soon", "Month"}),
        ("pending=yes", {"Locked"}),
        ("alert=open", {"Late"}),
        ("status=active&line=late", {"Late"}),
        ("q=soo", {"Soon"}),
    ],
)
def test_the_list_and_its_table_are_filtered(console, fleet, asked, found):
    page = console.get(f"{LIST}?{asked}")
    assert {site.name for site in page.context["cl"].result_list} == found
    assert {row["name"] for row in rows_of(console.get(f"{LIST}table/?{asked}"))} == found


def rows_of(page):
    text = b"".join(page.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_an_empty_list_says_what_to_do(console):
    assert REGISTER in console.get(LIST).text
    made()
    page = console.get(f"{LIST}?q=nothing").text
    assert "No site is so." in page
    assert "This list as CSV" not in page


def test_the_list_says_times_as_people_do(console):
    now = timezone.now()
    site = made(license_expires_at=now + timedelta(days=12, hours=1))
    seen = now - timedelta(hours=3, minutes=5)
    SiteContact.objects.filter(site=site).update(last_seen_at=seen)
    page = console.get(LIST).text
    assert f'title="{seen:%Y-%m-%d %H:%M:%S} UTC">3 hours ago' in page
    assert ">in 12 days<" in page


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=-59), "just now"),
        (timedelta(seconds=59), "in a moment"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(hours=47), "in 1 day"),
        (timedelta(days=-20), "20 days ago"),
        (timedelta(days=400), "in 1 year"),
    ],
)
def test_a_moment_is_said_as_people_do(ahead, words):
    now = timezone.now()
    assert moments.of(now + ahead, now).words == words
    assert moments.of(None, now) is None


@pytest.mark.parametrize(
    ("ahead", "days"),
    [(timedelta(0), 0), (timedelta(days=2), 2), (timedelta(hours=47), 1), (timedelta(days=-3), 0)],
)
def test_whole_days_are_counted(ahead, days):
    now = timezone.now()
    assert moments.days_between(now, now + ahead) == days


def test_sites_leave_as_csv_that_no_spreadsheet_runs(console, sysadmin):
    chosen = [made("=1+1"), made("Two"), made("Three")]
    page = console.post(LIST, {"action": "export", "_selected_action": [s.pk for s in chosen[:2]]})
    rows = rows_of(page)
    assert [row["name"] for row in rows] == ["Two", "'=1+1"]
    assert rows[0]["connection"] == "never"
    assert AuditEvent.objects.get(action="console.exported").actor == sysadmin
    parts = list(desk.table(Site.objects.all(), batch=1))
    assert len(parts) == 4
    assert tables.safe("@x") == "'@x"


# --- the first page -------------------------------------------------------------------------


def test_a_table_by_a_filter_that_is_none_is_refused(console):
    assert console.get(f"{LIST}table/?is_locked=abc").status_code == 400


def test_the_first_page_shows_the_fleet(console):
    assert "Register the first" in console.get("/admin/").text
    now = timezone.now()
    sites.lock(made("Locked").site_id, reason="x", actor=None)
    made("Soon", license_expires_at=now + timedelta(days=3))
    hour = now.replace(minute=0, second=0, microsecond=0)
    FleetHour.objects.create(hour=hour, sites=2, seen=1, late=1, offline=0, dark=0)
    Alert.objects.create(kind="incident", message="Cloud incident: look.")
    part = desk.first_page()
    assert {share.word: share.number for share in part["licences"]} == {
        "locked": 1, "inactive": 0, "expired": 0, "expiring": 1, "active": 0,
    }  # fmt: skip
    assert [(share.x, share.width) for share in part["licences"]] == [
        (0, 50), (50, 0), (50, 0), (50, 50), (100, 0),
    ]  # fmt: skip
    assert {share.word: share.number for share in part["connections"]}["never"] == 2
    assert (part["bars"][-1].seen_height, part["bars"][-1].silent_y) == (50, 0)
    assert (part["pending_number"], part["alerts_number"]) == (1, 0)
    page = console.get("/admin/").text
    assert "Cloud incident: look." in page
    assert "?status=expiring" in page


def test_the_first_page_says_what_needs_somebody_and_where_to_see_it(console, fleet):
    needs = desk.first_page()["attention"]
    assert [(need.number, need.asked) for need in needs] == [
        (1, "alert=open"), (1, "ends=7"), (1, "pending=yes"), (3, "line=never"),
    ]  # fmt: skip
    page = console.get("/admin/").text
    for need in needs:
        listed = console.get(f"{LIST}?{need.asked}").context["cl"].result_count
        assert (f"?{need.asked}" in page, listed) == (True, need.number)


def test_nothing_to_do_is_said_too(console):
    site = made()
    SiteContact.objects.filter(site=site).update(last_seen_at=timezone.now())
    assert "All is well." in console.get("/admin/").text


def test_it_asks_as_often_for_many_sites_as_for_one(django_assert_num_queries, db):
    for number in range(1, 9, 4):
        for each in range(number):
            site = made(f"{number} {each}", license_expires_at=timezone.now() + timedelta(days=3))
            sites.lock(site.site_id, reason="x", actor=None)
            Alert.objects.create(site=site, kind="late", message="x")
        with django_assert_num_queries(10):
            desk.first_page()


# --- a site's own page ------------------------------------------------------------------------


def offered_on(page):
    return {name for name, _, refusal in page.context["offered"] if not refusal}


def test_a_site_is_offered_what_makes_sense_and_told_why_the_rest_does_not(console):
    site = made()
    page = console.get(page_of(site))
    assert offered_on(page) == {"lock", "extend", "rotate", "watch", "edit", "remove"}
    assert "Nobody has locked it." in page.text
    sites.lock(site.site_id, reason="Unpaid", actor=None)
    sites.watch(site.site_id, actor=None)
    page = console.get(page_of(site))
    assert offered_on(page) == {"unlock", "extend", "rotate", "unwatch", "edit", "remove"}
    assert "It is locked already." in page.text


def test_a_command_is_followed_until_the_site_has_said_so(console):
    site = made()
    standing = f"{LIST}{site.pk}/standing/"
    assert 'data-every="30"' in console.get(standing).text
    sites.lock(site.site_id, reason="Unpaid", actor=None)
    page = console.get(standing)
    assert 'data-every="3"' in page.text
    assert [step.at is not None for step in page.context["steps"]] == [True, False, False]
    now = timezone.now()
    Command.objects.update(delivered_at=now)
    assert 'data-said="Lock delivered"' in console.get(standing).text
    Command.objects.update(acknowledged_at=now)
    page = console.get(standing)
    assert all(step.at for step in page.context["steps"])
    assert 'data-every="30"' in page.text
    Command.objects.update(acknowledged_at=now - timedelta(hours=2))
    assert console.get(standing).context["steps"] == []
    sites.unlock(site.site_id, reason="Paid", actor=None)
    assert re.search(r"Unlocked\s+<time[^>]*>just now</time>: Paid", console.get(standing).text)


def test_the_page_says_how_long_the_licence_holds_and_when_it_was_heard_of(console):
    now = timezone.now()
    site = made(license_expires_at=now + timedelta(days=4, hours=1))
    seen = now - timedelta(hours=10)
    SiteContact.objects.filter(site=site).update(last_seen_at=seen, clock_skew_seconds=400)
    page = console.get(page_of(site)).text
    for shown in ("4 days left", "10 hours ago", f"{seen:%Y-%m-%d %H:%M:%S} UTC", "400 s ahead"):
        assert shown in page
    for badge in ('is-warn">Expiring', 'is-warn">Late'):
        assert badge in page
    never = console.get(page_of(made("Never"))).text
    assert "does not end" in never
    assert "Never heard of" in never


def test_the_month_is_a_picture(db):
    now = timezone.now()
    site = made()
    Site.objects.update(created_at=now - timedelta(days=10))
    site.refresh_from_db()

    def beat(back, version="1.0", **said):
        told = {"is_licensed": True, "is_locked": False} | said
        at = now - timedelta(days=back)
        Heartbeat.objects.create(
            site=site, at=at, seq=99 - back, version=version, uptime_seconds=1, **told
        )

    beat(9)
    beat(8, is_licensed=False)
    beat(7, is_locked=True)
    beat(2, version="1.1")
    Alert.objects.create(
        site=site, kind="late", message="Corner is late.",
        opened_at=now - timedelta(days=6), closed_at=now - timedelta(days=5),
    )  # fmt: skip
    Alert.objects.create(
        site=site, kind="dark", message="Corner is dark.",
        opened_at=now - timedelta(days=4), closed_at=now - timedelta(days=2),
    )  # fmt: skip

    with time_machine.travel(now, tick=False):
        found = dossiers.dossier(site)

    days = found["days"]
    assert len(days) == dossiers.DAYS
    assert [day.line for day in days[-11:]] == [
        "nothing kept", "heard of", "heard of", "heard of", "late", "late", "silent", "silent",
        "silent, then heard of", "nothing kept", "nothing kept",
    ]  # fmt: skip
    assert days[-12].line == "not registered yet"
    assert [day.told_gravity for day in days[-10:-6]] == ["good", "warn", "bad", ""]
    words = [event.words for event in found["events"]]
    assert words == [
        "Version 1.0 became 1.1", "Corner is dark.", "Corner is late.", "Registered",
    ]  # fmt: skip


def test_a_site_is_found_by_the_id_that_its_server_has(console):
    site = made()
    page = console.get(page_of(site).replace(str(site.pk), str(site.site_id)))
    assert (page.status_code, page.context["original"]) == (200, site)


def test_what_people_did_to_a_site_is_told_with_their_reasons(sysadmin):
    site = made()
    until = datetime(2031, 5, 6, tzinfo=UTC)
    sites.extend(site.site_id, until=until, reason="Invoice 7", actor=sysadmin)
    sites.change(site.site_id, fields={"is_active": False, "owner_name": "Olga"}, actor=None)
    sites.rotate_key(site.site_id, reason="New server", actor=sysadmin)

    words = [event.words for event in dossiers.dossier(site)["events"]]
    assert words == [
        "New key made, by Sam: New server", "Put out of use, owner changed, by the system",
        "Licence ends 2031-05-06, by Sam: Invoice 7", "Registered",
    ]  # fmt: skip


def test_of_a_site_with_much_history_the_newest_is_told(db):
    site = made()
    now = timezone.now()
    Heartbeat.objects.bulk_create(
        Heartbeat(
            site=site, at=now - timedelta(minutes=900 - number), seq=number, uptime_seconds=1,
            version="1.0" if number < 899 else "1.1", is_licensed=True, is_locked=False,
        )
        for number in range(900)
    )  # fmt: skip
    assert "Version 1.0 became 1.1" in [one.words for one in dossiers.dossier(site)["events"]]


def test_what_happened_is_told_newest_first(sysadmin):
    site = made()
    sites.lock(site.site_id, reason="Unpaid", actor=sysadmin)
    sites.unlock(site.site_id, reason="Paid", actor=sysadmin)
    words = [event.words for event in dossiers.dossier(site)["events"]]
    assert set(words) == {
        "Unlock requested by Sam: Paid", "Lock superseded", "Lock requested by Sam: Unpaid",
        "Registered",
    }  # fmt: skip
    assert words[-2:] == ["Lock requested by Sam: Unpaid", "Registered"]


def test_a_sites_page_asks_as_often_for_a_long_history_as_for_none(
    console, django_assert_max_num_queries
):
    site = made()
    for number in range(12):
        Alert.objects.create(site=site, kind="back", message="x", closed_at=timezone.now())
        at = timezone.now() - timedelta(days=number)
        Heartbeat.objects.create(
            site=site, at=at, seq=number, uptime_seconds=1, is_licensed=True, is_locked=False
        )
    with django_assert_max_num_queries(12):
        assert console.get(page_of(site)).status_code == 200
