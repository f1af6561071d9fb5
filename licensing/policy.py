"""What a site may do, by the state of its licence.

Source: the table "What a site may do" of the licensing contract. ``state`` and ``allows`` are
pure; ``require`` asks the sites of a shop, ``asking`` and ``judge`` do so within a batch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.utils import timezone

from core import statements
from core.statements import Call, Statement
from licensing.errors import SiteLocked, SiteRestricted

#: A licence is said to expire soon this long before it does.
WARNING = timedelta(days=30)


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
    """A shop's state, and the site that it comes from."""

    state: State
    site: SiteFacts | None


def state(site: SiteFacts, now: datetime, *, grace_ends_at: datetime | None = None) -> State:
    """The state of a site at ``now``.

    An expiry has no grace. Grace is for lost contact: ``grace_ends_at`` is ``None`` while the
    site is in contact.
    """
    if site.is_locked:
        return State.LOCKED
    ends = [moment for moment in (site.license_expires_at, grace_ends_at) if moment is not None]
    if not site.is_active or any(moment <= now for moment in ends):
        return State.RESTRICTED
    expires = site.license_expires_at
    if grace_ends_at is not None or (expires is not None and expires <= now + WARNING):
        return State.WARNING
    return State.ACTIVE


def allows(state: State, action: Action) -> bool:
    """Whether a site in this state may do this."""
    return state in (State.ACTIVE, State.WARNING) or action not in NEEDS_LICENCE


def standing(sites: Iterable[SiteFacts], now: datetime) -> Standing:
    """The strictest state among a shop's sites; a shop without a site is active."""
    order = list(State)
    found = [Standing(state(site, now), site) for site in sites]
    return max(
        found, key=lambda each: order.index(each.state), default=Standing(State.ACTIVE, None)
    )


SITES = Statement(
    "sites",
    """
    SELECT site.is_active, site.is_locked, site.lock_reason, site.license_expires_at,
           site.contact_email, site.updated_at
    FROM licensing_site_shops AS link
    JOIN licensing_site AS site ON site.id = link.site_id
    WHERE link.shop_id = %(shop)s
    """,
    returns={
        "is_active": bool,
        "is_locked": bool,
        "lock_reason": str,
        "license_expires_at": datetime,
        "contact_email": str,
        "updated_at": datetime,
    },
)


def asking(shop_id: UUID) -> Call:
    """Ask for a shop's sites, as part of a batch; hand the answer to ``judge``."""
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


def of(shop_id: UUID) -> Standing:
    """How a shop stands now."""
    return standing(statements.run(asking(shop_id))[0], timezone.now())


def require(shop_id: UUID, action: Action) -> None:
    """Refuse what the shop's sites may not do now. Raises as ``judge``."""
    judge(statements.run(asking(shop_id))[0], action, timezone.now())
