"""The word of the vendor in a file, for a site without a line: signed as a verdict is."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from core.database import verb
from core.errors import Invalid
from licensing import fleet, heartbeats, signet, verdicts
from licensing.errors import NotSellable
from licensing.models import SiteContact
from licensing.verdicts import Envelope, UnlockFile

__all__ = ["LONGEST", "issue"]

#: For how many days a file may be good at most.
LONGEST = 90


@verb
def issue(site_id: UUID, *, days: int, actor: Actor | None, reason: str = "") -> Envelope:
    """Sign that the site may sell for so many days without another word from us.

    Its ``seq`` is higher than any before: older verdicts and files are worth nothing beside it.
    Raises ``Missing``, ``Invalid``, ``NoSigningKey``, and ``NotSellable`` for a site that is locked,
    inactive or expired: unlock or extend it first, or it would lock at its next heartbeat.
    """
    if not 1 <= days <= LONGEST:
        raise Invalid(errors={"days": [f"Must be 1 to {LONGEST} days."]})
    key = signet.current()
    contacts = SiteContact.objects.filter(site__site_id=site_id)
    contacts.update(seq=F("seq") + SiteContact.LEAP)  # held until commit: no verdict gets the same
    site, now = fleet.get(site_id), timezone.now()
    if site.is_locked or not fleet.is_licensed(site, now):
        raise NotSellable(name=site.name)
    said = UnlockFile(
        kind="unlock",
        site_id=site.site_id,
        seq=site.contact.seq,
        issued_at=now,
        valid_until=now + timedelta(days=days),
        licensed=True,
        locked=False,
        lock_reason="",
        expires_at=site.license_expires_at,
        nonce=None,
        next_heartbeat_seconds=heartbeats.REGULARLY,
    )
    audit.record(
        "site.unlock_file_issued", site, shop=None, actor=actor, days=days, seq=said.seq,
        reason=reason,
    )  # fmt: skip
    return verdicts.sign(said, key=key)
