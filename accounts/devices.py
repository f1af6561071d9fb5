"""Devices of a shop: registered, paired by a code that works once, revoked.

A code is short, since people type it: it lives ten minutes and guesses are counted. The token it
is exchanged for is long, and only its digest is kept.
"""

import hashlib
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit, facts, sessions
from accounts.audit import Actor
from accounts.errors import CodeInvalid, DeviceRevoked
from accounts.facts import DevicePaired, PairingCodeFact
from accounts.idleness import TOUCH_EVERY
from accounts.models import AuthSession, Device, PairingCode, Shop
from accounts.principals import Principal
from core import addresses, context, limits, sealing, wire
from core.database import verb
from core.errors import Invalid, Missing
from core.idempotency import EACH_TIME, Once

__all__ = [
    "LIFETIME", "LONGEST_LOCK", "TOUCH_EVERY", "Paired", "by_token", "lock_after",
    "lock_minutes", "locks", "of", "offer", "pair", "people_on", "read", "register", "revoke",
    "touch",
]  # fmt: skip

#: How long a pairing code works.
LIFETIME = timedelta(minutes=10)
#: Wrong pairing codes from one address.
GUESSES = "10/10m"
#: A code's signs: none that is taken for another when it is read from a screen.
SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
LENGTH = 8
#: What people put between the signs of a code.
BETWEEN = str.maketrans("", "", " -\t\u00a0\u2010\u2011\u2013")
LONGEST = 128  # characters; our tokens have 43
#: The longest a till may be left alone unlocked, in minutes.
LONGEST_LOCK = 240


class Paired(NamedTuple):
    """A device and its token, which is nowhere else."""

    device: Device
    token: str


@verb
def register(
    *, shop: Shop, kind: str, name: str, actor: Actor | None, once: Once = EACH_TIME
) -> Device:
    """Add a device, which waits to be paired. Raises ``Invalid`` naming the wrong field."""
    if kind not in Device.Kind.values:
        kinds = ", ".join(Device.Kind.values)
        raise Invalid(errors={"kind": [f"A device is one of: {kinds}."]})
    if not name.strip():
        raise Invalid(errors={"name": ["A device needs a name."]})
    once.claim()
    device = Device.objects.create(shop=shop, kind=kind, name=name.strip())
    audit.record("device.registered", device, shop=shop, actor=actor, kind=kind, name=device.name)
    once.keep(201, wire.encode(facts.device(device)))
    return device


@verb
def offer(
    device_id: UUID, *, shop: Shop, actor: Actor | None, once: Once = EACH_TIME
) -> PairingCodeFact:
    """Make the code that pairs a device; those before are void. It is shown and nowhere kept.

    A paired device keeps its token until the code is used. Raises ``Missing``, ``DeviceRevoked``.
    """
    once.claim()
    device = _locked(device_id, shop)
    if device.revoked_at is not None:
        raise DeviceRevoked
    code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
    expires_at = timezone.now() + LIFETIME
    device.pairing_codes.filter(used_at=None).delete()
    PairingCode.objects.create(device=device, digest=_fingerprint(code), expires_at=expires_at)
    audit.record("device.offered", device, shop=shop, actor=actor)
    offered = PairingCodeFact(
        code=f"{code[:4]}-{code[4:]}", expires_at=expires_at, device_id=device.pk
    )
    once.keep(201, wire.encode(offered))
    return offered


def pair(*, code: str, once: Once = EACH_TIME) -> Paired:
    """Exchange a code for the device's token; the token and sessions it had before are void.

    Raises ``CodeInvalid``, and ``TooMany`` after too many wrong ones from this address.
    """
    address = addresses.network(context.current().address)
    limits.hit("pairing", address, GUESSES)
    paired = _pair(code[:LONGEST].translate(BETWEEN).upper(), once)
    limits.forgive("pairing", address, GUESSES)
    return paired


@verb
def _pair(code: str, once: Once) -> Paired:
    once.claim()
    now = timezone.now()
    good = PairingCode.objects.filter(
        digest=_fingerprint(code), used_at=None, expires_at__gt=now, device__revoked_at=None
    )
    found = good.select_related("device__shop").first()
    if found is None:
        raise CodeInvalid
    device = _locked(found.device_id, found.device.shop)
    unused = PairingCode.objects.filter(pk=found.pk, used_at=None)
    if device.revoked_at is not None or not unused.update(used_at=now):
        raise CodeInvalid
    token = secrets.token_urlsafe(32)
    device.token_digest, device.paired_at, device.last_seen_at = _digest(token), now, now
    device.save(update_fields=["token_digest", "paired_at", "last_seen_at"])
    sessions.leave(device, actor=None, because="paired anew")
    audit.record("device.paired", device, shop=device.shop, actor=None, kind=device.kind)
    answer = DevicePaired(
        device_token=token, device=facts.device(device), shop=facts.shop_of_device(device.shop)
    )
    once.keep(200, wire.encode(answer))
    return Paired(device, token)


@verb
def revoke(device_id: UUID, *, shop: Shop, actor: Actor | None) -> Device:
    """Take a device's token away, and end the sessions on it. Raises ``Missing``."""
    device = _locked(device_id, shop)
    if device.revoked_at is not None:
        return device
    device.revoked_at, device.token_digest = timezone.now(), None
    device.save(update_fields=["revoked_at", "token_digest"])
    device.pairing_codes.filter(used_at=None).delete()
    sessions.leave(device, actor=actor, because="device revoked")
    audit.record("device.revoked", device, shop=shop, actor=actor)
    return device


@verb
def lock_after(minutes: int, *, shop: Shop, actor: Actor | None) -> bool:
    """Let the shop's tills lock themselves when left alone so long; 0: never.

    Returns whether that is new. Raises ``Invalid``.
    """
    if not 0 <= minutes <= LONGEST_LOCK:
        raise Invalid(errors={"lock_minutes": [f"Must be 0 to {LONGEST_LOCK} minutes."]})
    row = Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
    if row.lock_minutes == minutes:
        return False
    before, row.lock_minutes = row.lock_minutes, minutes
    row.save(update_fields=["lock_minutes", "updated_at"])
    audit.record(
        "shop.changed", row, shop=row, actor=actor,
        before={"lock_minutes": before}, after={"lock_minutes": minutes},
    )  # fmt: skip
    return True


def lock_minutes(device_id: UUID | None) -> int:
    """After how many minutes alone the device locks itself; 0: never, or it is none."""
    if device_id is None:
        return 0
    found = Device.objects.filter(pk=device_id).values_list("shop__lock_minutes", flat=True)
    return found.first() or 0


def locks(principal: Principal) -> bool:
    """End the session of a device that was left alone too long; whether that was so."""
    if principal.is_locked:
        sessions.end(session_id=principal.session_id, actor=None, because="left alone")
    return principal.is_locked


def people_on(devices: Iterable[Device]) -> dict[UUID, AuthSession]:
    """The living session on each of the devices, with its person, by the device's id."""
    living = AuthSession.objects.filter(AuthSession.opens_doors(), device__in=list(devices))
    return {one.device_id: one for one in living.select_related("user") if one.device_id}


def by_token(token: str) -> Device | None:
    """The paired device with this token, with its shop; ``None``: there is none."""
    if not token or len(token) > LONGEST:
        return None
    paired = Device.objects.filter(token_digest=_digest(token), revoked_at=None)
    return paired.select_related("shop").first()


def touch(device: Device) -> None:
    """Remember that the device was heard of; writes once a minute."""
    now = timezone.now()
    due = device.last_seen_at is None or device.last_seen_at < now - TOUCH_EVERY
    if due:
        # A database too busy or too full to write it down does not refuse the request.
        with suppress(OperationalError), transaction.atomic():
            Device.objects.filter(pk=device.pk).update(last_seen_at=now)


def of(shop: Shop) -> QuerySet[Device]:
    """The shop's devices, revoked ones too; in no order."""
    return shop.devices.all()


def read(device_id: UUID, *, shop: Shop) -> Device:
    """A device of the shop. Raises ``Missing``."""
    device = shop.devices.filter(pk=device_id).first()
    if device is None:
        raise Missing
    return device


def _locked(device_id: UUID, shop: Shop) -> Device:
    device = shop.devices.select_for_update(no_key=True).filter(pk=device_id).first()
    if device is None:
        raise Missing
    return device


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _fingerprint(code: str) -> bytes:
    """A short code could be found by trying all: not without the server's key."""
    return sealing.fingerprint(b"pairing code " + code.encode())
