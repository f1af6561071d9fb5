"""What the portal says: the rows of its API, in one shape."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.facts import PersonFact
from core import wire
from portal.models import Lead

__all__ = ["LeadFact", "as_text", "lead"]


class LeadFact(msgspec.Struct, frozen=True, kw_only=True):
    """A lead, under every name that a form calls its fields; blank where it has none."""

    id: UUID
    kind: str
    email: str
    name: str
    company: str
    org: str
    phone: str
    topic: str
    amount: str
    message: str
    note: str
    use_case: str
    source: str
    status: str
    owner: PersonFact | None
    spam_score: int
    spam_reasons: list[str]
    repeats: int
    created_at: datetime
    last_at: datetime


def lead(row: Lead) -> LeadFact:
    """A lead with its owner."""
    kinds = {Lead.Kind.PILOT_REQUEST: "use_case", Lead.Kind.INVESTOR_INTEREST: "note"}
    own: dict[str, Any] = {"use_case": "", "note": ""} | {
        kinds.get(Lead.Kind(row.kind), "message"): row.message
    }
    return LeadFact(
        id=row.pk,
        kind=row.kind,
        email=row.email,
        name=row.name,
        company=row.company,
        org=row.company,
        phone=row.phone,
        topic=row.topic,
        amount=row.amount,
        source=row.source,
        status=row.status,
        owner=PersonFact(row.owner.pk, str(row.owner)) if row.owner else None,
        spam_score=row.spam_score,
        spam_reasons=row.spam_reasons,
        repeats=row.repeats,
        created_at=row.created_at,
        last_at=row.last_at,
        **({"message": row.message} | own),
    )


def as_text(found: list[LeadFact]) -> str:
    """Rows as JSON text."""
    return wire.encode(found).decode()
