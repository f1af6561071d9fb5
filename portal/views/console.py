"""The developer console as pages, for those who may not open the sysadmin's."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import otp
from accounts.models import User
from accounts.principals import Principal
from accounts.views import form, visitor
from core import periods
from core.errors import DomainError
from core.paging import cut
from portal import console, facts
from portal.models import Lead
from portal.permissions import ROLES

__all__ = ["LISTS", "listed", "person_page", "summary"]

PAGE = 25
#: What says where in a list somebody is, and not what is in it.
PLACES = ("page", "limit", "skip", "cursor")


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the console's lists: where it is, what it is called, what it shows."""

    what: str
    title: Any
    icon: str
    rows: Callable[[Any], QuerySet[Any]]
    described: Callable[[Any], list[Any]]
    template: str
    choices: tuple[str, list[str]] = ("", [])

    @property
    def url_name(self) -> str:
        return f"developer-{self.what}"


def _words(query: Any) -> str:
    return query.get("q", "").strip()[:100]


def _leads(kind: Lead.Kind, what: str, title: Any, icon: str) -> Listing:
    def rows(query: Any) -> QuerySet[Lead]:
        return console.leads(kind, status=query.get("status", ""), words=_words(query))

    def described(found: Any) -> list[facts.LeadFact]:
        return [facts.lead(row) for row in found]

    choices = ("status", Lead.Status.values)
    return Listing(what, title, icon, rows, described, "portal/console/leads.html", choices)


def _people(query: Any) -> QuerySet[User]:
    return console.people(role=query.get("role", ""), words=_words(query))


def _lines(query: Any) -> Any:
    period = periods.wish(query)
    return console.lines(action=_words(query), since=period.since, until=period.until)


LISTS = [
    Listing(
        "users", gettext_lazy("People"), "users", _people, console.described,
        "portal/console/people.html", ("role", User.Role.values),
    ),
    Listing(
        "logs", gettext_lazy("Trail"), "book-open", _lines, console.told,
        "portal/console/lines.html",
    ),
    _leads(Lead.Kind.PILOT_REQUEST, "pilot-requests", gettext_lazy("Pilots"), "concierge-bell"),
    _leads(Lead.Kind.CONTACT, "contacts", gettext_lazy("Contacts"), "mail"),
    _leads(Lead.Kind.WAITLIST, "waitlist", gettext_lazy("Waitlist"), "users"),
    _leads(Lead.Kind.INVESTOR_INTEREST, "investor-interest", gettext_lazy("Investors"), "banknote"),
]  # fmt: skip


def for_developers(page: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Open a page to developers and sysadmins who have shown a one-time code; others are led."""

    @wraps(page)
    def guarded(request: HttpRequest, **given: Any) -> HttpResponseBase:
        person = visitor(request)
        here = request.get_full_path()
        if person is None:
            return redirect_to_login(here, reverse("sign-in"))
        if person.role not in ROLES:
            raise PermissionDenied
        if not otp.is_proven(person.session_id):
            return redirect_to_login(here, reverse("sign-in-code"))
        return page(request, person, **given)

    return never_cache(guarded)


@require_safe
@for_developers
def summary(request: HttpRequest, person: Principal) -> HttpResponse:
    """How many there are of everything, and what was done last."""
    about = _about(person, "summary")
    about["counts"] = console.summary()
    about["lines"] = console.told(console.lines().order_by("-pk")[:10])
    console.looked("summary", actor=person, rows=1)
    return render(request, "portal/console/summary.html", about)


def listed(asked: Listing) -> Callable[..., HttpResponseBase]:
    """The page of one of the lists."""

    @require_safe
    @for_developers
    def shown(request: HttpRequest, person: Principal) -> HttpResponse:
        """A page of rows, what they are filtered by, and the way to the next and to CSV."""
        query = request.GET.copy()
        query["limit"] = query.get("limit") or str(PAGE)
        about = _about(person, asked.what) | {
            "list": asked,
            "query": query,
            "name": asked.choices[0],
        }
        about["chosen"] = query.get(asked.choices[0], "")
        try:
            request.GET = query
            page = cut(asked.rows(query), request, count=True)
        except DomainError as refusal:
            return form(request, "portal/console/list.html", about, refusal)
        total = int(page.headers["X-Total-Count"])
        console.looked(asked.what, actor=person, rows=len(page.rows), filters=sorted(query))
        turning = _turning(query, total, is_trail=asked.what == "logs")
        about |= turning | {"rows": asked.described(page.rows), "total": total}
        return render(request, "portal/console/list.html", about)

    return shown


def _turning(query: Any, total: int, *, is_trail: bool) -> dict[str, Any]:
    """The addresses of the pages before and after, and of the whole as CSV."""
    number = int(query.get("page") or 1)
    kept = {key: value for key, value in query.items() if key not in PLACES and value}
    wide = {} if query["limit"] == str(PAGE) else {"limit": query["limit"]}

    def link(page: int) -> str:
        return "?" + urlencode(kept | wide | {"page": page})

    last = max(1, -(-total // int(query["limit"])))
    return {
        "before": link(number - 1) if number > 1 else "",
        "after": link(number + 1) if number < last else "",
        "number": number,
        "last": last,
        # The page finds lines of the trail by words, the table by action: both mean the same.
        "kept": urlencode(
            {"action" if is_trail and key == "q" else key: kept[key] for key in kept}
        ),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_developers
def person_page(request: HttpRequest, person: Principal, user_id: UUID) -> HttpResponse:
    """One person: what they are on the platform, and whether they may sign in."""
    refusal = None
    if request.method == "POST":
        active = {"yes": True, "no": False}.get(request.POST.get("access", ""))
        role = request.POST.get("role", "")
        try:
            console.change(user_id, actor=person, role=role, is_active=active)
        except DomainError as problem:
            refusal = problem
        else:
            messages.success(
                request, _("Saved. Their old sign-ins have ended if anything changed.")
            )
            return redirect(request.path)
    about = _about(person, "users") | {"one": console.person(user_id), "roles": User.Role.values}
    console.looked("users", actor=person, rows=1, user_id=user_id)
    # A person's role in a shop is not theirs on the platform.
    about["role"] = about["one"].role if about["one"].role in User.Role.values else User.Role.USER
    return form(request, "portal/console/person.html", about, refusal)


def _about(person: Principal, here: str) -> dict[str, Any]:
    return {"person": person, "lists": LISTS, "here": here}
