"""What the portal says: the rows of its API, in one shape."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.facts import PersonFact
from accounts.models import AuditEvent
from core import wire
from portal.models import Lead

__all__ = [
    "AlertFact", "Dashboard", "DashboardFact", "LeadFact", "LicenseFact", "LogFact", "LogLine",
    "Metrics", "Pagination", "ShopToday", "Summary", "as_text", "lead", "log", "pages", "sentence",
]  # fmt: skip


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


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are of everything."""

    total_users: int
    active_users: int
    new_users_week: int
    total_shops: int
    total_sessions: int
    total_contacts: int
    total_waitlist: int
    total_pilot_requests: int
    total_investor_interest: int
    new_leads: int
    spam_leads: int


class LogFact(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the trail, and what it says in words."""

    id: UUID
    action: str
    description: str
    created_at: datetime
    actor: PersonFact | None
    shop_id: UUID | None
    target_kind: str
    target_id: str
    before: Any
    after: Any
    address: str
    request_id: str


class Pagination(msgspec.Struct, frozen=True):
    """Where in a list a page is."""

    page: int
    limit: int
    total: int
    total_pages: int


def pages(*, skip: int, limit: int, total: int) -> Pagination:
    """The page that begins after ``skip`` rows."""
    return Pagination(skip // limit + 1, limit, total, -(-total // limit))


def log(row: AuditEvent) -> LogFact:
    """A line with its actor."""
    return LogFact(
        id=row.pk,
        action=row.action,
        description=sentence(row.action, str(row.actor or "")),
        created_at=row.at,
        actor=PersonFact(row.actor.pk, str(row.actor)) if row.actor else None,
        shop_id=row.shop_id,
        target_kind=row.target_kind,
        target_id=row.target_id,
        before=row.before,
        after=row.after,
        address=row.address,
        request_id=row.request_id,
    )


def sentence(action: str, who: str = "", where: str = "") -> str:
    """What a line says: ``order.placed`` of Olga is "Order placed by Olga"."""
    words = action.replace(".", " ").replace("_", " ").capitalize()
    return words + (f" by {who}" if who else "") + (f" in {where}" if where else "")


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Today in figures; ``sales_today`` is in the currency of the person's first shop."""

    active_alerts: int
    rails_online: int
    downtime_minutes: int
    shops: int
    orders_today: int
    sales_today: str
    low_stock: int
    devices_online: int


class LicenseFact(msgspec.Struct, frozen=True, kw_only=True):
    """The strictest state among a person's sites: active, warning, restricted or locked."""

    state: str
    cause: str | None
    expires_at: datetime | None
    lock_reason: str
    contact_email: str


class LogLine(msgspec.Struct, frozen=True):
    """Something that was done."""

    id: UUID
    action: str
    description: str
    created_at: datetime


class ShopToday(msgspec.Struct, frozen=True, kw_only=True):
    """How a shop does on its business day."""

    id: UUID
    name: str
    role: str
    currency: str
    orders_today: int
    sales_today: str
    low_stock: int
    devices_online: int
    license: str


class AlertFact(msgspec.Struct, frozen=True):
    """Something about a site that somebody should see to."""

    kind: str
    message: str
    site: str
    opened_at: datetime


class DashboardFact(msgspec.Struct, frozen=True, kw_only=True):
    """A person's dashboard, as programs read it."""

    metrics: Metrics
    license: LicenseFact
    recent_logs: list[LogLine]
    command_center_url: str


class Dashboard(DashboardFact, frozen=True, kw_only=True):
    """The same with each shop and alert, as the page shows it."""

    shops: list[ShopToday]
    alerts: list[AlertFact]
