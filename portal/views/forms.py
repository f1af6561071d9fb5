"""The public forms as pages: they call the verbs that the API calls, and work without scripts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views import form as answer
from core.errors import DomainError
from core.structs import convert
from portal import leads
from portal.models import Lead
from portal.serializers import Contact, Form, InvestorInterest, PilotRequest, Waitlist

__all__ = ["FORMS", "blank", "everything", "page", "thanks"]

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a page shows it, with what was typed and what is wrong with it."""

    name: str
    label: Words
    kind: str = "text"
    required: bool = False
    most: int = 255
    least: int = 0
    fills: str = ""
    hint: Words = ""
    wide: bool = False
    value: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One of the forms: where it is, what it says, what it asks."""

    slug: str
    kind: Lead.Kind
    wish: type[Form]
    icon: str
    title: Words
    lead: Words
    button: Words
    fields: list[Field]

    @property
    def url_name(self) -> str:
        return f"form-{self.slug}"

    @property
    def api(self) -> str:
        """Where a script sends it."""
        return f"/api/v1/{self.kind.value}"


EMAIL = Field("email", _("E-mail"), "email", required=True, most=254, fills="email")
NAME = Field("name", _("Your name"), required=True, fills="name")
MOST_TEXT = 5000

FORMS = [
    Page(
        "pilot-request",
        Lead.Kind.PILOT_REQUEST,
        PilotRequest,
        "concierge-bell",
        _("Try it in your restaurant"),
        _("Tell us where and how you sell. We set up a pilot with your menu."),
        _("Ask for a pilot"),
        [
            NAME,
            Field("org", _("Restaurant or company"), required=True, fills="organization"),
            replace(EMAIL, wide=True),
            Field(
                "use_case", _("How do you sell today?"), "textarea", required=True,
                most=MOST_TEXT, least=5, wide=True,
                hint=_("How many tills and shops, dine in or take away, what gets in the way."),
            ),
        ],
    ),
    Page(
        "contact",
        Lead.Kind.CONTACT,
        Contact,
        "mail",
        _("Ask us something"),
        _("About prices, moving from another till, or anything else."),
        _("Send the message"),
        [
            NAME,
            EMAIL,
            Field("company", _("Company"), fills="organization"),
            Field("phone", _("Phone"), "tel", most=40, fills="tel"),
            Field(
                "message", _("Your message"), "textarea", required=True,
                most=MOST_TEXT, least=10, wide=True,
            ),
        ],
    ),
    Page(
        "waitlist",
        Lead.Kind.WAITLIST,
        Waitlist,
        "users",
        _("Join the waitlist"),
        _("One letter when it is your turn, and no other."),
        _("Join the waitlist"),
        [EMAIL, Field("name", _("Your name"), fills="name")],
    ),
    Page(
        "investor-interest",
        Lead.Kind.INVESTOR_INTEREST,
        InvestorInterest,
        "banknote",
        _("Invest"),
        _("Tell us who you are. We send you what you need to decide."),
        _("Show your interest"),
        [
            NAME,
            EMAIL,
            Field("amount", _("Amount you think of"), most=120, wide=True),
            Field("note", _("What else should we know?"), "textarea", most=MOST_TEXT, wide=True),
        ],
    ),
]  # fmt: skip


def blank() -> dict[str, Any]:
    """What a page needs to show all of the forms."""
    return {"forms": FORMS, "started": leads.opened()}


def page(asked: Page) -> Callable[[HttpRequest], HttpResponse]:
    """The page of one of the forms."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def shown(request: HttpRequest) -> HttpResponse:
        """Ask; take what was sent; say thanks on a page of its own."""
        about = {"form": asked, "started": leads.opened(), "alone": True}
        if request.method != "POST":
            return render(request, "portal/form_page.html", about)
        sent = {name: value.replace("\r\n", "\n") for name, value in request.POST.items()}
        try:
            _take(asked, sent)
        except DomainError as refusal:
            about |= {"form": _filled(asked, sent, refusal), "started": sent.get("started", "")}
            return answer(request, "portal/form_page.html", about, refusal)
        return redirect("form-thanks")

    return shown


def _take(asked: Page, sent: dict[str, str]) -> None:
    said = convert(sent, asked.wish)
    leads.take(
        kind=asked.kind,
        fields=said.fields(),
        trapped=bool(said.website or said.honeypot),
        started=str(said.started or ""),
    )


def _filled(asked: Page, sent: dict[str, str], refusal: DomainError) -> Page:
    """The form with what was typed, each field with what is wrong with it."""
    wrong: Any = refusal.details.get("errors", {})
    fields = [
        replace(
            field,
            value=sent.get(field.name, "")[:MOST_TEXT],
            error=" ".join(wrong.get(field.name, [])),
        )
        for field in asked.fields
    ]
    return replace(asked, fields=fields)


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Lead to the first page, where all of the forms stand."""
    return redirect(f"{reverse('landing')}#talk")


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """Say that it arrived."""
    return render(request, "portal/thanks.html")
