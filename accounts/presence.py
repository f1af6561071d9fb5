"""Who is signed in to a shop, on which device, since when, and what they did last."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AuditEvent, AuthSession, Membership, Shop
from core import ids, statements
from core.statements import Statement

__all__ = ["LastAction", "PresenceFact", "Present", "PresentDevice", "of", "read"]

#: What somebody did last is looked for this far back.
LOOK_BACK = timedelta(days=14)

# The newest line of each person in the shop, but for signing in and out: on a device, what was
# done there; else what was done on none.
LAST = Statement(
    "last_actions",
    """
    SELECT sessions.place, (
        SELECT event.id FROM accounts_auditevent AS event
        WHERE event.shop_id = %(shop)s AND event.actor_id = sessions.person
          AND event.device = sessions.device AND event.id >= %(since)s
          AND event.target_kind <> 'authsession'
        ORDER BY event.id DESC LIMIT 1
    )
    FROM {sessions}
    """,
    rows={"sessions": "place integer, person uuid, device text"},
    returns={"place": int, "event_id": UUID},
)


class Present(msgspec.Struct, frozen=True):
    """A member of the shop."""

    id: UUID
    name: str
    username: str
    role: str


class PresentDevice(msgspec.Struct, frozen=True):
    """A device of the shop."""

    id: UUID
    name: str
    kind: str


class LastAction(msgspec.Struct, frozen=True):
    """What somebody did last in this shop."""

    at: datetime
    action: str
    target_kind: str
    target_id: str


class PresenceFact(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that lives: whose, where, since when, last used when, and for what.

    ``device`` is null on a person's own browser or phone, which ``device_name`` names.
    """

    session_id: UUID
    user: Present
    device: PresentDevice | None
    device_name: str
    signed_in_at: datetime
    last_used_at: datetime
    last_action: LastAction | None


def of(shop: Shop) -> QuerySet[AuthSession]:
    """The living sessions of the shop's people, on its devices or on their own; in no order.

    A session on another shop's device is not here.
    """
    return AuthSession.objects.filter(
        Q(device=None) | Q(device__shop=shop),
        AuthSession.opens_doors(),
        user__memberships__shop=shop,
    ).select_related("user", "device")


def read(shop: Shop, sessions: Sequence[AuthSession]) -> list[PresenceFact]:
    """These sessions as the API shows them."""
    members = Membership.objects.filter(shop=shop, user__in={one.user_id for one in sessions})
    roles = dict(members.values_list("user_id", "role"))
    actions = _last_actions(shop, sessions)
    return [
        _fact(session, roles.get(session.user_id, ""), action)
        for session, action in zip(sessions, actions, strict=True)
    ]


def _last_actions(shop: Shop, sessions: Sequence[AuthSession]) -> list[LastAction | None]:
    asked = [
        {"place": place, "person": one.user_id, "device": str(one.device_id or "")}
        for place, one in enumerate(sessions)
    ]
    since = ids.since(timezone.now() - LOOK_BACK)
    answers = statements.run(LAST(shop=shop.pk, since=since, sessions=statements.rows(asked)))[0]
    lines = AuditEvent.objects.in_bulk({row.event_id for row in answers if row.event_id})
    found = {row.place: lines.get(row.event_id) for row in answers}
    return [_action(found.get(place)) for place in range(len(sessions))]


def _action(line: AuditEvent | None) -> LastAction | None:
    if line is None:
        return None
    return LastAction(line.at, line.action, line.target_kind, line.target_id)


def _fact(session: AuthSession, role: str, action: LastAction | None) -> PresenceFact:
    user, device = session.user, session.device
    return PresenceFact(
        session_id=session.pk,
        user=Present(user.pk, str(user), user.username, role),
        device=PresentDevice(device.pk, device.name, device.kind) if device else None,
        device_name=device.name if device else session.device_name,
        signed_in_at=session.created_at,
        last_used_at=session.last_used_at,
        last_action=action,
    )
