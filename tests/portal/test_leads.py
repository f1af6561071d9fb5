"""Leads: taken once, counted after, kept quiet about; and what becomes of them."""

import json
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, User
from core import context
from core.errors import Invalid, Missing, TooMany
from portal import leads, letters, retention
from portal.models import Lead
from tests import factories
from tests.crowd import at_once

CONTACT = Lead.Kind.CONTACT
GOOD = {"name": "Ada", "email": "Ada@Example.com", "message": "Does the till work offline?"}

pytestmark = pytest.mark.django_db


def take(kind=CONTACT, **more):
    asked = {name: more.pop(name) for name in ("trapped", "started") if name in more}
    leads.take(kind=kind, fields=GOOD | more, **asked)


@pytest.fixture(autouse=True)
def _somewhere():
    with context.entered(address="192.0.2.7"):
        yield


def test_a_lead_is_kept_as_it_was_sent():
    take(topic="Price", source="example.com/pricing")

    lead = Lead.objects.get()
    assert (lead.kind, lead.status, lead.email) == ("contact", "new", "Ada@Example.com")
    assert (lead.name, lead.topic, lead.source) == ("Ada", "Price", "example.com/pricing")
    assert lead.message == "Does the till work offline?"
    assert (lead.mailbox, lead.address) == ("ada@example.com", "192.0.2.7")
    assert (lead.spam_score, lead.spam_reasons, lead.repeats) == (0, [], 0)
    assert lead.ack_due_at == lead.created_at == lead.last_at


def test_the_same_again_is_only_counted():
    take()
    take(email="ada+cafe@example.com")
    take(message="Another question of ours.")

    assert sorted(Lead.objects.values_list("repeats", flat=True)) == [0, 1]
    assert Lead.objects.get(repeats=1).last_at > Lead.objects.get(repeats=1).created_at


def test_on_the_waitlist_a_mailbox_stands_once():
    take(Lead.Kind.WAITLIST, name="Ada", message="")
    take(Lead.Kind.WAITLIST, name="Somebody else", message="")

    assert Lead.objects.get().name == "Ada"


def test_spam_is_kept_apart_with_its_reasons():
    take(trapped=True)
    take()

    spam, good = Lead.objects.order_by("pk")
    assert (spam.status, spam.spam_score, spam.ack_due_at) == ("spam", 100, None)
    assert spam.spam_reasons == ["honeypot filled in"]
    assert (good.status, good.repeats) == ("new", 0)


def test_a_form_filled_in_at_once_is_spam_and_one_that_was_open_is_not():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        opened = leads.opened()
        take(started=opened)
        clock.shift(20)
        take(started=opened, message="Typed by a person.")
        take(started="nonsense", message="An old front end.")

    assert [one.status for one in Lead.objects.order_by("pk")] == ["spam", "new", "new"]


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        (CONTACT, {"email": "nowhere"}, "email"),
        (CONTACT, {"email": ""}, "email"),
        (CONTACT, {"name": " "}, "name"),
        (CONTACT, {"message": "  short  "}, "message"),
        (Lead.Kind.PILOT_REQUEST, {"message": "1234", "company": "x"}, "use_case"),
        (Lead.Kind.PILOT_REQUEST, {"message": "12345"}, "org"),
        (Lead.Kind.INVESTOR_INTEREST, {"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(kind, fields, wrong):
    with pytest.raises(Invalid) as refusal:
        take(kind, **fields)

    assert set(refusal.value.details["errors"]) == {wrong}
    assert not Lead.objects.exists()


def test_an_address_sends_five_forms_in_ten_minutes():
    for number in range(5):
        take(message=f"Question number {number}")
    with pytest.raises(TooMany) as refusal:
        take(message="One more question")

    assert 0 < refusal.value.details["retry_after"] <= 600
    with context.entered(address="192.0.2.8"):
        take(message="From elsewhere.")
    assert Lead.objects.count() == 6


def test_new_repeated_spam_and_trapped_are_the_same_work(django_assert_num_queries):
    """One statement each, whatever we think of it: the clock has nothing to tell."""
    seen = []
    for more in ({}, {}, {"message": "casino <a href=x>"}, {"trapped": True}):
        with django_assert_num_queries(1) as asked:
            take(**more)
        seen.append(asked.captured_queries[0]["sql"].split("VALUES")[0])

    assert len({*seen}) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_twins_at_once_are_one_lead_and_one_letter():
    senders = iter(range(8))

    def act():
        with context.entered(address=f"198.51.100.{next(senders)}"):
            take()
            return letters.deliver()

    sent = at_once(8, act)

    assert Lead.objects.get().repeats == 7
    assert sum(sent) + letters.deliver() == 1


# --- letters ----------------------------------------------------------------------------


def test_the_letter_holds_nothing_that_a_visitor_wrote(settings):
    settings.PUBLIC_URL = "https://countertop.example"
    marks = {name: f"MARK-{name}" for name in leads.FIELDS if name != "email"}
    take(**marks)

    assert letters.is_due()
    assert letters.deliver() == 1
    assert not letters.is_due()
    (letter,) = mail.outbox
    assert letter.to == ["Ada@Example.com"]
    assert "MARK" not in letter.subject + letter.body
    assert "https://countertop.example" in letter.body
    assert Lead.objects.get().acked_at is not None


def test_spam_and_repeats_get_no_letter_and_a_mailbox_one_a_day():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        take(trapped=True)
        take()
        take()
        take(message="Another question.", email="ada+2@example.com")
        assert letters.deliver() == 1
        assert letters.deliver() == 0
        clock.shift(timedelta(days=1, seconds=1))
        with context.entered(address="192.0.2.9"):
            take(message="The next day.")
        assert letters.deliver() == 1
    assert len(mail.outbox) == 2


def test_a_letter_that_fails_is_tried_again_and_given_up(monkeypatch):
    def refuse(*args, **more):
        raise OSError("no route")

    monkeypatch.setattr(letters, "send_mail", refuse)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        take()
        for _ in range(letters.MOST_TRIES):
            assert letters.is_due()
            assert letters.deliver() == 0
            assert not letters.is_due()
            clock.shift(timedelta(hours=1))
        assert not letters.is_due()
    assert Lead.objects.get().acked_at is None


@pytest.mark.parametrize(
    ("problem", "is_put_off"),
    [
        (SMTPRecipientsRefused({"ada@example.com": (550, b"no such user")}), False),
        (SMTPRecipientsRefused({"ada@example.com": (450, b"later")}), True),
        (UnicodeError("label too long"), False),
    ],
)
def test_one_letter_that_cannot_be_sent_holds_up_no_other(monkeypatch, caplog, problem, is_put_off):
    send = letters.send_mail

    def refuse(subject, text, sender, to):
        if to == ["Ada@Example.com"]:
            raise problem
        send(subject, text, sender, to)

    monkeypatch.setattr(letters, "send_mail", refuse)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        take()
        take(email="ben@example.com", message="Another question.")
        assert letters.deliver() == 1
        assert [letter.to for letter in mail.outbox] == [["ben@example.com"]]
        clock.shift(timedelta(hours=1))
        assert letters.is_due() is is_put_off
    assert "ada@" not in caplog.text.lower()


# --- what becomes of it -----------------------------------------------------------------


def test_a_lead_is_marked_and_given_with_a_line_in_the_trail(sysadmin):
    take()
    lead = Lead.objects.get()

    leads.mark(lead.pk, status="contacted", actor=sysadmin)
    leads.mark(lead.pk, status="contacted", actor=sysadmin)
    leads.give(lead.pk, owner_id=sysadmin.pk, actor=sysadmin)

    lead.refresh_from_db()
    assert (lead.status, lead.owner) == ("contacted", sysadmin)
    lines = AuditEvent.objects.filter(target_id=lead.pk).order_by("pk")
    assert [line.action for line in lines] == ["lead.marked", "lead.given"]
    assert "Ada" not in json.dumps([[line.before, line.after] for line in lines])


def test_what_a_person_calls_spam_gets_no_letter(sysadmin):
    take()
    leads.mark(Lead.objects.get().pk, status="spam", actor=sysadmin)

    assert letters.deliver() == 0


def test_only_the_vendors_people_own_leads_and_only_known_states_count(sysadmin):
    take()
    lead = Lead.objects.get()
    visitor = factories.person("vera")

    with pytest.raises(Invalid):
        leads.give(lead.pk, owner_id=visitor.pk, actor=sysadmin)
    with pytest.raises(Invalid):
        leads.mark(lead.pk, status="eaten", actor=sysadmin)
    with pytest.raises(Missing):
        leads.mark(sysadmin.pk, status="won", actor=sysadmin)
    developer = factories.person("dev", role=User.Role.DEV)
    assert leads.give(lead.pk, owner_id=developer.pk, actor=sysadmin).owner_id == developer.pk


# --- forgetting -------------------------------------------------------------------------


def test_addresses_go_after_a_month_and_leads_after_a_year():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        take()
        clock.shift(timedelta(days=29))
        assert retention.erase_addresses() == 0
        clock.shift(timedelta(days=2))
        assert retention.erase_addresses() == 1
        assert Lead.objects.get().address is None
        clock.shift(timedelta(days=333))
        assert retention.purge() == 0
        clock.shift(timedelta(days=2))
        assert retention.purge() == 1
    assert not Lead.objects.exists()
    assert AuditEvent.objects.get(action="leads.purged").after == {"number": 1}


def told(*arguments, **options):
    from io import StringIO

    said = StringIO()
    call_command(*arguments, stdout=said, **options)
    return said.getvalue()


def test_one_person_is_erased_by_their_email_and_nobody_else():
    take()
    take(email="bob@example.com")
    take(email="ada+x@example.com", message="With a plus in it.")

    assert json.loads(told("purge_leads", "--email", "ADA@example.com", "--dry-run", "--json")) == {
        "leads": 1, "dry_run": True,
    }  # fmt: skip
    assert Lead.objects.count() == 3
    assert "Erased 1 lead." in told("purge_leads", "--email", "ADA@example.com")
    assert sorted(Lead.objects.values_list("email", flat=True)) == [
        "ada+x@example.com", "bob@example.com",
    ]  # fmt: skip
    line = AuditEvent.objects.get(action="leads.erased")
    assert "ada" not in json.dumps([line.before, line.after, line.target_id]).lower()


def test_the_command_forgets_what_is_old():
    with time_machine.travel(timezone.now() - timedelta(days=400)):
        take()
    take(message="Of today, not older.")

    assert "Would delete 1 lead" in told("purge_leads", "--dry-run")
    assert Lead.objects.count() == 2
    assert "Deleted 1 lead" in told("purge_leads")
    assert Lead.objects.count() == 1


def test_the_command_writes_a_table_that_no_spreadsheet_runs(tmp_path):
    take(name="=cmd|' /C calc'!A0", message="+1 for the till, says\nAda", company="@sum")
    file = tmp_path / "leads.csv"

    assert "1 lead" in told("export_leads", "--output", str(file), "--kind", "contact")
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    text = raw.decode("utf-8-sig")
    assert "'=cmd|' /C calc'!A0" in text
    assert '"\'+1 for the till, says\nAda"' in text
    assert ",'@sum," in text
    assert AuditEvent.objects.get(action="leads.exported").after["number"] == 1
    rows = json.loads(told("export_leads", "--json"))
    assert [row["email"] for row in rows] == ["Ada@Example.com"]
    with pytest.raises(CommandError):
        told("export_leads", "--kind", "nonsense")


def test_many_leads_are_written_in_parts(django_assert_max_num_queries):
    from portal import tables

    for number in range(7):
        Lead.objects.create(
            kind="contact", email="a@example.com", mailbox="a@example.com", name=str(number),
            fingerprint=bytes([number]) * 32,
        )  # fmt: skip
    with django_assert_max_num_queries(5):
        parts = list(tables.leads(Lead.objects.all(), batch=3))

    assert len(parts) == 4
    assert b"".join(parts).count(b"\r\n") == 8
    assert connection.vendor in ("sqlite", "postgresql")
