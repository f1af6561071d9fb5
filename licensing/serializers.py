"""What the vendor's desk may send of a site, and what a site says when it checks in."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from core.errors import Invalid
from core.structs import Line
from licensing import facts, heartbeats

__all__ = [
    "READ_ONLY",
    "Beat",
    "ChangeSite",
    "LockSite",
    "NewSite",
    "UnlockSite",
    "fields",
]

#: No licence ends later, and no clock is so far off.
FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

Moment = Annotated[datetime, Meta(tz=True)]
Name = Annotated[Line, Meta(min_length=1, max_length=255)]
Text255 = Annotated[Line, Meta(max_length=255)]
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s.]+\Z")
]
Reason = Annotated[Line, Meta(max_length=500)]
Days = Annotated[int, Meta(ge=0, le=366)]
Ids = Annotated[list[UUID], Meta(max_length=500)]
Count = Annotated[int, Meta(ge=0, le=2**62)]


class NewSite(Struct, forbid_unknown_fields=True):
    """A site to register. Without `license_expires_at` its licence does not end."""

    name: Name
    owner_name: Text255 = ""
    contact_email: Email | UnsetType = UNSET
    license_expires_at: Moment | None = None
    grace_days: Days = 7
    is_active: bool = True
    watched_until: Moment | None = None
    shop_ids: Ids = []


class ChangeSite(Struct, forbid_unknown_fields=True):
    """What to change of a site; what is left out stays. `null` ends a time: never, not watched."""

    name: Name | UnsetType = UNSET
    owner_name: Text255 | UnsetType = UNSET
    contact_email: Email | UnsetType = UNSET
    license_expires_at: Moment | UnsetType | None = UNSET
    grace_days: Days | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    watched_until: Moment | UnsetType | None = UNSET
    shop_ids: Ids | UnsetType = UNSET


class LockSite(Struct, forbid_unknown_fields=True):
    """Why: the people at the counter will read it."""

    reason: Annotated[Reason, Meta(min_length=1)]


class UnlockSite(Struct, forbid_unknown_fields=True):
    """Why, for the trail."""

    reason: Reason = ""


class Beat(Struct):
    """What a site says; what we do not know is ignored.

    `applied_seq` is the `seq` of the last verdict it has acted on; `nonce` comes back signed.
    """

    version: Annotated[Line, Meta(max_length=60)]
    uptime_seconds: Count
    nonce: Annotated[str, Meta(max_length=255)] | None = None
    applied_seq: Count | None = None
    site_time: Moment | None = None

    def read(self) -> heartbeats.Beat:
        """As the noun wants it. Raises ``Invalid``."""
        _in_range("site_time", self.site_time)
        return heartbeats.Beat(**structs.asdict(self))


#: Keys of a site's own row that may come back and have no effect.
READ_ONLY = frozenset(facts.SiteDetail.__struct_fields__) - {
    *NewSite.__struct_fields__,
    *ChangeSite.__struct_fields__,
}


def fields(wish: NewSite | ChangeSite) -> dict[str, Any]:
    """What was sent, by name. Raises ``Invalid``."""
    sent = {
        name: value
        for name in wish.__struct_fields__
        if (value := getattr(wish, name)) is not UNSET
    }
    for name in ("license_expires_at", "watched_until"):
        _in_range(name, sent.get(name))
    return sent


def _in_range(name: str, moment: datetime | None) -> None:
    if moment is not None and not FIRST <= moment <= LAST:
        raise Invalid(errors={name: ["Must be a time of this age."]})
