"""The developer console: who is there, what was done, who wrote. Whoever looks leaves a line."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone

from accounts import audit, facts, staff, standings
from accounts.audit import Actor
from accounts.facts import UserFact
from accounts.models import AuditEvent, AuthSession, Membership, Shop, User
from core import ids
from core.database import verb
from core.errors import Invalid, Missing
from portal.facts import LogFact, Summary, log
from portal.models import Lead

__all__ = [
    "change", "described", "exported", "leads", "lines", "looked", "people", "person", "summary",
    "told",
]  # fmt: skip

Row = TypeVar("Row", bound=Model)

# --- what there is ----------------------------------------------------------------------


def summary() -> Summary:
    """How many there are of everything; spam counts, and is counted apart too."""
    now = timezone.now()
    people = User.objects.aggregate(
        all=Count("pk"),
        active=Count("pk", filter=Q(is_active=True)),
        new=Count("pk", filter=Q(created_at__gte=now - timedelta(days=7))),
    )
    by_kind = {kind: Count("pk", filter=Q(kind=kind)) for kind in Lead.Kind.values}
    kinds = Lead.objects.aggregate(
        unread=Count("pk", filter=Q(status=Lead.Status.NEW)),
        spam=Count("pk", filter=Q(status=Lead.Status.SPAM)),
        **by_kind,
    )
    return Summary(
        total_users=people["all"],
        active_users=people["active"],
        new_users_week=people["new"],
        total_shops=Shop.objects.count(),
        total_sessions=AuthSession.objects.filter(AuthSession.opens_doors()).count(),
        total_contacts=kinds[Lead.Kind.CONTACT],
        total_waitlist=kinds[Lead.Kind.WAITLIST],
        total_pilot_requests=kinds[Lead.Kind.PILOT_REQUEST],
        total_investor_interest=kinds[Lead.Kind.INVESTOR_INTEREST],
        new_leads=kinds["unread"],
        spam_leads=kinds["spam"],
    )


def leads(kind: Lead.Kind, *, status: str = "", words: str = "") -> QuerySet[Lead]:
    """What came over one of the forms, spam too; in no order. Raises ``Invalid``."""
    found = Lead.objects.filter(kind=kind).select_related("owner")
    if status:
        if status not in Lead.Status.values:
            raise Invalid(errors={"status": [f"Must be one of {', '.join(Lead.Status.values)}."]})
        found = found.filter(status=status)
    if words:
        found = found.filter(
            Q(email__icontains=words) | Q(name__icontains=words) | Q(company__icontains=words)
        )
    return _asked(found, words)


def lines(
    *, action: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[AuditEvent]:
    """What was done, in every shop and none; in no order.

    ``action`` is one (``order.placed``) or all of a noun (``order``).
    """
    found = AuditEvent.objects.select_related("actor")
    if action:
        found = found.filter(Q(action=action) | Q(action__startswith=f"{action}."))
    if since:
        found = found.filter(pk__gte=ids.since(since))
    if until:
        found = found.filter(pk__lt=ids.since(until))
    return _asked(found, action)


def _asked(found: QuerySet[Row], words: str) -> QuerySet[Row]:
    """What was found; nothing holds a NUL, and PostgreSQL cannot even be asked for one."""
    return found.none() if "\0" in words else found


def told(rows: Iterable[AuditEvent]) -> list[LogFact]:
    """Lines as the console shows them."""
    return [log(row) for row in rows]


def people(*, role: str = "", words: str = "", is_active: bool | None = None) -> QuerySet[User]:
    """Everybody; in no order. Raises ``Invalid`` for no role of the platform."""
    found = User.objects.all()
    if role:
        if role not in User.Role.values:
            raise Invalid(errors={"role": [f"Must be one of {', '.join(User.Role.values)}."]})
        found = found.filter(role=role)
    if words:
        found = found.filter(
            Q(username__icontains=words) | Q(email__icontains=words) | Q(name__icontains=words)
        )
    found = _asked(found, words)
    return found if is_active is None else found.filter(is_active=is_active)


def person(user_id: UUID) -> UserFact:
    """One person with their shops. Raises ``Missing``."""
    row = User.objects.filter(pk=user_id).first()
    if row is None:
        raise Missing
    return described([row])[0]


def described(rows: Iterable[User]) -> list[UserFact]:
    """People with all their shops."""
    rows = list(rows)
    theirs: dict[UUID, list[Membership]] = {row.pk: [] for row in rows}
    places = Membership.objects.filter(user_id__in=theirs).select_related("shop")
    for one in places.order_by("created_at", "pk"):
        theirs[one.user_id].append(one)
    return [facts.user(row, theirs[row.pk]) for row in rows]


# --- what is done -----------------------------------------------------------------------


@verb
def change(
    user_id: UUID, *, actor: Actor | None, role: str = "", is_active: bool | None = None
) -> UserFact:
    """Change what somebody is on the platform, or whether they may sign in.

    Nobody grants or touches a role above their own. Raises ``Invalid`` for a role of a shop,
    and what ``staff.change`` raises.
    """
    if role and role not in standings.PLATFORM_ROLES:
        known = ", ".join(standings.PLATFORM_ROLES)
        raise Invalid(errors={"role": [f"Must be one of {known}; a shop's roles belong to it."]})
    staff.change(user_id, actor=actor, role=role, is_active=is_active, at_console=True)
    return person(user_id)


def looked(what: str, *, actor: Actor | None, rows: int, **how: object) -> None:
    """Write down that somebody read one of the lists; never what they searched for."""
    audit.record("console.read", ("list", what), shop=None, actor=actor, rows=rows, **how)


def exported(what: str, *, actor: Actor | None, **how: object) -> None:
    """Write down that somebody took one of the lists with them."""
    audit.record("console.exported", ("list", what), shop=None, actor=actor, **how)
