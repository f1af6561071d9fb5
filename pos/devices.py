"""A shop's devices as its counter has them: paired under the licence, each change told to screens.

What a device is, ``accounts.devices`` says; it knows neither licences nor screens.
"""

from typing import Any
from uuid import UUID

from accounts import devices, facts
from accounts.devices import Paired
from accounts.facts import PairingCodeFact
from accounts.models import Device, Shop
from core import database
from core.idempotency import EACH_TIME, Once
from licensing import policy
from live import outbox
from pos import terms

__all__ = ["lock_after", "offer", "pair", "register", "revoke"]


@database.verb
def register(*, shop: Shop, kind: str, name: str, actor: Any, once: Once = EACH_TIME) -> Device:
    """Add a device. Raises as ``devices.register``, and ``SiteLocked``, ``SiteRestricted``."""
    device = devices.register(shop=shop, kind=kind, name=name, actor=actor, once=once)
    policy.require(shop.id, policy.Action.CATALOGUE)  # after the claim: a repeat is answered
    _tell(device, actor)
    return device


@database.verb
def offer(device_id: UUID, *, shop: Shop, actor: Any, once: Once = EACH_TIME) -> PairingCodeFact:
    """Make a pairing code. Raises as ``devices.offer``, and ``SiteLocked``, ``SiteRestricted``."""
    offered = devices.offer(device_id, shop=shop, actor=actor, once=once)
    policy.require(shop.id, policy.Action.CATALOGUE)  # after the claim: a repeat is answered
    return offered


@database.verb
def pair(*, code: str, once: Once = EACH_TIME) -> Paired:
    """Exchange a code for a device's token; refused, the code is as good as before.

    Raises as ``devices.pair``, and ``SiteLocked``, ``SiteRestricted``.
    """
    paired = devices.pair(code=code, once=once)
    policy.require(paired.device.shop_id, policy.Action.CATALOGUE)
    _tell(paired.device, None)
    return paired


@database.verb
def revoke(device_id: UUID, *, shop: Shop, actor: Any) -> Device:
    """Take a device's token away, whatever the licence says. Raises ``Missing``."""
    was_revoked = devices.read(device_id, shop=shop).revoked_at is not None
    device = devices.revoke(device_id, shop=shop, actor=actor)
    if not was_revoked:
        _tell(device, actor)
    return device


@database.verb
def lock_after(minutes: int, *, shop: Shop, actor: Any) -> None:
    """Let the shop's tills lock themselves when left alone so long; 0: never.

    Raises ``Invalid``, ``SiteLocked``, ``SiteRestricted``.
    """
    policy.require(shop.id, policy.Action.CATALOGUE)
    if devices.lock_after(minutes, shop=shop, actor=actor):
        row = terms.row(terms.of(shop), shop)
        change = outbox.Change.of("settings_changed", row)
        outbox.publish(outbox.lock(shop.id), change, actor=actor)


def _tell(device: Device, actor: Any) -> None:
    change = outbox.Change.of("device_changed", facts.device(device))
    outbox.publish(outbox.lock(device.shop_id), change, actor=actor)
