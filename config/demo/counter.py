"""The demo restaurant's counter: a paired till, and the PINs of whoever works at it."""

import secrets
from typing import NamedTuple

from django.contrib.auth.hashers import make_password

from accounts import devices, pins
from accounts.errors import PinUnfit
from accounts.models import Device, Shop, User
from core import database

__all__ = ["Till", "renew_pins", "till"]


class Till(NamedTuple):
    """A paired till, and its token in clear text."""

    device: Device
    token: str


@database.verb
def till(shop: Shop, *, actor: User) -> Till:
    """Find or register the till on the counter, and pair it anew."""
    found = devices.of(shop).filter(kind=Device.Kind.TILL, revoked_at=None).order_by("pk").first()
    if found is None:
        found = devices.register(shop=shop, kind=Device.Kind.TILL, name="Till 1", actor=actor)
    code = devices.offer(found.pk, shop=shop, actor=actor).code
    return Till(*devices.pair(code=code))


@database.verb
def renew_pins(shop: Shop, *, actor: User) -> dict[str, str]:
    """Give everybody who works there a new PIN; answers them by username."""
    found = {}
    for member in shop.memberships.filter(user__role=User.Role.USER).select_related("user"):
        pin = _pin()
        pins.put(member.pk, hashed=make_password(pin), actor=actor)
        found[member.user.username] = pin
    return found


def _pin() -> str:
    """Four figures without a pattern."""
    while True:
        pin = f"{secrets.randbelow(10_000):04}"
        try:
            pins.check(pin)
        except PinUnfit:
            continue
        return pin
