"""``rotate_credentials``: secrets under the newest key, or a word about those that are not."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts import otp
from accounts.models import Authenticator
from eventory import logins
from eventory.models import Login
from tests import factories

NEW = "new" * 12


@pytest.fixture
def secret(owner):
    return factories.enrolled(owner)


def rotate(*options) -> str:
    said = io.StringIO()
    call_command("rotate_credentials", *options, stdout=said, no_color=True)
    return said.getvalue()


def test_the_old_key_can_go_after_it(owner, secret, settings):
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]

    assert rotate() == "Sealed 1 secrets anew.\n"
    assert rotate("--check") == "No secret needs an older key.\n"

    settings.CREDENTIAL_KEYS = [NEW]
    otp.verify(user_id=owner.pk, code=factories.code_of(secret))


def test_checking_changes_nothing(secret, settings):
    before = Authenticator.objects.get().secret
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]

    with pytest.raises(CommandError, match="1 secrets need an older key"):
        rotate("--check")

    assert Authenticator.objects.get().secret == before


def test_a_key_dropped_too_early_is_asked_for_and_nothing_changes(secret, sysadmin, settings):
    settings.CREDENTIAL_KEYS = [NEW]
    factories.enrolled(sysadmin)
    before = set(Authenticator.objects.values_list("secret", flat=True))

    with pytest.raises(CommandError, match="Put it back"):
        rotate()

    assert set(Authenticator.objects.values_list("secret", flat=True)) == before


# --- logins at Eventory: what no key opens is marked, the others are renewed ---------------


@pytest.fixture
def login(owner):
    return logins.add(owner=owner, label="Main", username="olga", password="canary-word")


def test_logins_are_sealed_anew_too(login, secret, settings):
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]

    with pytest.raises(CommandError, match="2 secrets need an older key"):
        rotate("--check")
    assert json.loads(rotate("--json")) == {"renewed": 2, "unreadable": []}
    assert rotate("--dry-run") == "No secret needs an older key.\n"

    settings.CREDENTIAL_KEYS = [NEW]
    assert logins.password_of(Login.objects.get()) == "canary-word"


def test_an_unreadable_login_is_named_once_and_stays(login, owner, settings):
    old = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [NEW]
    readable = logins.add(owner=owner, label="Side", username="olga", password="other-word")

    with pytest.raises(CommandError, match=r"1 logins .* key that CREDENTIAL_KEYS does not hold"):
        rotate("--check")
    assert not Login.objects.exclude(unreadable_since=None).exists()
    with pytest.raises(CommandError, match=r"Sealed 0 secrets anew\. 1 logins"):
        rotate()
    assert Login.objects.exclude(unreadable_since=None).get().pk == login.id
    assert rotate() == f"Unreadable logins: {login.id}\nSealed 0 secrets anew.\n"

    settings.CREDENTIAL_KEYS = [NEW, *old]
    assert rotate() == "Sealed 1 secrets anew.\n"
    assert {logins.password_of(row) for row in Login.objects.all()} == {
        "canary-word",
        "other-word",
    }
    assert Login.objects.filter(pk=readable.id, unreadable_since=None).exists()
