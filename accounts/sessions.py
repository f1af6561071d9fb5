"""Sign-ins: their beginning, their use in every request, their end."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit, otp, users
from accounts.audit import Actor
from accounts.errors import DeviceInvalid, NotDeveloper
from accounts.idleness import TOUCH_EVERY, is_left_alone
from accounts.models import AuthSession, Device, Shop, User
from accounts.principals import PIN, Principal
from core import context, ids, statements
from core.database import verb
from core.statements import Statement

__all__ = [
    "DEVELOPER", "PIN", "begin", "drop", "end", "end_all", "end_others", "leave", "of",
    "principal", "renew", "sign_in", "touch", "user_of",
]  # fmt: skip

#: The scope of a sign-in to the developer console.
DEVELOPER = "dev"

PRINCIPAL = Statement(
    "principal",
    """
    SELECT person.id AS user_id, person.username, person.name, person.role, person.token_version,
           session.scope, session.device_id, session.last_used_at, home.lock_minutes,
           membership.role AS shop_role, shop.id AS shop_id, shop.name AS shop_name,
           shop.owner_id, shop.currency, shop.timezone, shop.day_starts_at
    FROM accounts_authsession AS session
    JOIN accounts_user AS person ON person.id = session.user_id
    LEFT JOIN accounts_device AS device ON device.id = session.device_id
    LEFT JOIN accounts_shop AS home ON home.id = device.shop_id
    LEFT JOIN accounts_membership AS membership
        ON membership.user_id = person.id AND membership.shop_id = %(shop_id)s
    LEFT JOIN accounts_shop AS shop ON shop.id = membership.shop_id
    WHERE session.id = %(sid)s
      AND session.revoked_at IS NULL AND session.expires_at > %(now)s
      AND session.token_version = person.token_version AND person.is_active
    """,
    returns={
        "user_id": UUID,
        "username": str,
        "name": str,
        "role": str,
        "token_version": int,
        "scope": str,
        "device_id": UUID,
        "last_used_at": datetime,
        "lock_minutes": int,
        "shop_role": str,
        "shop_id": UUID,
        "shop_name": str,
        "owner_id": UUID,
        "currency": str,
        "timezone": str,
        "day_starts_at": int,
    },
)

#: Of the shop comes what verbs need; its other columns are read when somebody asks for them.
SHOP = ["id", "name", "owner_id", "currency", "timezone", "day_starts_at"]


def principal(
    sid: UUID, *, shop_id: UUID | None = None, token_version: int | None = None
) -> Principal | None:
    """Return who this session speaks for, and what they are in the shop; ``None``: nobody.

    One statement, never cached, so that what ends a session ends it at once. An access token
    gives the ``token_version`` it was made for. Whoever asks refuses a principal that
    ``is_locked``.
    """
    now = timezone.now()
    asked = PRINCIPAL(sid=sid, shop_id=shop_id, now=now)
    found = next(iter(statements.ask(asked)[0]), None)
    if found is None or token_version not in (None, found.token_version):
        return None
    return Principal(
        id=found.user_id,
        username=found.username,
        name=found.name or found.username,
        role=found.role,
        token_version=found.token_version,
        session_id=sid,
        is_due=found.last_used_at < now - TOUCH_EVERY,
        is_locked=is_left_alone(found.last_used_at, found.lock_minutes, now),
        scope=found.scope,
        device_id=found.device_id,
        shop=Shop.from_db("default", SHOP, found[-len(SHOP) :]) if found.shop_role else None,
        shop_role=found.shop_role,
    )


def sign_in(
    *,
    name: str,
    password: str,
    scope: str = "",
    code: str = "",
    device_name: str = "",
    user_agent: str = "",
    device: Device | None = None,
) -> AuthSession:
    """Begin a session for who knows the password of ``name``, an e-mail or a username.

    The scope ``dev`` takes a one-time ``code`` too; without it a code may be sent by who has an
    app, and counts. Raises ``BadCredentials``, ``TooMany``, ``OtpInvalid``, and ``NotDeveloper``.
    """
    user = users.authenticate(name=name, password=password)
    for_developers = scope == DEVELOPER
    if for_developers and user.role not in (User.Role.DEV, User.Role.SYSADMIN):
        raise NotDeveloper
    proven = for_developers or otp.says_something(user_id=user.pk, code=code)
    if proven:
        otp.verify(user_id=user.pk, code=code)
    return begin(
        user=user,
        device_name=device_name,
        scope=DEVELOPER if for_developers else "",
        user_agent=user_agent,
        device=device,
        proven=proven,
    )


@verb
def begin(
    *,
    user: User,
    device_name: str = "",
    scope: str = "",
    user_agent: str = "",
    device: Device | None = None,
    proven: bool = False,
) -> AuthSession:
    """Begin a session; it lasts as long as a refresh token, and each refresh extends it.

    ``proven``: the person had a right one-time code. At a paired ``device`` there is one person
    at a time: whoever was there before is out. Raises ``DeviceInvalid`` if it was revoked.
    """
    now = timezone.now()
    if device is not None:
        _vacate(device, actor=user)
    session = AuthSession.objects.create(
        id=ids.new(),
        user=user,
        device=device,
        device_name=(device_name or str(device or ""))[:120],
        scope=scope,
        token_version=user.token_version,
        ip=context.current().address or None,
        user_agent=user_agent[:255],
        last_used_at=now,
        expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
        proven_at=now if proven else None,
    )
    User.objects.filter(pk=user.pk).update(last_login_at=now)
    user.last_login_at = now
    audit.record(
        "session.began",
        session,
        shop=None if device is None else device.shop_id,
        actor=user,
        device_name=session.device_name,
    )
    return session


def _vacate(device: Device, *, actor: Actor) -> None:
    """Lock the device, so that two who sign in at once come one after the other."""
    paired = Device.objects.select_for_update(no_key=True).filter(pk=device.pk, revoked_at=None)
    if paired.first() is None:
        raise DeviceInvalid
    leave(device, actor=actor, because="switched")


@verb
def leave(device: Device, *, actor: Actor | None, because: str) -> int:
    """End whatever sessions there are on a device. Returns how many."""
    return drop(AuthSession.objects.filter(device=device), actor=actor, because=because)


@verb
def drop(chosen: QuerySet[AuthSession], *, actor: Actor | None, because: str) -> int:
    """End those of the sessions that live, a line of the trail for each. Returns how many."""
    ended = _revoke(chosen)
    for one in ended:
        _tell(one, actor, because)
    return len(ended)


@verb
def end(*, session_id: UUID, actor: Actor | None, because: str = "") -> bool:
    """End a session: its tokens, cookie and sockets. Returns whether it was alive."""
    chosen = AuthSession.objects.filter(pk=session_id)
    return drop(chosen, actor=actor, because=because) > 0


@verb
def end_all(*, user_id: UUID, actor: Actor | None, because: str) -> None:
    """End every session of a person, and every access token there is of them."""
    User.objects.filter(pk=user_id).update(token_version=F("token_version") + 1)
    ended = _revoke(AuthSession.objects.filter(user_id=user_id))
    _tell_shops(ended, actor, because)
    audit.record(
        "sessions.ended", ("user", user_id), shop=None, actor=actor,
        because=because, ended=len(ended),
    )  # fmt: skip


@verb
def end_others(*, session_id: UUID, user_id: UUID, actor: Actor | None) -> int:
    """End a person's sessions but this one. Returns how many."""
    ended = _revoke(AuthSession.objects.filter(user_id=user_id).exclude(pk=session_id))
    _tell_shops(ended, actor, "signed out elsewhere")
    if ended:
        audit.record("sessions.ended", ("user", user_id), shop=None, actor=actor, ended=len(ended))
    return len(ended)


def _revoke(chosen: QuerySet[AuthSession]) -> list[AuthSession]:
    """End those that live, locked in key order, and return them with their devices."""
    alive = chosen.filter(revoked_at=None).select_related("device").order_by("pk")
    ended = list(alive.select_for_update(of=("self",), no_key=True))
    if ended:
        mine = AuthSession.objects.filter(pk__in=[one.pk for one in ended])
        mine.update(revoked_at=timezone.now())
    return ended


def _tell_shops(ended: Iterable[AuthSession], actor: Actor | None, because: str) -> None:
    """The end of each session on a device, in the trail of the shop that saw it begin."""
    for one in ended:
        if one.device is not None:
            _tell(one, actor, because)


def _tell(ended: AuthSession, actor: Actor | None, because: str) -> None:
    shop = None if ended.device is None else ended.device.shop_id
    after = {"because": because} if because else None
    audit.record("session.ended", ended, shop=shop, actor=actor, after=after)


@verb
def renew(*, session_id: UUID, user: User) -> AuthSession:
    """Begin a session in the place of one that has just been ended with all others."""
    old = AuthSession.objects.select_related("device").get(pk=session_id)
    new = begin(
        user=user,
        device_name=old.device_name,
        scope=old.scope,
        user_agent=old.user_agent,
        device=old.device,
    )
    AuthSession.objects.filter(pk=new.pk).update(proven_at=old.proven_at)
    return new


def of(user_id: UUID) -> QuerySet[AuthSession]:
    """A person's living sessions; in no order."""
    return AuthSession.objects.filter(AuthSession.opens_doors(), user_id=user_id)


def user_of(sid: UUID) -> User | None:
    """Return the person a session speaks for, as a row; ``None``: nobody. For pages."""
    found = AuthSession.objects.filter(AuthSession.opens_doors(), pk=sid)
    session = found.select_related("user", "device__shop").first()
    if session is None:
        return None
    now = timezone.now()
    if session.is_left_alone(now):
        return None
    if session.last_used_at < now - TOUCH_EVERY:
        _touch(sid)
    return session.user


def touch(principal: Principal) -> None:
    """Remember that the principal's session is in use; writes once a minute."""
    if principal.is_due:
        _touch(principal.session_id)


def _touch(sid: UUID) -> None:
    """A database too busy or too full to write it down does not refuse the request."""
    now = timezone.now()
    due = AuthSession.objects.filter(pk=sid, last_used_at__lt=now - TOUCH_EVERY)
    with suppress(OperationalError), transaction.atomic():
        due.update(last_used_at=now)
