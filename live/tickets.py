"""Tickets: how a page opens a socket where neither a cookie nor a header can speak for it.

A ticket lives thirty seconds, opens one socket to one shop, and stands for the session that asked
for it: when that ends, it opens nothing. It may stand in an address, since by the time a log is
read it is worth nothing. Only its digest is kept.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

import msgspec
from django.utils import timezone

from accounts import sessions
from accounts.principals import Principal
from core import statements, wire
from core.database import verb
from core.errors import Missing
from core.idempotency import EACH_TIME, Once
from core.statements import Statement
from live.models import Ticket

__all__ = ["BATCH", "LIFETIME", "TicketFact", "issue", "prune", "redeem"]

#: How long a ticket opens a socket.
LIFETIME = timedelta(seconds=30)

#: How many are forgotten in one transaction.
BATCH = 1_000

# Whoever deletes the row has the ticket: of two who show it at once, one finds nothing.
REDEEM = Statement(
    "redeem_ticket",
    """
    DELETE FROM live_ticket
    WHERE shop_id = %(shop)s AND digest = %(digest)s AND expires_at > %(now)s
    RETURNING session_id
    """,
    returns={"session_id": UUID},
)


class TicketFact(msgspec.Struct, frozen=True):
    """A ticket, which is nowhere else, and how many seconds it lives."""

    ticket: str
    expires_in: int


@verb
def issue(*, shop_id: UUID, actor: Principal, once: Once = EACH_TIME) -> TicketFact:
    """Make a ticket for a socket to a shop of the actor's. Raises ``Missing`` for any other."""
    once.claim()
    member = sessions.principal(actor.session_id, shop_id=shop_id)
    if member is None or member.shop_role is None:
        raise Missing
    text = secrets.token_urlsafe(32)
    Ticket.objects.create(
        shop_id=shop_id,
        session_id=actor.session_id,
        digest=_digest(text),
        expires_at=timezone.now() + LIFETIME,
    )
    made = TicketFact(text, int(LIFETIME.total_seconds()))
    once.keep(201, wire.encode(made))
    return made


def redeem(text: str, *, shop_id: UUID) -> UUID | None:
    """Take the ticket and return the session it stands for; ``None``: it opens nothing here."""
    asked = REDEEM(shop=shop_id, digest=_digest(text), now=timezone.now())
    taken = statements.one(asked)
    return None if taken is None else taken.session_id


@verb
def prune(*, limit: int = BATCH) -> int:
    """Forget tickets that ran out unused, at most ``limit``; answers how many."""
    over = Ticket.objects.filter(expires_at__lt=timezone.now())
    chosen = list(over.order_by("expires_at").values_list("pk", flat=True)[:limit])
    Ticket.objects.filter(pk__in=chosen).delete()
    return len(chosen)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
