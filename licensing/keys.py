"""A site's key: 256 random bits, shown once, kept as SHA-256.

No slow hash: a slow one protects what people choose, and nobody guesses 256 random bits; a
million sites check in. Unknown, wrong and deleted cost and answer the same.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from core import statements
from core.statements import Call
from licensing.errors import BadSiteKey
from licensing.models import Site, SiteKey
from licensing.statements import FIRST_USE, KNOWN, RETIRE

__all__ = ["OVERLAP", "Claim", "again", "give", "holder", "renew", "using"]

#: The old key opens so long while the new one has not been used.
OVERLAP = timedelta(days=7)
#: A site has two keys at most: the one in use and the one to come.
KEYS = 2
LONGEST = 128  # characters; ours have 43
NOBODY = UUID(int=0)
NOTHING = bytes(32)
#: No caller knows it: how long a comparison takes says nothing of a digest.
SALT = secrets.token_bytes(16)


def give(site: Site) -> str:
    """Make the site's key and return it; only its digest is kept."""
    key = secrets.token_urlsafe(32)
    SiteKey.objects.create(site=site, digest=_digest(key))
    return key


def renew(site: Site) -> str:
    """As ``give``, for a site that has a key and whose row is held locked.

    The key in use opens until the new one is first used, ``OVERLAP`` at most; a key that was
    never used opens no more.
    """
    now = timezone.now()
    own = SiteKey.objects.filter(site=site)
    own.filter(Q(first_used_at=None) | Q(retires_at__lte=now)).delete()
    own.filter(retires_at=None).update(retires_at=now + OVERLAP)
    return give(site)


class Claim(NamedTuple):
    """Which site somebody says to be, and the digest of the key shown. It proves nothing yet."""

    site_id: UUID
    digest: bytes

    @classmethod
    def of(cls, site_id: str, key: str) -> "Claim":
        """What was sent, whatever it was: all of it is looked up and compared alike."""
        return cls(_uuid(site_id), _digest(key[:LONGEST]))

    def salted(self) -> tuple[bytes, bytes]:
        """A salt, and the digest's SHA-256 under it: for a comparison by the database."""
        return SALT, hashlib.sha256(self.digest + SALT).digest()


def holder(claim: Claim) -> Any:
    """The site that this id and key belong to, as ``KNOWN`` reads it. Raises ``BadSiteKey``.

    One read, then as many comparisons whatever it found.
    """
    found = statements.ask(KNOWN(site_id=claim.site_id, now=timezone.now()))[0]
    right = None
    for place in range(KEYS):
        row = found[place] if place < len(found) else None
        same = hmac.compare_digest(claim.digest, NOTHING if row is None else bytes(row.digest))
        if same and row is not None:
            right = row
    if right is None:
        raise BadSiteKey
    return right


def again(known: Any) -> Any:
    """Read the site anew: it changed since. Raises ``BadSiteKey`` if its key opens no more."""
    return holder(Claim(known.site_id, bytes(known.digest)))


def using(known: Any, *, now: datetime) -> tuple[Call, Call]:
    """Remember that a new key is in use, and drop the older: part of a heartbeat's batch."""
    return (
        FIRST_USE(key_id=known.key_id, now=now),
        RETIRE(key_id=known.key_id, id=known.id),
    )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def _uuid(text: str) -> UUID:
    """The id, or one that nobody has: no id is looked up as long as any other."""
    try:
        return UUID(text)
    except ValueError:
        return NOBODY
