"""The dashboard and the developer console as pages."""

import html
import re

import pytest

from accounts.models import AuditEvent, AuthSession, User
from licensing.models import Alert, Site
from portal.views.console import LISTS
from tests import factories
from tests.portal.test_console import FORGED, lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def developer():
    return factories.person("dora", role=User.Role.DEV)


@pytest.fixture
def desk(client, developer):
    factories.signed_in(client, developer)
    AuthSession.objects.filter(user=developer).update(proven_at="2026-01-01T00:00:00Z")
    return client


def test_the_dashboard_shows_shops_licence_and_alerts(client, shop, owner):
    site = Site.objects.create(name="Corner", is_locked=True, lock_reason="Unpaid")
    site.shops.add(shop)
    Alert.objects.create(site=site, kind="late", message="Corner is late.")
    page = factories.signed_in(client, owner).get("/dashboard/").text

    for shown in ("Corner Café", "Owner", "Locked", "Unpaid", "Corner is late.", "Session began"):
        assert shown in page


def test_an_empty_dashboard_says_what_comes_here(client):
    page = factories.signed_in(client, factories.person("vera")).get("/dashboard/").text

    for shown in ("You are not in a shop yet", "Nothing is wrong", "Session began by Vera"):
        assert shown in page


@pytest.mark.parametrize("path", ["", *(f"{each.what}/" for each in LISTS)])
def test_the_console_leads_each_to_their_door(client, owner, developer, path):
    url = f"/developer/{path}"
    assert client.get(url)["Location"] == f"/sign-in/?next={url}"
    assert factories.signed_in(client, owner).get(url).status_code == 403
    assert (
        factories.signed_in(client, developer).get(url)["Location"] == f"/sign-in/code/?next={url}"
    )
    AuthSession.objects.update(proven_at="2026-01-01T00:00:00Z")
    assert client.get(url).status_code == 200
    assert AuditEvent.objects.get(action="console.read").actor == developer


def test_a_list_is_turned_found_and_taken_as_csv(desk):
    for number in range(60):
        lead(number)
    lead(99, status="spam", spam_score=80, spam_reasons=["one link"])

    first = desk.get("/developer/contacts/").text
    third = desk.get("/developer/contacts/", {"page": 3}).text
    assert "page 1 of 3" in first
    assert "Ada 0<" in third
    assert 'rel="next"' not in third
    spam = desk.get("/developer/contacts/", {"status": "spam"}).text
    assert "one link" in spam
    assert "Ada 5<" not in spam
    assert "/api/v1/admin/contacts.csv?status=spam" in spam
    assert "Nothing fits." in desk.get("/developer/contacts/", {"q": "nobody"}).text
    assert b"".join(desk.get("/api/v1/admin/contacts.csv", {"status": "spam"})).count(b"\n") == 2


def test_turning_keeps_what_was_asked_for_and_how_many(desk):
    for number in range(7):
        lead(number)
    page = desk.get("/developer/contacts/", {"limit": "3", "q": "Ada", "cursor": ""}).text

    assert 'href="?q=Ada&amp;limit=3&amp;page=2" rel="next"' in page
    assert "page 1 of 3" in page


def test_the_table_of_the_trail_holds_what_the_page_shows(desk):
    page = desk.get("/developer/logs/", {"q": "session"}).text
    [address] = re.findall(r'href="(/api/v1/admin/logs.csv[^"]*)"', page)
    table = b"".join(desk.get(html.unescape(address))).decode()

    assert address == "/api/v1/admin/logs.csv?action=session"
    assert "session.began" in table
    assert "console." not in table


@pytest.mark.parametrize("query", FORGED)
def test_a_forged_question_is_a_page_too(desk, query):
    lead(1)
    statuses = {
        each.what: desk.get(f"/developer/{each.what}/?{query}").status_code for each in LISTS
    }

    assert {*statuses.values()} <= {200, 400}, statuses


@pytest.mark.parametrize("query", [{"page": "x"}, {"status": "eaten"}, {"limit": "9999"}])
def test_nonsense_is_refused_on_the_page(desk, query):
    answer = desk.get("/developer/contacts/", query)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_a_developer_changes_what_somebody_is(desk, developer, sysadmin):
    person = factories.person("pia")
    page = f"/developer/users/{person.pk}/"
    assert "pia@example.com" in desk.get(page).text

    done = desk.post(page, {"role": "dev", "access": "no"}, follow=True).text
    assert "Saved." in done
    person.refresh_from_db()
    assert (person.role, person.is_active) == ("dev", False)
    above = desk.post(page, {"role": "sysadmin", "access": "yes"})
    assert (above.status_code, "is above yours" in above.text) == (403, True)
    person.refresh_from_db()
    assert (person.role, person.is_active) == ("dev", False)
    theirs = desk.post(f"/developer/users/{sysadmin.pk}/", {"role": "user", "access": "no"})
    assert theirs.status_code == 403
    assert desk.get(f"/developer/users/{lead().pk}/").status_code == 404


def test_what_a_visitor_wrote_is_text(desk):
    lead(1, name="<b>Ada</b>", message="<script>alert(1)</script>")
    page = desk.get("/developer/contacts/").text

    assert "<b>Ada" not in page
    assert "<script>alert" not in page
