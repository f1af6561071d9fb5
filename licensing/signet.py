"""The vendor's signing keys: the one that signs, and the one that will."""

from functools import lru_cache

from django.conf import settings

from licensing.errors import NoSigningKey
from licensing.verdicts import NextKey, SigningKey

__all__ = ["current", "find", "following", "published"]


def current() -> SigningKey:
    """The key that signs. Raises ``NoSigningKey``."""
    key = find()
    if key is None:
        raise NoSigningKey
    return key


def find() -> SigningKey | None:
    """The key that signs; ``None`` where nothing is signed."""
    kept = settings.LICENSE_SIGNING_KEY
    return _key(kept) if kept else None


def following() -> SigningKey | None:
    """The key that will sign: every verdict announces it, so that sites know it by then."""
    kept = settings.LICENSE_NEXT_SIGNING_KEY
    return _key(kept) if kept else None


def published() -> list[NextKey]:
    """The public halves of both, the one that signs first; none where nothing is signed."""
    kept = [settings.LICENSE_SIGNING_KEY, settings.LICENSE_NEXT_SIGNING_KEY]
    return [_key(seed).announced for seed in kept if seed]


@lru_cache(maxsize=4)
def _key(seed: str) -> SigningKey:
    return SigningKey.of(seed)
