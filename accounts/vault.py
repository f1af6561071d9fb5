"""Secrets that we must be able to read again, sealed at rest by the deployment's key ring.

A sealed secret names its owner and its row inside, so that one copied to another row opens
nothing. The first key of ``CREDENTIAL_KEYS`` seals, all of them open: bring a new one in at the
front, ``renew`` what is sealed, then drop the old one.
"""

import base64
from functools import lru_cache
from uuid import UUID

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.errors import SecretUnreadable

__all__ = ["is_current", "renew", "seal", "unseal"]


class Sealed(msgspec.Struct, frozen=True):
    """What is inside: the secret, whose it is and of which row."""

    owner: UUID
    row: UUID
    secret: str


def seal(secret: str, *, purpose: str, owner: UUID, row: UUID) -> str:
    """Encrypt a secret for a column. Each ``purpose`` has keys of its own."""
    inside = msgspec.json.encode(Sealed(owner, row, secret))
    return _ring(purpose).encrypt(inside).decode()


def unseal(sealed: str, *, purpose: str, owner: UUID, row: UUID) -> str:
    """Return the secret. Raises ``SecretUnreadable``: no key fits, or it belongs elsewhere."""
    return _open(sealed, purpose, owner, row).secret


def renew(sealed: str, *, purpose: str, owner: UUID, row: UUID) -> str:
    """Seal the same secret with the first key. Raises ``SecretUnreadable``."""
    secret = _open(sealed, purpose, owner, row).secret
    return seal(secret, purpose=purpose, owner=owner, row=row)


def is_current(sealed: str, *, purpose: str) -> bool:
    """Whether the first key sealed it."""
    try:
        _fernets(purpose, *_keys())[0].decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _open(sealed: str, purpose: str, owner: UUID, row: UUID) -> Sealed:
    try:
        inside = msgspec.json.decode(_ring(purpose).decrypt(sealed), type=Sealed)
    except (InvalidToken, msgspec.DecodeError):
        raise SecretUnreadable from None
    if (inside.owner, inside.row) != (owner, row):
        raise SecretUnreadable
    return inside


def _ring(purpose: str) -> MultiFernet:
    return MultiFernet(_fernets(purpose, *_keys()))


def _keys() -> list[str]:
    keys: list[str] = settings.CREDENTIAL_KEYS
    if not keys:
        raise ImproperlyConfigured("CREDENTIAL_KEYS: missing. Set a long random text.")
    return keys


@lru_cache(maxsize=16)
def _fernets(purpose: str, *keys: str) -> list[Fernet]:
    return [Fernet(_derived(key, purpose)) for key in keys]


def _derived(key: str, purpose: str) -> bytes:
    """Any long random text serves as a key; another purpose makes another key of it."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"countertop " + purpose.encode())
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
