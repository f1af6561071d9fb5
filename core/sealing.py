"""Bytes that lie in the database and may be read with the server's key only."""

import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

__all__ = ["Unreadable", "fingerprint", "opened", "sealed"]


class Unreadable(Exception):
    """Sealed with another key than today's, or never."""


def sealed(what: bytes) -> bytes:
    """Return ``what`` so that nobody without the server's key can read it."""
    return _box(settings.SECRET_KEY).encrypt(what)


def opened(kept: bytes) -> bytes:
    """Return what was sealed. Raises ``Unreadable``."""
    try:
        return _box(settings.SECRET_KEY).decrypt(kept)
    except InvalidToken:
        raise Unreadable from None


def fingerprint(what: bytes) -> bytes:
    """A digest that nobody without the server's key can try passwords against."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"fingerprint of " + what, "sha256")


@lru_cache(maxsize=2)
def _box(secret: str) -> Fernet:
    return Fernet(urlsafe_b64encode(hmac.digest(secret.encode(), b"kept answers", "sha256")))
