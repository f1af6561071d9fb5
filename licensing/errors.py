"""What a shop may not do while its site is not in order; what the vendor's desk refuses.

A shop is never refused with 401 or 403: clients sign out on those.
"""

from core.errors import Conflict, DomainError, Locked, Unauthenticated, Unavailable

__all__ = [
    "AlreadyLocked",
    "BadSiteKey",
    "Disbelieved",
    "Endless",
    "NoSigningKey",
    "NotSellable",
    "SiteLocked",
    "SiteRestricted",
]


class SiteLocked(Locked):
    """The vendor has locked the site; the body says why and whom to ask."""

    code = "site_locked"

    def __init__(self, *, lock_reason: str, contact_email: str) -> None:
        why = f": {lock_reason.rstrip('. ')}" if lock_reason else ""
        super().__init__(
            f"This site is locked{why}. Open orders can be finished. "
            f"Call {contact_email or 'your vendor'}.",
            lock_reason=lock_reason,
            contact_email=contact_email,
        )


class SiteRestricted(Locked):
    """The licence has expired, the site is inactive or was out of contact for too long."""

    code = "site_restricted"

    def __init__(self, *, lock_reason: str, contact_email: str) -> None:
        super().__init__(
            "The licence of this site is not valid any more. Open orders can be finished. "
            f"Call {contact_email or 'your vendor'} to extend it.",
            lock_reason=lock_reason,
            contact_email=contact_email,
        )


class BadSiteKey(Unauthenticated):
    """An unknown site, a wrong key, a deleted site: nobody can tell which."""

    code = "bad_site_key"
    message = "This site and key do not belong together. Ask your vendor for the site's key."


class AlreadyLocked(Conflict):
    """The site is locked already, or will be as soon as it checks in."""

    code = "already_locked"
    message = "{name} is locked already. Unlock it first to give another reason."


class Endless(Conflict):
    """Days more of a licence that does not end would make it end."""

    code = "license_endless"
    message = "The licence of {name} does not end. Name a day if it shall."


class NotSellable(Conflict):
    """No file makes a site sell that may not: the file would say what is not so."""

    code = "site_not_in_order"
    message = "{name} is locked, inactive or expired. Unlock or extend it first."


class NoSigningKey(Unavailable):
    """This deployment signs no verdicts."""

    code = "no_signing_key"
    message = "This server has no key to sign with. Set LICENSE_SIGNING_KEY and try again."

    def __init__(self) -> None:
        super().__init__(retry_after=900)


class Disbelieved(DomainError):
    """A word that is not the vendor's newest to this site. It changes nothing."""

    code = "not_believed"
    message = "This changes nothing. {why}"
