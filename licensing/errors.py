"""What a shop may not do while its site is not in order.

Never 401 or 403: clients sign out on those.
"""

from core.errors import Locked

__all__ = ["SiteLocked", "SiteRestricted"]


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
