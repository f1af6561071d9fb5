"""What lies sealed in the database is read with the server's key only."""

import pytest

from core import sealing


def test_sealed_bytes_open_again_and_show_nothing():
    kept = sealing.sealed(b'{"access_token": "x"}')

    assert b"access_token" not in kept
    assert sealing.opened(kept) == b'{"access_token": "x"}'


def test_another_key_opens_nothing(settings):
    kept = sealing.sealed(b"x")
    settings.SECRET_KEY = "another" * 8

    with pytest.raises(sealing.Unreadable):
        sealing.opened(kept)


@pytest.mark.parametrize("kept", [b"", b"plain", b"\xff" * 100])
def test_what_was_never_sealed_does_not_open(kept):
    with pytest.raises(sealing.Unreadable):
        sealing.opened(kept)


def test_a_fingerprint_takes_the_servers_key(settings):
    first = sealing.fingerprint(b"x")

    assert len(first) == 32
    assert sealing.fingerprint(b"x") == first != sealing.fingerprint(b"y")
    settings.SECRET_KEY = "another" * 8
    assert sealing.fingerprint(b"x") != first
