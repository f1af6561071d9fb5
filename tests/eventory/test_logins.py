"""Logins: kept sealed, each for its owner and row; sealed anew without loss when keys change."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEvent
from core import ids
from core.errors import Missing
from eventory import logins
from eventory.errors import LoginUnreadable, TooManyLogins
from eventory.models import Login
from tests import factories
from tests.eventory.conftest import CANARY

NEW = "new" * 12
HOUR = timedelta(hours=1)


def with_token(row: Login, token: str = "t-1") -> Login:
    logins.keep_token(row, token=token, expires_at=timezone.now() + HOUR)
    row.refresh_from_db()
    return row


def test_a_password_lies_sealed_and_comes_back_to_sign_in(login):
    assert CANARY not in login.secret
    assert logins.password_of(login) == CANARY


def test_a_row_copied_to_another_owner_opens_nothing(login):
    thief = factories.person("thea")
    with_token(login)
    copy = Login(
        id=ids.new(), owner=thief, label="x", username="x", secret=login.secret,
        token=login.token, token_expires_at=login.token_expires_at,
    )  # fmt: skip
    copy.save()
    moved = Login.objects.get(pk=login.pk)
    moved.owner = thief

    for row in (copy, moved):
        with pytest.raises(LoginUnreadable):
            logins.password_of(row)
        assert logins.token_of(row) == ""


def test_a_token_is_kept_until_it_ends_and_lies_sealed(login):
    with_token(login, "canary-token")

    assert "canary-token" not in login.token
    assert logins.token_of(login) == "canary-token"
    with time_machine.travel(timezone.now() + HOUR):
        assert logins.token_of(login) == ""


@pytest.mark.parametrize("changed", [{"password": "another"}, {"username": "other"}])
def test_another_password_or_name_ends_the_token(login, user, changed):
    row = with_token(login)
    logins.change(row.pk, owner=user, **changed)

    row.refresh_from_db()
    assert (row.token, row.token_expires_at) == ("", None)


def test_another_label_keeps_it(login, user):
    row = with_token(login)
    logins.change(row.pk, owner=user, label="Side")

    row.refresh_from_db()
    assert logins.token_of(row) == "t-1"


def test_a_token_for_a_password_that_changed_meanwhile_is_not_kept(login, user):
    signing_in_with = Login.objects.get(pk=login.pk)
    logins.change(login.pk, owner=user, password="another")

    logins.keep_token(signing_in_with, token="late", expires_at=timezone.now() + HOUR)

    login.refresh_from_db()
    assert login.token == ""


def test_only_the_token_that_was_refused_is_dropped(login):
    old = with_token(login, "t-1")
    stale = Login.objects.get(pk=old.pk)
    fresh = with_token(login, "t-2")

    logins.drop_token(stale)

    fresh.refresh_from_db()
    assert logins.token_of(fresh) == "t-2"


def test_another_persons_login_is_unknown(login):
    rival = factories.person("rival")

    for verb in (logins.change, logins.remove):
        with pytest.raises(Missing):
            verb(login.pk, owner=rival)
    with pytest.raises(Missing):
        logins.pick(login.pk, owner_id=rival.pk)
    assert Login.objects.get().label == "Main"


def test_one_person_keeps_so_many(user, login, monkeypatch):
    monkeypatch.setattr(logins, "MOST", 1)

    with pytest.raises(TooManyLogins):
        logins.add(owner=user, label="x", username="x", password="x")

    assert Login.objects.count() == 1


def test_every_change_is_in_the_trail_without_a_secret(login, user):
    logins.change(login.pk, owner=user, password="canary-two", label="Side")
    with_token(Login.objects.get(), "canary-three")
    logins.remove(login.pk, owner=user)

    lines = AuditEvent.objects.order_by("id")
    assert [line.action for line in lines] == [
        "login.added", "login.changed", "login.signed_in", "login.removed",
    ]  # fmt: skip
    assert "canary" not in str([*lines.values()])
    assert lines[1].after == {
        "label": "Side", "username": "edda@site", "color": "", "resealed": True,
    }  # fmt: skip


# --- keys change ------------------------------------------------------------------------


def ring(settings, *keys: str) -> None:
    settings.CREDENTIAL_KEYS = [*keys]


@pytest.fixture
def old(settings) -> str:
    return settings.CREDENTIAL_KEYS[0]


def test_sealed_anew_the_old_key_can_go(login, settings, old):
    with_token(login)
    ring(settings, NEW, old)

    assert (logins.renew(dry_run=True).renewed, logins.renew().renewed) == (1, 1)
    assert logins.renew().renewed == 0

    ring(settings, NEW)
    row = Login.objects.get()
    assert (logins.password_of(row), logins.token_of(row)) == (CANARY, "t-1")
    assert (row.label, row.updated_at) == (login.label, login.updated_at)


def test_what_no_key_opens_is_marked_kept_and_comes_back_with_its_key(login, user, settings, old):
    other = logins.add(owner=user, label="Other", username="o", password="other-word")
    ring(settings, NEW, old)
    Login.objects.filter(pk=login.pk).update(secret=login.secret[:-8] + "AAAAAAA=")
    damaged = Login.objects.get(pk=login.pk)

    done = logins.renew()

    assert (done.renewed, done.unreadable, done.lost) == (1, (login.pk,), 1)
    row = Login.objects.get(pk=login.pk)
    assert row.unreadable_since is not None
    assert row.secret == damaged.secret
    again = logins.renew()
    assert (again.renewed, again.unreadable, again.lost) == (0, (login.pk,), 0)
    ring(settings, NEW)
    assert logins.password_of(Login.objects.get(pk=other.id)) == "other-word"
    with pytest.raises(LoginUnreadable):
        logins.password_of(row)

    Login.objects.filter(pk=login.pk).update(secret=login.secret)
    ring(settings, NEW, old)
    assert logins.renew().renewed == 1
    row.refresh_from_db()
    assert row.unreadable_since is None
    assert logins.password_of(row) == CANARY


def test_entering_the_password_anew_heals_a_marked_row(login, user, settings):
    ring(settings, NEW)
    assert logins.renew().lost == 1

    logins.change(login.pk, owner=user, password="anew")

    row = Login.objects.get()
    assert (logins.password_of(row), row.unreadable_since) == ("anew", None)


def test_a_token_that_no_key_opens_is_no_loss(login, settings, old):
    row = with_token(login)
    Login.objects.filter(pk=row.pk).update(token=row.token[:-8] + "AAAAAAA=")

    assert logins.renew().unreadable == ()

    row.refresh_from_db()
    assert (row.token, row.token_expires_at) == ("", None)


def test_a_dry_run_changes_nothing(login, settings, old):
    before = Login.objects.values().get()
    ring(settings, NEW)

    assert logins.renew(dry_run=True).lost == 1
    assert Login.objects.values().get() == before
