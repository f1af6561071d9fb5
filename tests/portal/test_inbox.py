"""The console's inbox of leads, and what its first page says of them."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, User
from portal.models import Lead
from tests import factories
from tests.portal.test_console import lead

INBOX = reverse("admin:portal_lead_changelist")

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(client, sysadmin):
    return factories.signed_in(client, sysadmin)


def act(inbox, action, *chosen):
    asked = {"action": action, "_selected_action": [str(one.pk) for one in chosen]}
    return inbox.post(INBOX, asked, follow=True)


def test_the_inbox_shows_state_owner_score_and_reasons(inbox, sysadmin):
    lead(1, owner=sysadmin, spam_score=60, spam_reasons=["markup in the text"], status="spam")
    page = inbox.get(INBOX).text

    for shown in ("Ada 1", "60: markup in the text", "Sam", "Spam"):
        assert shown in page


def test_leads_are_found_by_score_state_and_words(inbox):
    lead(1, spam_score=80, status="spam")
    lead(2, spam_score=15, message="About the bar.")
    lead(3)

    def found(**query):
        text = inbox.get(INBOX, query).text
        return [number for number in (1, 2, 3) if f"Ada {number}" in text]

    assert [found(spam=answer) for answer in ("yes", "some", "no")] == [[1], [2], [3]]
    assert found(status__exact="spam") == [1]
    assert found(q="bar") == [2]


def test_actions_mark_and_give_by_the_verbs(inbox, sysadmin):
    one, two = lead(1), lead(2, status="spam")

    act(inbox, "take", one)
    for action, status in [("contacted", "contacted"), ("won", "won"), ("lost", "lost")]:
        act(inbox, action, one)
        assert Lead.objects.get(pk=one.pk).status == status
    act(inbox, "is_no_spam", two)
    assert Lead.objects.get(pk=two.pk).status == "new"
    act(inbox, "is_spam", two)
    assert Lead.objects.get(pk=two.pk).status == "spam"
    assert Lead.objects.get(pk=one.pk).owner == sysadmin
    assert AuditEvent.objects.filter(action="lead.marked", actor=sysadmin).count() == 5


def test_a_lead_is_edited_in_state_and_owner_only(inbox, sysadmin):
    one = lead(1)
    developer = factories.person("dora", role=User.Role.DEV)
    page = reverse("admin:portal_lead_change", args=[one.pk])
    inbox.post(page, {"status": "won", "owner": developer.pk, "name": "Somebody else"})

    one.refresh_from_db()
    assert (one.status, one.owner, one.name) == ("won", developer, "Ada 1")
    visitor = factories.person("vera")
    assert inbox.post(page, {"status": "won", "owner": visitor.pk}).status_code == 200
    one.refresh_from_db()
    assert one.owner == developer


def test_what_a_visitor_wrote_is_text(inbox):
    one = lead(1, name="<script>alert(1)</script>", message="<img src=x onerror=alert(1)>")
    pages = [INBOX, reverse("admin:portal_lead_change", args=[one.pk]), reverse("admin:index")]
    for page in pages:
        text = inbox.get(page).text
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text


def test_an_export_is_a_table_and_leaves_a_line(inbox, sysadmin):
    one = lead(1, name="=1+1")
    lead(2)
    raw = b"".join(act(inbox, "export", one))

    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"'=1+1" in raw
    assert b"Ada 2" not in raw
    assert AuditEvent.objects.get(action="console.exported").actor == sysadmin


def test_a_person_is_erased_whole(inbox):
    one = lead(1)
    lead(2, email=one.email, mailbox=one.mailbox)
    lead(3)
    act(inbox, "erase", one)

    assert [each.name for each in Lead.objects.all()] == ["Ada 3"]


def test_the_first_page_shows_who_waits(inbox):
    empty = inbox.get(reverse("admin:index")).text
    assert "No lead waits." in empty
    for number in range(8):
        lead(number)
    lead(9, status="spam")
    page = inbox.get(reverse("admin:index")).text

    assert "8 leads wait for somebody" in page
    assert [n for n in range(10) if f"Ada {n}<" in page] == [2, 3, 4, 5, 6, 7]


def test_a_restaurants_own_server_has_no_leads_on_the_first_page(inbox, settings):
    settings.ROLE = "shop"
    assert "Newest leads" not in inbox.get(reverse("admin:index")).text
