"""Tables for spreadsheets: what the console takes along of leads, people and the trail."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from accounts.models import AuditEvent, User
from core.tables import BATCH, parts, safe
from portal.models import Lead

__all__ = ["BATCH", "leads", "lines", "people", "safe"]

LEADS = (
    "id", "kind", "created_at", "name", "email", "company", "phone", "topic", "amount", "message",
    "source", "status", "owner", "spam_score", "spam_reasons", "repeats", "last_at",
)  # fmt: skip
PEOPLE = (
    "id", "username", "email", "name", "phone", "organization", "role", "is_active",
    "is_verified", "created_at", "last_login_at",
)  # fmt: skip
LINES = (
    "id", "at", "action", "actor_id", "actor", "shop_id", "target_kind", "target_id", "address",
    "request_id",
)  # fmt: skip


def leads(rows: QuerySet[Lead], *, batch: int = BATCH) -> Iterator[bytes]:
    """These leads, the newest first."""
    return parts(LEADS, rows.select_related("owner"), _lead, batch)


def people(rows: QuerySet[User], *, batch: int = BATCH) -> Iterator[bytes]:
    """These people, the newest first."""
    return parts(PEOPLE, rows, lambda row: [getattr(row, name) for name in PEOPLE], batch)


def lines(rows: QuerySet[AuditEvent], *, batch: int = BATCH) -> Iterator[bytes]:
    """These lines of the trail, the newest first."""
    return parts(LINES, rows.select_related("actor"), _line, batch)


def _lead(row: Lead) -> Sequence[object]:
    said = {"owner": row.owner or "", "spam_reasons": "; ".join(row.spam_reasons)}
    return [said[name] if name in said else getattr(row, name) for name in LEADS]


def _line(row: AuditEvent) -> Sequence[object]:
    return [row.actor or "" if name == "actor" else getattr(row, name) for name in LINES]
