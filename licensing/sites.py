"""Sites: registered, changed, locked and unlocked, given a new key, deleted.

Every verb holds the site's row, and raises the ``revision`` of its contact if a verdict now says
something else: a heartbeat that read the site before is answered anew.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from core.database import verb
from core.errors import Invalid, Missing
from core.idempotency import EACH_TIME, Once
from licensing import facts, fleet, keys, shops
from licensing.errors import AlreadyLocked, Endless
from licensing.models import Command, Site, SiteContact
from live import nudges, outbox
from live.outbox import Change

__all__ = [
    "WATCHED",
    "Registered",
    "change",
    "delete",
    "extend",
    "lock",
    "register",
    "rotate_key",
    "unlock",
    "watch",
]

#: What ``register`` and ``change`` may set as it stands.
PLAIN = (
    "name",
    "owner_name",
    "contact_email",
    "is_active",
    "license_expires_at",
    "grace_days",
    "watched_until",
)
#: No licence ends later.
LAST = datetime(9000, 1, 1, tzinfo=UTC)
#: What is longer might make a verdict that no site reads.
LONGEST_REASON = 500
#: How long a site is watched unless said otherwise.
WATCHED = timedelta(hours=24)


class Registered(NamedTuple):
    """A site and its key, which is nowhere else."""

    site: Site
    secret_key: str


@verb
def register(
    *,
    actor: Actor | None,
    fields: Mapping[str, Any],
    reason: str = "",
    once: Once = EACH_TIME,
) -> Registered:
    """Add a site, and make its key, which is shown and nowhere kept.

    ``fields``: those of ``PLAIN``, ``name`` among them, and ``shop_ids``, the shops that sell
    under it on this server. Raises ``Invalid`` for a shop that is not there.
    """
    once.claim()
    site = Site(**{name: fields[name] for name in PLAIN if name in fields})
    site.save(force_insert=True)
    SiteContact.objects.create(site=site, is_counted=site.is_active)
    shops.give(site, fields.get("shop_ids", ()))
    key = keys.give(site)
    audit.record(
        "site.registered", site, shop=None, actor=actor, after=_summary(site), reason=reason
    )
    site = fleet.get(site.site_id)
    once.keep(201, facts.encode(facts.registered(site, key)))
    return Registered(site, key)


@verb
def change(
    site_id: UUID,
    *,
    actor: Actor | None,
    fields: Mapping[str, Any],
    reason: str = "",
    once: Once = EACH_TIME,
) -> Site:
    """Change some of a site's fields, named as in ``register``; what is not named stays.

    Raises ``Missing``, and ``Invalid`` for a shop that is not there.
    """
    once.claim()
    return _change(_held(site_id), fields, reason=reason, actor=actor, once=once)


@verb
def extend(
    site_id: UUID,
    *,
    actor: Actor | None,
    until: datetime | None = None,
    days: int | None = None,
    reason: str = "",
    once: Once = EACH_TIME,
) -> Site:
    """Let the licence end at ``until``, never (``None``), or so many ``days`` later than it would.

    Days count from its end, or from now where it has ended; two who add days at once add both.
    Raises ``Missing``, ``Endless`` for days more of a licence that does not end.
    """
    once.claim()
    site = _held(site_id)
    end = until if days is None else _later(site, days)
    fields = {"license_expires_at": end}
    return _change(site, fields, reason=reason, actor=actor, once=once)


def watch(
    site_id: UUID,
    *,
    actor: Actor | None,
    until: datetime | None = None,
    reason: str = "",
    once: Once = EACH_TIME,
) -> Site:
    """Have the site call every quarter of an hour until then, a day if nothing is said.

    Raises ``Missing``.
    """
    fields = {"watched_until": until or timezone.now() + WATCHED}
    return change(site_id, actor=actor, fields=fields, reason=reason, once=once)


@verb
def delete(site_id: UUID, *, actor: Actor | None, reason: str = "", once: Once = EACH_TIME) -> None:
    """Take a site off the desk: its key opens no more, its shops here open no new orders.

    Its row stays for the books, and its shops free for another site; those that another has are
    that one's alone. Raises ``Missing``.
    """
    once.claim()
    site = _held(site_id)
    site.deleted_at, site.is_active = timezone.now(), False
    site.save(update_fields=["deleted_at", "is_active", "updated_at"])
    _revise(site, is_counted=False, has_command=False)
    _hush(site, site.deleted_at)
    site.keys.all().delete()
    site.commands.pending().update(superseded_at=site.deleted_at)
    before = _summary(site)
    shops.free(site)
    audit.record("site.deleted", site, shop=None, actor=actor, before=before, reason=reason)
    once.keep(204, b"")


@verb
def lock(site_id: UUID, *, reason: str, actor: Actor | None, once: Once = EACH_TIME) -> Site:
    """Want the site locked: from its next heartbeat it opens no new orders; its shops here at once.

    Raises ``Missing``, ``Invalid`` without a reason, ``AlreadyLocked`` if that is wanted
    already, whether or not the site knows.
    """
    if not reason.strip():
        raise Invalid(errors={"reason": ["Say why: the people at the counter will read it."]})
    if len(reason) > LONGEST_REASON:
        raise Invalid(errors={"reason": [f"At most {LONGEST_REASON} characters."]})
    once.claim()
    site = _held(site_id)
    if site.is_locked:
        raise AlreadyLocked(name=site.name)
    site.is_locked, site.lock_reason, site.locked_at = True, reason.strip(), timezone.now()
    return _command(site, Command.Kind.LOCK, reason=site.lock_reason, actor=actor, once=once)


@verb
def unlock(site_id: UUID, *, actor: Actor | None, reason: str = "", once: Once = EACH_TIME) -> Site:
    """Want the site unlocked, from its next heartbeat; its shops here at once.

    Nothing happens to a site that nobody wants locked. Raises ``Missing``.
    """
    once.claim()
    site = _held(site_id)
    if not site.is_locked:
        site = fleet.get(site_id)
        once.keep(200, facts.encode(facts.detail(site)))
        return site
    site.is_locked, site.lock_reason, site.locked_at = False, "", None
    return _command(site, Command.Kind.UNLOCK, reason=reason.strip(), actor=actor, once=once)


@verb
def rotate_key(
    site_id: UUID, *, actor: Actor | None, reason: str = "", once: Once = EACH_TIME
) -> str:
    """Make the site a new key, which is shown and nowhere kept.

    The old one opens until the new one is first used, ``keys.OVERLAP`` at most. Raises
    ``Missing``.
    """
    once.claim()
    site = _held(site_id)
    key = keys.renew(site)
    audit.record("site.key_rotated", site, shop=None, actor=actor, reason=reason)
    once.keep(200, facts.encode(facts.NewKey(secret_key=key)))
    return key


def _later(site: Site, days: int) -> datetime:
    """When its licence ends, so many days later. Raises ``Endless``, ``Invalid`` past all time."""
    if site.license_expires_at is None:
        raise Endless(name=site.name)
    end = max(site.license_expires_at, timezone.now()) + timedelta(days=days)
    if end > LAST:
        raise Invalid(errors={"days": ["Must end in this age."]})
    return end


def _change(
    site: Site, fields: Mapping[str, Any], *, reason: str, actor: Actor | None, once: Once
) -> Site:
    """Set these fields of a site that is held."""
    before = _summary(site)
    for name in PLAIN:
        if name in fields:
            setattr(site, name, fields[name])
    site.save()
    if "shop_ids" in fields:
        shops.give(site, fields["shop_ids"])
    _revise(site, is_counted=site.is_active)
    if not site.is_active:
        _hush(site, timezone.now())
    after = _summary(site)
    audit.record(
        "site.changed",
        site,
        shop=None,
        actor=actor,
        before={name: value for name, value in before.items() if after[name] != value},
        after={name: value for name, value in after.items() if before[name] != value},
        reason=reason,
    )
    site = fleet.get(site.site_id)
    once.keep(200, facts.encode(facts.detail(site)))
    return site


def _command(
    site: Site, kind: Command.Kind, *, reason: str, actor: Actor | None, once: Once
) -> Site:
    """Write down what is wanted, and tell the site and its shops."""
    now = timezone.now()
    site.save(update_fields=["is_locked", "lock_reason", "locked_at", "updated_at"])
    _revise(site, has_command=True)
    site.commands.pending().update(superseded_at=now)
    Command.objects.create(
        site=site,
        kind=kind,
        reason=reason,
        requested_by_id=None if actor is None else actor.pk,
        requested_at=now,
    )
    said = facts.notice(site)
    theirs = list(site.shops.order_by("pk").values_list("pk", flat=True))
    counters = [outbox.lock(shop) for shop in theirs]
    verb_done = f"{kind}ed"
    for shop in [None, *theirs]:
        audit.record(f"site.{verb_done}", site, shop=shop, actor=actor, reason=reason)
    for counter in counters:
        outbox.publish(counter, Change.of(f"site_{verb_done}", said), actor=actor)
    site = fleet.get(site.site_id)
    once.keep(200, facts.encode(facts.detail(site)))
    return site


def _held(site_id: UUID) -> Site:
    """The site, locked. Raises ``Missing``."""
    held = Site.objects.known().select_for_update(no_key=True)
    site = held.filter(site_id=site_id).first()
    if site is None:
        raise Missing
    return site


def _revise(site: Site, **values: bool) -> None:
    """A verdict says something else from now on; whoever listens on ``ws/site`` may ask.

    Heartbeats and the look for silent sites hold the contact, too, and before keys, commands
    and alerts: so does everybody.
    """
    contact = SiteContact.objects.filter(site=site)
    contact.update(revision=F("revision") + 1, seq=F("seq") + SiteContact.LEAP, **values)
    transaction.on_commit(lambda: nudges.send(site.pk), robust=True)


def _hush(site: Site, now: datetime) -> None:
    """A site is out of use: its silence is no news, whatever was told of it before."""
    SiteContact.objects.filter(site=site).update(told=SiteContact.Told.ONLINE)
    told = {"closed_at": now, "mailed_at": Coalesce("mailed_at", now)}
    site.alerts.filter(closed_at=None).update(**told)


def _summary(site: Site) -> dict[str, Any]:
    """What the trail keeps of a site."""
    told = {name: getattr(site, name) for name in PLAIN}
    return told | {"shop_ids": sorted(map(str, site.shops.values_list("pk", flat=True)))}
