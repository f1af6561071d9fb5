"""PINs: four to six figures by which staff sign in at a paired terminal of their shop.

Short secrets, so they open nothing but a paired device of the shop, every wrong one makes the
next wait longer, and who may use the platform's tools has none.
"""

import re
from itertools import pairwise
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password

from accounts import audit, facts, sessions, users
from accounts.audit import Actor
from accounts.errors import (
    NoPinForYou,
    PinInvalid,
    PinUnfit,
    PinWrong,
    RoleAboveYours,
    RoleTooLow,
)
from accounts.facts import Face
from accounts.models import AuthSession, Device, Membership, User
from accounts.principals import Principal
from core import context, limits
from core.database import verb
from core.errors import Missing, TooMany

__all__ = ["change", "check", "faces", "place", "put", "sign_in", "verify"]

#: Wrong PINs of one person at one place (a device): four are free, then each waits twice as long
#: as the one before. Ten thousand PINs take months, and nobody is locked out.
PACE = limits.Pace(free=4, first=2, most=900, memory=86400)
#: Wrong PINs at one place, whoever's.
PER_PLACE = "30/15m"

FORM = re.compile(r"[0-9]{4,6}", re.ASCII)
#: Straight lines of the pad, which people type first.
LINES = frozenset({"2580", "0852", "1470", "0741", "3690", "0963", "1379", "7139", "159357"})


def check(pin: str) -> None:
    """Refuse what is no PIN, or is one of the first that anybody tries. Raises ``PinUnfit``."""
    if not FORM.fullmatch(pin):
        raise PinUnfit("A PIN has four to six figures.")
    if _is_trivial(pin):
        raise PinUnfit("This PIN is guessed first. Choose one without a pattern or a year.")


def _is_trivial(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    half = len(pin) // 2
    pairs = {pin[i : i + 2] for i in range(0, len(pin), 2)}
    return (
        steps in ({0}, {1}, {9})  # 1111, 1234, 4321
        or (len(pin) % 2 == 0 and (pin[:half] == pin[half:] or len(pairs) == 1))  # 1212, 123123
        or (len(pin) % 2 == 0 and all(len(set(pair)) == 1 for pair in pairs))  # 1122
        or (len(pin) == 4 and 1900 <= int(pin) <= 2049)
        or pin in LINES
    )


def change(
    *,
    user_id: UUID,
    pin: str,
    actor: Principal,
    current_pin: str = "",
    password: str = "",
) -> None:
    """Set a PIN in the actor's shop: one's own, or as a manager somebody's.

    Who changes their own at a shared terminal, where somebody may have walked away, shows the
    current one or the password. Raises ``Missing``, ``RoleTooLow``, ``RoleAboveYours``,
    ``NoPinForYou``, ``PinUnfit``, ``PinWrong``, ``WrongPassword``, ``TooMany``.
    """
    member = _member(_shop_id(actor), user_id)
    if member is None:
        raise Missing
    is_own = user_id == actor.pk
    if not is_own and not actor.reaches(Membership.Role.MANAGER):
        raise RoleTooLow(Membership.Role.MANAGER)
    if not is_own and not actor.reaches(member.role):
        raise RoleAboveYours(member.role)
    if member.user.role != User.Role.USER:
        raise NoPinForYou
    check(pin)
    if is_own and member.pin and actor.device_id is not None:
        _prove(member, actor, current_pin=current_pin, password=password)
    put(member.pk, hashed=make_password(pin), actor=actor, keeps=actor.session_id)


def _prove(member: Membership, actor: Principal, *, current_pin: str, password: str) -> None:
    if password:
        users.prove(member.user, password)
        return
    try:
        verify(shop_id=member.shop_id, user_id=member.user_id, pin=current_pin, place=place(actor))
    except PinWrong:
        raise PinWrong("current_pin") from None


@verb
def put(member_id: UUID, *, hashed: str, actor: Actor | None, keeps: UUID | None = None) -> None:
    """Keep a PIN's hash and end the sessions it began, but for one. The caller has checked."""
    member = Membership.objects.select_for_update(no_key=True).filter(pk=member_id).first()
    if member is None:
        raise Missing
    member.pin = hashed
    member.save(update_fields=["pin"])
    begun = AuthSession.objects.filter(
        user_id=member.user_id, device__shop=member.shop_id, scope=sessions.PIN, revoked_at=None
    )
    if keeps is not None:
        begun = begun.exclude(pk=keeps)
    sessions.drop(begun, actor=actor, because="PIN changed")
    audit.record("pin.changed", member, shop=member.shop_id, actor=actor, user_id=member.user_id)


def sign_in(*, device: Device, user_id: UUID, pin: str, user_agent: str = "") -> AuthSession:
    """Begin a person's session at a paired device, in the place of whoever was there before.

    Raises ``PinInvalid``, ``TooMany``, and ``DeviceInvalid`` if it was revoked meanwhile.
    """
    with context.entered(device_id=str(device.pk)):
        try:
            member = verify(
                shop_id=device.shop_id, user_id=user_id, pin=pin, place=f"device:{device.pk}"
            )
        except PinWrong:
            raise PinInvalid from None
        return sessions.begin(
            user=member.user, scope=sessions.PIN, user_agent=user_agent, device=device
        )


def verify(*, shop_id: UUID, user_id: UUID, pin: str, place: str) -> Membership:
    """Return the member of the shop whose PIN this is; ``place`` is where it is typed.

    Raises ``PinWrong`` after the same work whether it is wrong or the person has none, is
    inactive or not of this shop, and ``TooMany`` after too many of them.
    """
    limits.hit("pin-place", place, PER_PLACE)
    try:
        limits.pace("pin", f"{place} {user_id}", PACE)
    except TooMany:
        limits.forgive("pin-place", place, PER_PLACE)
        raise
    member = _member(shop_id, user_id)
    if member is not None and member.user.role != User.Role.USER:
        member = None
    # Hash once, whomever we compare with: the time it takes gives nothing away.
    if not check_password(pin, member.pin if member else "") or member is None:
        raise PinWrong
    limits.forgive("pin-place", place, PER_PLACE)
    limits.calm("pin", f"{place} {user_id}")
    return member


def place(who: Principal) -> str:
    """Where a PIN is typed: the device; without one, at whoever is signed in."""
    return f"device:{who.device_id}" if who.device_id else f"user:{who.pk}"


def faces(shop_id: UUID) -> list[Face]:
    """Who may pick themselves at a terminal of the shop, by name."""
    members = Membership.objects.filter(
        shop_id=shop_id, user__is_active=True, user__role=User.Role.USER
    )
    return sorted(
        (facts.face(row) for row in members.select_related("user")),
        key=lambda face: (face.name.casefold(), face.user_id),
    )


def _member(shop_id: UUID, user_id: UUID) -> Membership | None:
    found = Membership.objects.filter(shop_id=shop_id, user_id=user_id, user__is_active=True)
    return found.select_related("user").first()


def _shop_id(actor: Principal) -> UUID:
    if actor.shop is None:
        raise Missing
    return actor.shop.pk
