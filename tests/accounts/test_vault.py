"""Secrets at rest: read again by their owner's row alone, with any key of the ring."""

import logging

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from accounts import vault
from accounts.errors import SecretUnreadable
from core import ids, redaction

OWNER, ROW = ids.new(), ids.new()
HERE = {"purpose": "tests", "owner": OWNER, "row": ROW}
OLD, NEW = "old" * 12, "new" * 12


def test_a_sealed_secret_shows_nothing_and_opens_again():
    sealed = vault.seal("JBSWY3DPEHPK3PXP", **HERE)

    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert vault.unseal(sealed, **HERE) == "JBSWY3DPEHPK3PXP"
    assert vault.seal("JBSWY3DPEHPK3PXP", **HERE) != sealed


@pytest.mark.parametrize(
    "elsewhere", [{"owner": ids.new()}, {"row": ids.new()}, {"purpose": "other tests"}]
)
def test_it_opens_nowhere_else(elsewhere):
    sealed = vault.seal("secret", **HERE)

    with pytest.raises(SecretUnreadable):
        vault.unseal(sealed, **HERE | elsewhere)


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAAA", Fernet(Fernet.generate_key())])
def test_what_was_not_sealed_by_us_does_not_open(sealed):
    if isinstance(sealed, Fernet):
        sealed = sealed.encrypt(b"{}").decode()

    with pytest.raises(SecretUnreadable):
        vault.unseal(sealed, **HERE)


def test_a_changed_byte_does_not_open():
    sealed = vault.seal("secret", **HERE)
    middle = len(sealed) // 2
    other = "A" if sealed[middle] != "A" else "B"

    with pytest.raises(SecretUnreadable):
        vault.unseal(sealed[:middle] + other + sealed[middle + 1 :], **HERE)


def test_a_new_key_is_brought_in_and_the_old_one_dropped(settings):
    settings.CREDENTIAL_KEYS = [OLD]
    sealed = vault.seal("secret", **HERE)

    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert vault.unseal(sealed, **HERE) == "secret"
    assert not vault.is_current(sealed, purpose="tests")
    renewed = vault.renew(sealed, **HERE)
    assert vault.is_current(renewed, purpose="tests")

    settings.CREDENTIAL_KEYS = [NEW]
    assert vault.unseal(renewed, **HERE) == "secret"
    with pytest.raises(SecretUnreadable):
        vault.unseal(sealed, **HERE)


def test_without_a_key_nothing_is_sealed(settings):
    settings.CREDENTIAL_KEYS = []

    with pytest.raises(ImproperlyConfigured, match="CREDENTIAL_KEYS"):
        vault.seal("secret", **HERE)


def test_keys_and_secrets_reach_no_log_and_no_refusal(settings, caplog):
    settings.CREDENTIAL_KEYS = [OLD]
    sealed = vault.seal("canary-secret", **HERE)
    settings.CREDENTIAL_KEYS = [NEW]

    with caplog.at_level(logging.DEBUG), pytest.raises(SecretUnreadable) as refusal:
        vault.unseal(sealed, **HERE)

    for told in (caplog.text, str(refusal.value), repr(refusal.value.__cause__)):
        for hidden in (OLD, NEW, "canary-secret"):
            assert hidden not in told
    assert redaction.is_secret("CREDENTIAL_KEYS")
