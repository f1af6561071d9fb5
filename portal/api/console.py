"""The developer console: counts, the trail, people, and what the forms brought."""

import re
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from accounts.facts import UserFact
from core import periods
from core.api import View, respond
from core.errors import Invalid
from core.parsing import convert
from core.schema import describe
from portal import console, facts, tables
from portal.api.listing import ConsoleList, ConsoleTable, flag
from portal.facts import LeadFact, LogFact, Pagination, Summary
from portal.models import Lead
from portal.permissions import Developer
from portal.serializers import UserChange

__all__ = ["LISTS", "SummaryView", "UserDetail"]

TAGS = ["Developer console"]
ACTION = re.compile(r"[a-z_]{1,30}(?:\.[a-z_]{1,30})?")
SAYS = (
    "For developers and sysadmins (403 `role_too_low`) whose session has proven a one-time code "
    "(403 `otp_required`): sign in with `scope: dev`. Who reads leaves a line in the audit."
)
Q = OpenApiParameter("q", str, description="Part of a name or e-mail.")
OF_PEOPLE = [
    Q,
    OpenApiParameter("role", str, description="user, dev or sysadmin."),
    OpenApiParameter("is_active", bool, description="Only who may, or may not, sign in."),
]
OF_LOGS = [
    OpenApiParameter("action", str, description="One (`order.placed`) or a noun's (`order`)."),
    OpenApiParameter("since", str, description="From this time or day on."),
    OpenApiParameter("until", str, description="Before this time, or to the end of this day."),
]
OF_LEADS = [Q, OpenApiParameter("status", str, description="new, contacted, won, lost or spam.")]


class UserPage(msgspec.Struct):
    """A page of people."""

    items: list[UserFact]
    total: int
    pagination: Pagination


class LogPage(msgspec.Struct):
    """A page of the trail."""

    items: list[LogFact]
    total: int
    pagination: Pagination


class LeadPage(msgspec.Struct):
    """A page of leads."""

    items: list[LeadFact]
    total: int
    pagination: Pagination


def says(page: Any, summary: str, parameters: list[Any]) -> Any:
    """Describe a list, or with ``None`` its table."""
    kinds = {200: page} if page else {(200, "text/csv"): OpenApiTypes.STR}
    return describe(
        responses=kinds,
        errors=[403],
        lists=page is not None,
        parameters=parameters,
        summary=summary,
        description=SAYS,
        tags=TAGS,
    )


class SummaryView(View):
    """GET counts everything."""

    permission_classes = [Developer]

    @describe(responses={200: Summary}, errors=[403], summary="Counts", description=SAYS, tags=TAGS)
    def get(self, request: Any) -> HttpResponse:
        counted = console.summary()
        console.looked("summary", actor=request.user, rows=1)
        return respond(counted)


# --- people -----------------------------------------------------------------------------


class People:
    """Everybody there is."""

    what = "users"
    described = console.described
    parts = tables.people

    def rows(self, query: Any) -> Any:
        return console.people(
            role=query.get("role", ""),
            words=query.get("q", "").strip(),
            is_active=flag(query, "is_active"),
        )


class UserList(People, ConsoleList):
    """GET lists everybody."""

    @says(UserPage, "People", OF_PEOPLE)
    def get(self, request: Any) -> HttpResponse:
        return super().get(request)


class UserTable(People, ConsoleTable):
    """GET answers everybody as CSV."""

    @says(None, "People as CSV", OF_PEOPLE)
    def get(self, request: Any) -> Any:
        return super().get(request)


class UserDetail(View):
    """GET reads a person; PATCH changes their role on the platform and their access."""

    permission_classes = [Developer]

    @describe(
        responses={200: UserFact}, errors=[403], summary="A person", description=SAYS, tags=TAGS
    )
    def get(self, request: Any, user_id: UUID) -> HttpResponse:
        found = console.person(user_id)
        console.looked("users", actor=request.user, rows=1, user_id=user_id)
        return respond(found)

    @describe(
        request=UserChange,
        responses={200: UserFact},
        errors=[403, 409],
        summary="Change a person",
        description=(
            "`role` is user, dev or sysadmin, none above the caller's own (403 "
            "`role_above_yours`); `is_active` may be a text. 409 `last_sysadmin`, `last_owner`, "
            "`yourself`. Their sessions end at once."
        ),
        tags=TAGS,
    )
    def patch(self, request: Any, user_id: UUID) -> HttpResponse:
        wished = convert(request.data, UserChange)
        found = console.change(
            user_id, actor=request.user, role=wished.role, is_active=_truth(wished.is_active)
        )
        return respond(found)


def _truth(value: Any) -> bool | None:
    """A yes or no, also as the text that forms of front ends send. Raises ``Invalid``."""
    known = {"true": True, "1": True, "false": False, "0": False}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise Invalid(errors={"is_active": ["Must be true or false."]})


# --- the trail --------------------------------------------------------------------------


class Lines:
    """What was done, everywhere."""

    what = "logs"
    described = console.told
    parts = tables.lines

    def rows(self, query: Any) -> Any:
        action = query.get("action", "")
        if action and not ACTION.fullmatch(action):
            problem = "Must be an action such as order.placed, or its noun."
            raise Invalid(errors={"action": [problem]})
        period = periods.wish(query)
        return console.lines(action=action, since=period.since, until=period.until)


class LogList(Lines, ConsoleList):
    """GET lists what was done."""

    @says(LogPage, "The trail", OF_LOGS)
    def get(self, request: Any) -> HttpResponse:
        return super().get(request)


class LogTable(Lines, ConsoleTable):
    """GET answers what was done as CSV."""

    @says(None, "The trail as CSV", OF_LOGS)
    def get(self, request: Any) -> Any:
        return super().get(request)


# --- leads ------------------------------------------------------------------------------


class Leads:
    """What one of the forms brought."""

    kind: Lead.Kind
    parts = tables.leads

    @staticmethod
    def described(rows: Any) -> list[LeadFact]:
        return [facts.lead(row) for row in rows]

    def rows(self, query: Any) -> Any:
        return console.leads(
            self.kind, status=query.get("status", ""), words=query.get("q", "").strip()
        )


class LeadList(Leads, ConsoleList):
    """GET lists what one of the forms brought, spam too."""

    @says(LeadPage, "Leads", OF_LEADS)
    def get(self, request: Any) -> HttpResponse:
        return super().get(request)


class LeadTable(Leads, ConsoleTable):
    """GET answers what one of the forms brought as CSV."""

    @says(None, "Leads as CSV", OF_LEADS)
    def get(self, request: Any) -> Any:
        return super().get(request)


class WaitlistList(LeadList):
    kind, what = Lead.Kind.WAITLIST, "waitlist"


class WaitlistTable(LeadTable):
    kind, what = Lead.Kind.WAITLIST, "waitlist"


class ContactList(LeadList):
    kind, what = Lead.Kind.CONTACT, "contacts"


class ContactTable(LeadTable):
    kind, what = Lead.Kind.CONTACT, "contacts"


class PilotList(LeadList):
    kind, what = Lead.Kind.PILOT_REQUEST, "pilot-requests"


class PilotTable(LeadTable):
    kind, what = Lead.Kind.PILOT_REQUEST, "pilot-requests"


class InvestorList(LeadList):
    kind, what = Lead.Kind.INVESTOR_INTEREST, "investor-interest"


class InvestorTable(LeadTable):
    kind, what = Lead.Kind.INVESTOR_INTEREST, "investor-interest"


#: Each list by its name in the address, with its table.
LISTS: list[tuple[type[ConsoleList], type[ConsoleTable]]] = [
    (LogList, LogTable),
    (UserList, UserTable),
    (WaitlistList, WaitlistTable),
    (ContactList, ContactTable),
    (PilotList, PilotTable),
    (InvestorList, InvestorTable),
]
