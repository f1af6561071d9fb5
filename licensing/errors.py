"""What a shop may not do while its site is not in order. Never 401 or 403: clients sign out on those."""

from core.errors import Locked


class SiteLocked(Locked):
    """``lock_reason`` and ``contact_email`` say why, and whom to ask."""

    code = "site_locked"
    message = (
        "This site is locked: {lock_reason} Open orders can be finished. Call {contact_email}."
    )


class SiteRestricted(Locked):
    """The licence has expired or the site is inactive."""

    code = "site_restricted"
    message = (
        "The licence of this site is not valid any more. Open orders can be finished. "
        "Call {contact_email} to extend it."
    )
