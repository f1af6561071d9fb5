"""``rotate_credentials``: secrets under the newest key, or a word about those that are not."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts import otp
from accounts.models import Authenticator
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
