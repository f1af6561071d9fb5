"""All sites at a glance: how each stands, which stand so, how many.

A site has two states: of its licence (``Status``) and of the line to it (``Connection``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from core import searching
from core.errors import Invalid, Missing
from licensing.models import Command, Site

__all__ = [
    "DARK",
    "EXPIRING",
    "FEW",
    "LATE",
    "OFFLINE",
    "SHOWN",
    "Connection",
    "Status",
    "connection",
    "counts",
    "find",
    "get",
    "is_licensed",
    "listed",
    "named",
    "shops_named",
    "standing",
    "status",
]

#: Unheard of for so long, a site is late, offline, dark.
LATE = timedelta(hours=9)
OFFLINE = timedelta(hours=24)
DARK = timedelta(hours=72)
#: A licence that ends within this time is expiring.
EXPIRING = timedelta(days=30)
#: So many sites of shops that are called alike are looked up by their keys.
FEW = 1000
#: How many heartbeats and commands a site's own row shows.
SHOWN = 20


class Status(StrEnum):
    """How a site's licence stands; whichever comes first counts."""

    LOCKED = "locked"
    INACTIVE = "inactive"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    ACTIVE = "active"


class Connection(StrEnum):
    """When a site was last heard of."""

    NEVER = "never"
    ONLINE = "online"
    LATE = "late"
    OFFLINE = "offline"


def status(site: Site, now: datetime) -> Status:
    """How the licence of a site stands at ``now``."""
    expires = site.license_expires_at
    if site.is_locked:
        return Status.LOCKED
    if not site.is_active:
        return Status.INACTIVE
    if expires is not None and expires <= now:
        return Status.EXPIRED
    if expires is not None and expires <= now + EXPIRING:
        return Status.EXPIRING
    return Status.ACTIVE


def is_licensed(site: Any, now: datetime) -> bool:
    """Whether a site's licence holds; whether it is locked is another question."""
    expires = site.license_expires_at
    return bool(site.is_active and (expires is None or expires > now))


def connection(last_seen_at: datetime | None, now: datetime) -> Connection:
    """How the line to a site stands at ``now``."""
    if last_seen_at is None:
        return Connection.NEVER
    silence = now - last_seen_at
    if silence >= OFFLINE:
        return Connection.OFFLINE
    return Connection.LATE if silence >= LATE else Connection.ONLINE


def standing(word: str, now: datetime) -> Q:
    """Which sites stand so: a word of ``Status`` or of ``Connection``. Raises ``Invalid``."""
    try:
        return _standings(now)[word]
    except KeyError:
        words = ", ".join([*Status, *Connection])
        raise Invalid(errors={"status": [f"Must be one of: {words}."]}) from None


def _standings(now: datetime) -> dict[str, Q]:
    in_order = Q(is_locked=False, is_active=True)
    over, soon = Q(license_expires_at__lte=now), Q(license_expires_at__lte=now + EXPIRING)
    late, offline = now - LATE, now - OFFLINE
    return {
        Status.LOCKED: Q(is_locked=True),
        Status.INACTIVE: Q(is_locked=False, is_active=False),
        Status.EXPIRED: in_order & over,
        Status.EXPIRING: in_order & Q(license_expires_at__gt=now) & soon,
        Status.ACTIVE: in_order
        & (Q(license_expires_at=None) | Q(license_expires_at__gt=now + EXPIRING)),
        # Every site has a contact. Said, it is no outer join, which a million sites feel.
        Connection.NEVER: Q(contact__seq__gte=0, contact__last_seen_at=None),
        Connection.ONLINE: Q(contact__last_seen_at__gt=late),
        Connection.LATE: Q(contact__last_seen_at__lte=late, contact__last_seen_at__gt=offline),
        Connection.OFFLINE: Q(contact__last_seen_at__lte=offline),
    }


def counts(now: datetime) -> dict[str, int]:
    """How many sites stand how, by each word; all of them as ``sites``, ``pending`` commands too."""
    known = Site.objects.known()
    asked = {str(word): Count("pk", filter=where) for word, where in _standings(now).items()}
    found = known.aggregate(sites=Count("pk"), **asked)
    waiting = Command.objects.pending().filter(site__deleted_at=None)
    return found | {"pending": waiting.count()}


def find(*, words: str = "", standings: Sequence[str] = ()) -> QuerySet[Site]:
    """Sites that are ``named`` so, by how they stand.

    Standings of one kind are alternatives: late or offline, and locked. Raises ``Invalid``.
    """
    now = timezone.now()
    found = listed().filter(named(words))
    for kind in (Connection, Status):
        either = Q()
        for word in standings:
            asked = standing(word, now)
            if word in list(kind):
                either |= asked
        found = found.filter(either)
    return found


def named(words: str) -> Q:
    """Sites with each of the words in their name, owner or e-mail, or in the name of one of their
    shops; or the one of this id. Parts of words will do; without a word, all sites. It asks for the
    shops at once.
    """
    if not words.strip():
        return Q()
    try:
        return Q(site_id=UUID(words.strip()))
    except ValueError:
        own = searching.holds(words, "name", "owner_name", "contact_email")
    # Keys can be looked up beside the words' index, where a query inside would have every site read.
    theirs = shops_named(words)
    few = list(theirs[: FEW + 1])
    return own | Q(pk__in=few if len(few) <= FEW else theirs)


def shops_named(words: str) -> QuerySet[Any]:
    """The keys of sites, each once for every shop of theirs that is called so."""
    called = searching.holds(words, "shop__name")
    return Site.shops.through.objects.filter(called).values_list("site_id", flat=True)


def listed() -> QuerySet[Site]:
    """Sites with what ``facts.read`` needs of each, deleted ones left out; in no order."""
    pending = Command.objects.pending().select_related("requested_by")
    return (
        Site.objects.known()
        .select_related("contact")
        .prefetch_related("shops", Prefetch("commands", queryset=pending))
    )


def get(site_id: UUID) -> Site:
    """A site with what ``facts.read`` needs. Raises ``Missing``, for a deleted one too."""
    site = listed().filter(site_id=site_id).first()
    if site is None:
        raise Missing
    return site
