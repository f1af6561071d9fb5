"""What a site may do, by the state of its licence.

Source: the table "What a site may do" of the licensing contract. ``state`` and ``allows`` are
pure; ``require`` asks the sites of a shop, ``asking`` and ``judge`` do so within a batch.

On a restaurant's own server all shops are of the one site that it is, whose licence is kept in
``License`` and lives by that row's clock (``licensing.clocks``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from core import statements
from core.statements import Call, Statement
from licensing.errors import SiteLocked, SiteRestricted

#: A licence is said to expire soon this long before it does.
WARNING = timedelta(days=30)

#: A site is out of contact this long after it last heard from the vendor.
SILENCE = timedelta(hours=9)

#: Sales that tills made before a lock, or before the licence or its grace ended, are waited for so
#: long; then it holds for all.
AWAITED = timedelta(days=7)


class State(StrEnum):
    """How far a site may go; each is stricter than the one before."""

    ACTIVE = "active"
    WARNING = "warning"
    RESTRICTED = "restricted"
    LOCKED = "locked"


class Action(StrEnum):
    """What a shop may want to do."""

    SETTLE = "settle"  # edit, settle, void, print open orders; finish a paid kiosk order
    CLOSE_BOOKS = "close_books"  # refund an earlier sale, close the shift, reports, export
    NEW_ORDER = "new_order"
    STOCK = "stock"  # count, receive, waste: facts about stock
    CATALOGUE = "catalogue"  # change catalogue or settings, pair a device
    SIGN_IN = "sign_in"  # sign in, re-check the licence, install an offline unlock file


#: What only a site in order may do; the rest is never refused.
NEEDS_LICENCE = frozenset({Action.NEW_ORDER, Action.CATALOGUE})


class Cause(StrEnum):
    """Why a site is not simply active."""

    LOCKED = "locked"
    INACTIVE = "inactive"
    EXPIRED = "expired"
    GRACE_OVER = "grace_over"
    RESTORED = "restored"  # an older state came back; it must hear from the vendor first
    EXPIRES = "expires"
    SILENT = "silent"  # out of contact, and grace runs


class SiteFacts(Protocol):
    """What the state of a site depends on."""

    @property
    def is_active(self) -> bool: ...
    @property
    def is_locked(self) -> bool: ...
    @property
    def lock_reason(self) -> str: ...
    @property
    def license_expires_at(self) -> datetime | None: ...
    @property
    def contact_email(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """A shop's state, and the site that it comes from.

    ``cause`` says why it is not simply active, ``until`` when that ends or gets worse.
    """

    state: State
    site: SiteFacts | None
    cause: Cause | None = None
    until: datetime | None = None


def state(site: SiteFacts, now: datetime, *, grace_ends_at: datetime | None = None) -> State:
    """The state of a site at ``now``.

    An expiry has no grace. Grace is for lost contact: ``grace_ends_at`` is ``None`` while the
    site is in contact.
    """
    return _standing(site, now, grace_ends_at).state


def _standing(site: SiteFacts, now: datetime, grace_ends_at: datetime | None) -> Standing:
    expires = site.license_expires_at
    if site.is_locked:
        return Standing(State.LOCKED, site, Cause.LOCKED)
    if not site.is_active:
        return Standing(State.RESTRICTED, site, Cause.INACTIVE)
    if expires is not None and expires <= now:
        return Standing(State.RESTRICTED, site, Cause.EXPIRED, expires)
    if grace_ends_at is not None:
        over = grace_ends_at <= now
        cause = Cause.GRACE_OVER if over else Cause.SILENT
        return Standing(State.RESTRICTED if over else State.WARNING, site, cause, grace_ends_at)
    if expires is not None and expires <= now + WARNING:
        return Standing(State.WARNING, site, Cause.EXPIRES, expires)
    return Standing(State.ACTIVE, site)


def allows(state: State, action: Action) -> bool:
    """Whether a site in this state may do this."""
    return state in (State.ACTIVE, State.WARNING) or action not in NEEDS_LICENCE


def standing(sites: Iterable[SiteFacts], now: datetime) -> Standing:
    """The strictest state among a shop's sites; a shop without a site is active."""
    order = list(State)
    found = [_of_kind(site, now) for site in sites]
    return max(
        found, key=lambda each: order.index(each.state), default=Standing(State.ACTIVE, None)
    )


def _of_kind(site: SiteFacts, now: datetime) -> Standing:
    # A registered site is in the vendor's own database: it is never out of contact.
    if getattr(site, "heard_at", None) is None:
        return _standing(site, now, None)
    return at_home(site, now)


def at_home(site: Any, now: datetime) -> Standing:
    """How the site of this server stands by what is kept of its licence. ``now`` is our clock's.

    Time never goes back: the latest it has ever been counts. Grace ends so long after the last
    word of the vendor, by that time.
    """
    now = _time_at_home(site, now)
    ends = site.heard_at + timedelta(seconds=site.grace_seconds)
    is_silent = now - site.heard_at > SILENCE or ends <= now
    found = _standing(site, now, ends if is_silent else None)
    if site.must_check_in and found.state in (State.ACTIVE, State.WARNING):
        return Standing(State.RESTRICTED, site, Cause.RESTORED)
    return found


def _time_at_home(site: Any, now: datetime) -> datetime:
    latest: datetime = site.high_water_at
    return max(now - timedelta(seconds=site.skew_seconds), latest)


FACTS: dict[str, type] = {
    "is_active": bool,
    "is_locked": bool,
    "lock_reason": str,
    "locked_at": datetime,
    "license_expires_at": datetime,
    "contact_email": str,
}

SITES = Statement(
    "sites",
    """
    SELECT site.is_active, site.is_locked, site.lock_reason, site.locked_at,
           site.license_expires_at, site.contact_email
    FROM licensing_site_shops AS link
    JOIN licensing_site AS site ON site.id = link.site_id
    WHERE link.shop_id = %(shop)s
    """,
    returns=FACTS,
)

# The site of this server, whichever the shop: one that is unknown here has no licence at all.
HERE = Statement(
    "site_here",
    """
    SELECT COALESCE(license.is_active, FALSE) AS is_active,
           COALESCE(license.is_locked, FALSE) AS is_locked,
           COALESCE(license.lock_reason, '') AS lock_reason,
           license.locked_at, license.license_expires_at,
           COALESCE(license.contact_email, '') AS contact_email,
           license.heard_at, license.grace_seconds, license.skew_seconds, license.high_water_at,
           license.must_check_in
    FROM (SELECT 1 AS one) AS here
    LEFT JOIN licensing_license AS license ON license.site_id = %(site)s
    """,
    returns=FACTS
    | {
        "heard_at": datetime,
        "grace_seconds": int,
        "skew_seconds": int,
        "high_water_at": datetime,
        "must_check_in": bool,
    },
)


def asking(shop_id: UUID) -> Call:
    """Ask for a shop's sites, as part of a batch; hand the answer to ``judge``."""
    if settings.ROLE == "shop" and settings.SITE_ID is not None:
        return HERE(site=settings.SITE_ID)
    return SITES(shop=shop_id)


def judge(sites: Iterable[SiteFacts], action: Action, now: datetime) -> None:
    """Refuse what these sites may not do. Raises ``SiteLocked`` or ``SiteRestricted``."""
    found = standing(sites, now)
    if found.site is None or allows(found.state, action):
        return
    contact = found.site.contact_email
    if found.state == State.LOCKED:
        raise SiteLocked(lock_reason=found.site.lock_reason, contact_email=contact)
    raise SiteRestricted(lock_reason="", contact_email=contact)


def judge_late(sites: Iterable[Any], action: Action, *, at: datetime, now: datetime) -> None:
    """Refuse a sale that was made at ``at``, by our clock as ``now`` is. Raises as ``judge``.

    A lock that was set later does not count, nor what time it has become since then; whatever
    else a site may not do holds under a lock, too. What was made more than ``AWAITED`` ago is
    judged as made then.
    """
    ago = min(now - at, AWAITED)
    judge([_then(site, ago, now) for site in sites], action, now - ago)


def _then(site: Any, ago: timedelta, now: datetime) -> Any:
    """The site as it counts for a sale of so long ago."""
    if getattr(site, "heard_at", None) is not None:
        now = _time_at_home(site, now)
        site = site._replace(high_water_at=now - ago)
    if not site.is_locked or site.locked_at is None:
        return site
    return site._replace(is_locked=site.locked_at <= now - ago)


def of(shop_id: UUID) -> Standing:
    """How a shop stands now."""
    return standing(statements.run(asking(shop_id))[0], timezone.now())


def require(shop_id: UUID, action: Action) -> None:
    """Refuse what the shop's sites may not do now. Raises as ``judge``."""
    judge(statements.run(asking(shop_id))[0], action, timezone.now())
