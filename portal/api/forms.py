"""The public forms: one answer for whatever is sent."""

from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse

from accounts.permissions import Anybody
from core import parsing
from core.api import View, respond
from core.parsing import FormParser, MultiPartParser, StrictJSONParser, convert
from core.schema import describe
from portal import leads
from portal.errors import FormTooLarge
from portal.models import Lead
from portal.serializers import (
    Contact,
    Form,
    InvestorInterest,
    PilotRequest,
    Received,
    Waitlist,
)

__all__ = ["ContactForm", "InvestorForm", "PilotForm", "WaitlistForm"]

TAGS = ["Public forms"]
MOST_BYTES = 32 * 1024

#: The same bytes for new, repeated, spam and trapped.
RECEIVED = Received("ok", "Thank you. It has arrived, and we will write to you.")

SAYS = (
    "JSON or a form. 201 with the same body whether it is new, was sent before or looks like "
    "spam; other keys are ignored. 5 per address in 10 minutes, and a limit for all together; "
    "over it 429 with `Retry-After`. At most 32 KiB."
)


def says(kind: type[Form], summary: str) -> Any:
    """Describe one of the forms."""
    return describe(
        request=kind,
        responses={201: Received},
        errors=[413, 415],
        summary=summary,
        description=SAYS,
        tags=TAGS,
        auth=[],
    )


class PublicForm(View):
    """The base of the four: parse, take, answer. Who is signed in does not matter."""

    authentication_classes: ClassVar[list[type]] = []
    permission_classes: ClassVar[list[type]] = [Anybody]
    parser_classes: ClassVar[list[type]] = [StrictJSONParser, FormParser, MultiPartParser]
    kind: ClassVar[Lead.Kind]
    wish: ClassVar[type[Form]]

    def post(self, request: Any) -> HttpResponse:
        if len(parsing.read(request._request)) > MOST_BYTES:
            raise FormTooLarge
        said = convert(request.data, self.wish)
        leads.take(
            kind=self.kind,
            fields=said.fields(),
            trapped=bool(said.website or said.honeypot),
            started=str(said.started or ""),
        )
        return respond(msgspec.to_builtins(RECEIVED), 201)


class WaitlistForm(PublicForm):
    """POST puts somebody on the waitlist."""

    kind, wish = Lead.Kind.WAITLIST, Waitlist

    @says(Waitlist, "Join the waitlist")
    def post(self, request: Any) -> HttpResponse:
        return super().post(request)


class ContactForm(PublicForm):
    """POST takes a message."""

    kind, wish = Lead.Kind.CONTACT, Contact

    @says(Contact, "Write to us")
    def post(self, request: Any) -> HttpResponse:
        return super().post(request)


class InvestorForm(PublicForm):
    """POST takes who wants to invest."""

    kind, wish = Lead.Kind.INVESTOR_INTEREST, InvestorInterest

    @says(InvestorInterest, "Show interest as an investor")
    def post(self, request: Any) -> HttpResponse:
        return super().post(request)


class PilotForm(PublicForm):
    """POST takes who wants to try it in their restaurant."""

    kind, wish = Lead.Kind.PILOT_REQUEST, PilotRequest

    @says(PilotRequest, "Ask for a pilot")
    def post(self, request: Any) -> HttpResponse:
        return super().post(request)
