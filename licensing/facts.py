"""What is read of a site: the rows of the API, of events and of commands, in one shape."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from msgspec import Struct, structs

from core import wire
from licensing import fleet
from licensing.models import Command, Heartbeat, Site, SiteContact

__all__ = [
    "CommandFact",
    "HeartbeatFact",
    "NewKey",
    "Registered",
    "SiteDetail",
    "SiteFact",
    "SiteNotice",
    "detail",
    "encode",
    "heartbeats",
    "notice",
    "read",
    "registered",
]

encode = wire.encode


class CommandFact(Struct, kw_only=True):
    """A lock or unlock: asked for, delivered in a verdict, acknowledged by the site."""

    kind: str
    reason: str
    requested_by: str | None
    requested_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    superseded_at: datetime | None


class HeartbeatFact(Struct, kw_only=True):
    """A heartbeat that history kept; the first of a list is the last there was."""

    at: datetime
    seq: int
    version: str
    uptime_seconds: int
    clock_skew_seconds: int | None
    licensed: bool
    locked: bool


class SiteFact(Struct, kw_only=True):
    """A site. ``status`` is its licence, ``connection`` when it was last heard of.

    ``is_locked`` is what is wanted; ``pending_command`` is what the site has not acknowledged.
    """

    id: UUID
    site_id: UUID
    name: str
    owner_name: str
    contact_email: str
    status: str
    connection: str
    is_active: bool
    is_locked: bool
    lock_reason: str
    locked_at: datetime | None
    license_expires_at: datetime | None
    grace_days: int
    watched_until: datetime | None
    last_seen_at: datetime | None
    last_seen_ip: str
    version: str
    uptime_seconds: int
    clock_skew_seconds: int | None
    seq: int
    applied_seq: int
    pending_command: CommandFact | None
    shop_ids: list[UUID]
    created_at: datetime
    updated_at: datetime


class SiteDetail(SiteFact, kw_only=True):
    """A site with its last heartbeats and its locks and unlocks, newest first."""

    heartbeats: list[HeartbeatFact]
    commands: list[CommandFact]


class Registered(SiteFact, kw_only=True):
    """A new site with its key, which is shown this once."""

    secret_key: str


class NewKey(Struct, kw_only=True):
    """A site's new key, which is shown this once."""

    secret_key: str


class SiteNotice(Struct, kw_only=True):
    """What a shop's screens are told of its site."""

    site_id: UUID
    is_locked: bool
    lock_reason: str
    contact_email: str


def notice(site: Site) -> SiteNotice:
    """What ``site_locked`` and ``site_unlocked`` say."""
    return SiteNotice(
        site_id=site.site_id,
        is_locked=site.is_locked,
        lock_reason=site.lock_reason,
        contact_email=site.contact_email,
    )


def read(site: Site) -> SiteFact:
    """A site's row; ask for it as ``fleet.listed`` does."""
    return SiteFact(**_row(site))


def detail(site: Site) -> SiteDetail:
    """A site's row with its history."""
    # not ``site.commands``, of which ``fleet.listed`` has read the pending one only
    history = (
        Command.objects.filter(site=site)
        .select_related("requested_by")
        .order_by("-requested_at", "-pk")
    )
    return SiteDetail(
        **_row(site),
        heartbeats=heartbeats(site),
        commands=[_command(one) for one in history[: fleet.SHOWN]],
    )


def heartbeats(site: Site) -> list[HeartbeatFact]:
    """The heartbeats that history kept, newest first; the first is the last there was."""
    kept = list(site.heartbeats.order_by("-at", "-seq")[: fleet.SHOWN])
    contact: SiteContact | None = getattr(site, "contact", None)
    last = None if contact is None else _last(contact)
    if last is not None and (not kept or kept[0].at < last.at):
        kept = [last, *kept][: fleet.SHOWN]
    return [_heartbeat(one) for one in kept]


def registered(site: Site, secret_key: str) -> Registered:
    """What whoever registers a site sees, this once."""
    return Registered(**structs.asdict(read(site)), secret_key=secret_key)


def _row(site: Site) -> dict[str, Any]:
    now, contact = timezone.now(), site.contact
    pending = [one for one in site.commands.all() if one.is_pending]
    return {
        "id": site.site_id,
        "site_id": site.site_id,
        "name": site.name,
        "owner_name": site.owner_name,
        "contact_email": site.contact_email,
        "status": fleet.status(site, now).value,
        "connection": fleet.connection(contact.last_seen_at, now).value,
        "is_active": site.is_active,
        "is_locked": site.is_locked,
        "lock_reason": site.lock_reason,
        "locked_at": site.locked_at,
        "license_expires_at": site.license_expires_at,
        "grace_days": site.grace_days,
        "watched_until": site.watched_until,
        "last_seen_at": contact.last_seen_at,
        "last_seen_ip": contact.address,
        "version": contact.version,
        "uptime_seconds": contact.uptime_seconds,
        "clock_skew_seconds": contact.clock_skew_seconds,
        "seq": contact.seq,
        "applied_seq": contact.applied_seq,
        "pending_command": _command(pending[0]) if pending else None,
        "shop_ids": sorted(shop.pk for shop in site.shops.all()),
        "created_at": site.created_at,
        "updated_at": site.updated_at,
    }


def _last(contact: SiteContact) -> Heartbeat | None:
    """The last heartbeat, which history need not have kept."""
    if contact.last_seen_at is None:
        return None
    return Heartbeat(
        at=contact.last_seen_at,
        seq=contact.seq,
        version=contact.version,
        uptime_seconds=contact.uptime_seconds,
        clock_skew_seconds=contact.clock_skew_seconds,
        is_licensed=contact.is_licensed,
        is_locked=contact.is_locked,
    )


def _command(command: Command) -> CommandFact:
    by = command.requested_by
    return CommandFact(
        kind=command.kind,
        reason=command.reason,
        requested_by=None if by is None else str(by),
        requested_at=command.requested_at,
        delivered_at=command.delivered_at,
        acknowledged_at=command.acknowledged_at,
        superseded_at=command.superseded_at,
    )


def _heartbeat(heartbeat: Heartbeat) -> HeartbeatFact:
    return HeartbeatFact(
        at=heartbeat.at,
        seq=heartbeat.seq,
        version=heartbeat.version,
        uptime_seconds=heartbeat.uptime_seconds,
        clock_skew_seconds=heartbeat.clock_skew_seconds,
        licensed=heartbeat.is_licensed,
        locked=heartbeat.is_locked,
    )
