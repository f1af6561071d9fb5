"""Whom a site believes: the vendor's public keys, and those that they announced.

Keys come from ``LICENSE_PUBLIC_KEYS``, else from the vendor's server at the first check-in. A
later key is believed because a verdict signed by a believed one announces it; that verdict is
kept, and proves it anew every time.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from licensing import verdicts
from licensing.models import License
from licensing.verdicts import Envelope, NextKey, Untrusted

__all__ = ["announce", "of", "pins", "recall"]

#: Keys change once in years; whatever is longer is not kept.
MOST = 20


def pins() -> bool:
    """Whether the vendor's keys are configured, so that no server is asked for them."""
    return bool(settings.LICENSE_PUBLIC_KEYS)


def of(licence: License, pinned: Sequence[str] | None = None) -> dict[str, Ed25519PublicKey]:
    """Every key that this site believes, by its name. Raises ``verdicts.BadKey``."""
    named = settings.LICENSE_PUBLIC_KEYS or licence.trusted_keys or pinned or ()
    found = verdicts.public_keys(named)
    for kept in licence.announcements:
        try:
            said = verdicts.verify(Envelope(**kept), keys=found, site_id=licence.site_id)
            if isinstance(said.next_key, NextKey):
                found |= verdicts.public_keys([said.next_key.public_key])
        except (Untrusted, TypeError, verdicts.BadKey):
            continue  # it is proven no more: the key it rests on was taken away
    return found


def announce(licence: License, said: Envelope, following: NextKey) -> None:
    """Keep the verdict that announces this key, if the key is new."""
    if following.key_id in of(licence):
        return
    kept = {"verdict": said.verdict, "signature": said.signature, "key_id": said.key_id}
    licence.announcements = [*licence.announcements, kept][-MOST:]


def recall(licence: License, announcements: Sequence[dict[str, str]]) -> None:
    """Take up verdicts that were kept before an older state came back; they prove themselves."""
    lost = [each for each in announcements if each not in licence.announcements]
    licence.announcements = [*licence.announcements, *lost][-MOST:]
