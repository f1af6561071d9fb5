"""The vendor's desk in the console: every act is its verb's, and a key is shown once."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from core import tables
from licensing import desk, sites
from licensing.models import Alert, Command, FleetHour, Site, SiteContact
from tests.test_console import sign_in

LIST = "/admin/licensing/site/"


@pytest.fixture
def console(client, sysadmin):
    return sign_in(client, sysadmin)


def made(name="Corner", **fields):
    return sites.register(actor=None, fields={"name": name} | fields).site


def of(site, act):
    return reverse(f"admin:licensing_site_{act}_one", args=[site.pk])


def sent(act, chosen, **fields):
    keys = [site.pk for site in chosen]
    return {"action": act, "_selected_action": keys, "confirmed": "yes"} | fields


def test_a_site_is_registered_and_its_key_shown_once(console, sysadmin):
    url = reverse("admin:licensing_site_register")
    assert "E-mail whom to write" in console.get(url).text
    refused = console.post(url, {"name": "", "grace_days": 7})
    assert "This field is required." in refused.text
    fields = {"name": "Corner", "grace_days": 9, "until": "2031-05-06", "reason": "Invoice 7"}
    page = console.post(url, fields)
    site = Site.objects.get()
    key = page.context["done"][0].secret_key

    assert (site.name, site.grace_days) == ("Corner", 9)
    assert site.license_expires_at.isoformat() == "2031-05-06T23:59:59+00:00"
    assert "no-store" in page["Cache-Control"]
    assert page.text.count(key) == 1
    line = AuditEvent.objects.get(action="site.registered")
    assert line.actor == sysadmin
    assert key not in str(line.after)
    for later in (LIST, f"{LIST}{site.pk}/change/", "/admin/"):
        assert key not in console.get(later).text


def test_one_site_is_locked_and_unlocked_and_a_refusal_is_said(console, sysadmin):
    site = made()
    assert "The people at the counter will read it." in console.get(of(site, "lock")).text
    without = console.post(of(site, "lock"), {"confirmed": "yes", "reason": ""})
    assert "This field is required." in without.text
    assert not Command.objects.exists()

    locked = {"confirmed": "yes", "reason": "Unpaid"}
    assert "It will be locked" in console.post(of(site, "lock"), locked, follow=True).text
    assert "is locked already" in console.post(of(site, "lock"), locked, follow=True).text
    command = Command.objects.get()
    assert (command.reason, command.requested_by) == ("Unpaid", sysadmin)
    page = console.get(f"{LIST}{site.pk}/change/").text
    assert "not yet" in page
    assert "Unpaid" in page

    console.post(of(site, "unlock"), {"confirmed": "yes"})
    assert not Site.objects.get().is_locked
    again = console.post(of(site, "unlock"), {"confirmed": "yes"}, follow=True)
    assert "Nobody has locked it." in again.text


def test_many_are_locked_and_each_is_told_of(console, sysadmin):
    one, two, three = made("One"), made("Two"), made("Three")
    sites.lock(two.site_id, reason="Before", actor=None)
    asked = console.post(LIST, {"action": "lock", "_selected_action": [one.pk, two.pk]})
    assert "2 sites" in asked.text
    assert not Site.objects.get(pk=one.pk).is_locked

    told = console.post(LIST, sent("lock", [one, two], reason="Unpaid")).text

    assert "1 done, 1 refused." in told
    assert "Two is locked already" in told
    locked = Site.objects.filter(is_locked=True).values_list("name", "lock_reason")
    assert set(locked) == {("One", "Unpaid"), ("Two", "Before")}
    assert not Site.objects.get(pk=three.pk).is_locked
    assert AuditEvent.objects.filter(action="site.locked", actor=sysadmin).count() == 1
    assert "2 done, 0 refused." in console.post(LIST, sent("unlock", [one, two])).text


def test_licences_are_extended(console, sysadmin):
    end = timezone.now().replace(microsecond=0) + timedelta(days=5)
    one, two = made("One", license_expires_at=end), made("Two", license_expires_at=end)
    wrong = console.post(of(one, "extend"), {"confirmed": "yes", "days": 3, "never": "on"})
    assert "Say one" in wrong.text
    assert "2 done" in console.post(LIST, sent("extend", [one, two], days=30)).text
    ends = set(Site.objects.values_list("license_expires_at", flat=True))
    assert ends == {end + timedelta(days=30)}
    console.post(of(one, "extend"), {"confirmed": "yes", "until": "2032-01-02"})
    console.post(of(two, "extend"), {"confirmed": "yes", "never": "on"})
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.license_expires_at.isoformat() == "2032-01-02T23:59:59+00:00"
    assert two.license_expires_at is None
    assert AuditEvent.objects.filter(action="site.changed", actor=sysadmin).count() == 4


def test_keys_are_rotated_and_shown_once(console, sysadmin):
    one, two = made("One"), made("Two")
    assert one.keys.count() == 1
    page = console.post(LIST, sent("rotate", [one, two]))
    shown = [each.secret_key for each in page.context["done"]]
    assert len(set(shown)) == 2
    assert all(page.text.count(key) == 1 for key in shown)
    alone = console.post(of(one, "rotate"), {"confirmed": "yes"})
    assert alone.context["done"][0].secret_key in alone.text
    assert AuditEvent.objects.filter(action="site.key_rotated", actor=sysadmin).count() == 3


def test_too_many_at_once_are_refused(console, monkeypatch):
    chosen = [made(str(number)) for number in range(3)]
    monkeypatch.setattr("licensing.views.MOST", 2)
    told = console.post(LIST, sent("lock", chosen, reason="x"), follow=True).text
    assert "At most 2 sites at once" in told
    assert not Command.objects.exists()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("status=locked", {"Locked"}),
        ("status=expiring", {"Soon"}),
        ("line=late", {"Late"}),
        ("line=never", {"Locked", "Soon"}),
        ("pending=yes", {"Locked"}),
        ("alert=open", {"Late"}),
        ("status=active&line=late", {"Late"}),
        ("q=soo", {"Soon"}),
    ],
)
def test_the_list_is_filtered(console, asked, found):
    now = timezone.now()
    sites.lock(made("Locked").site_id, reason="x", actor=None)
    made("Soon", license_expires_at=now + timedelta(days=3))
    late = made("Late")
    SiteContact.objects.filter(site=late).update(last_seen_at=now - timedelta(hours=10))
    Alert.objects.create(site=late, kind="late", message="Late is late.")
    gone = made("Gone")
    sites.delete(gone.site_id, actor=None)
    page = console.get(f"{LIST}?{asked}")
    assert {site.name for site in page.context["cl"].result_list} == found


def test_sites_leave_as_csv_that_no_spreadsheet_runs(console, sysadmin):
    chosen = [made("=1+1"), made("Two"), made("Three")]
    page = console.post(LIST, {"action": "export", "_selected_action": [s.pk for s in chosen[:2]]})
    text = b"".join(page.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["name"] for row in rows] == ["Two", "'=1+1"]
    assert rows[0]["connection"] == "never"
    assert AuditEvent.objects.get(action="console.exported").actor == sysadmin
    parts = list(desk.table(Site.objects.all(), batch=1))
    assert len(parts) == 4
    assert tables.safe("@x") == "'@x"


def test_the_first_page_shows_the_fleet(console):
    assert "Register the first" in console.get("/admin/").text
    now = timezone.now()
    sites.lock(made("Locked").site_id, reason="x", actor=None)
    made("Soon", license_expires_at=now + timedelta(days=3))
    hour = now.replace(minute=0, second=0, microsecond=0)
    FleetHour.objects.create(hour=hour, sites=2, seen=1, late=1, offline=0, dark=0)
    Alert.objects.create(kind="incident", message="Cloud incident: look.")
    part = desk.first_page()
    assert dict(part["licences"]) == {
        "locked": 1, "inactive": 0, "expired": 0, "expiring": 1, "active": 0,
    }  # fmt: skip
    assert dict(part["connections"])["never"] == 2
    assert (part["bars"][-1].seen_height, part["bars"][-1].silent_y) == (50, 0)
    assert (part["pending_number"], part["alerts_number"]) == (1, 0)
    page = console.get("/admin/").text
    assert "Cloud incident: look." in page
    assert "?status=expiring" in page


def test_it_asks_as_often_for_many_sites_as_for_one(django_assert_num_queries, db):
    for number in range(1, 9, 4):
        for each in range(number):
            site = made(f"{number} {each}", license_expires_at=timezone.now() + timedelta(days=3))
            sites.lock(site.site_id, reason="x", actor=None)
            Alert.objects.create(site=site, kind="late", message="x")
        with django_assert_num_queries(8):
            desk.first_page()


@pytest.mark.parametrize("who", ["owner", "cashier"])
def test_only_sysadmins_act(client, request, db, who):
    site = made()
    sign_in(client, request.getfixturevalue(who))
    for act in ("lock", "unlock", "extend", "rotate"):
        answer = client.post(of(site, act), {"confirmed": "yes", "reason": "x"}, follow=True)
        assert answer.status_code == 403
    assert client.post(reverse("admin:licensing_site_register"), {}, follow=True).status_code == 403
    answer = client.post(LIST, sent("lock", [site], reason="x"), follow=True)
    assert answer.status_code == 403
    assert not Command.objects.exists()
    assert site.keys.count() == 1
