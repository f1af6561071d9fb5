"""One's own account: who one is, one's password, where one is signed in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import browsers, middleware, passwords, sessions, users
from accounts.models import AuthSession
from accounts.principals import Principal
from accounts.views import for_people, form
from core.errors import DomainError, Missing

__all__ = ["account", "own_sessions"]

FIELDS = ("name", "email", "phone")


@sensitive_post_parameters("current_password", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def account(request: HttpRequest, person: Principal) -> HttpResponse:
    """Change one's name, e-mail and telephone number, or one's password."""
    act = request.POST.get("act", "")
    refusal = None
    if request.method == "POST":
        try:
            {"profile": _describe_oneself, "password": _change_password}[act](request, person)
        except KeyError:
            raise Missing from None
        except DomainError as problem:
            refusal = problem
        else:
            return redirect("account")
    user = users.get(person.pk)
    sent = request.POST if refusal is not None and act == "profile" else {}
    about = {
        "page": "account",
        "person": person,
        "user": user,
        "values": {name: sent.get(name, getattr(user, name)) for name in FIELDS},
        "act": act,
    }
    return form(request, "accounts/account.html", about, refusal)


def _describe_oneself(request: HttpRequest, person: Principal) -> None:
    fields = {name: request.POST.get(name, "").strip() for name in FIELDS}
    users.change(person.pk, actor=person, fields=fields)
    messages.success(request, _("Saved."))


def _change_password(request: HttpRequest, person: Principal) -> None:
    session = passwords.change(
        session_id=person.session_id,
        actor=person,
        current=request.POST.get("current_password", ""),
        new=request.POST.get("new_password", ""),
    )
    middleware.remember(request, session)
    messages.success(request, _("Your password is changed. You are signed out everywhere else."))


@require_http_methods(["GET", "HEAD", "POST"])
@for_people
def own_sessions(request: HttpRequest, person: Principal) -> HttpResponse:
    """Where one is signed in, and the end of it: one sign-in, or all but this one."""
    if request.method == "POST":
        if request.POST.get("act") == "others":
            sessions.end_others(session_id=person.session_id, user_id=person.pk, actor=person)
            messages.success(request, _("You are signed out everywhere else."))
        else:
            sessions.end(session_id=_own(request, person), actor=person)
            messages.success(request, _("That sign-in has ended."))
        return redirect("sessions")
    rows = sessions.of(person.pk).select_related("device").order_by("-last_used_at", "-pk")
    return form(
        request,
        "accounts/sessions.html",
        {
            "page": "sessions",
            "person": person,
            "rows": [_row(row, person) for row in rows[:100]],
        },
    )


def _own(request: HttpRequest, person: Principal) -> UUID:
    """The session to be ended, if it is theirs. Raises ``Missing``."""
    try:
        found = sessions.of(person.pk).filter(pk=UUID(request.POST.get("session_id", ""))).first()
    except ValueError:
        found = None
    if found is None:
        raise Missing
    return found.pk


def _row(row: AuthSession, person: Principal) -> dict[str, Any]:
    known = row.device_name or browsers.name(row.user_agent)
    return {
        "session": row,
        "name": str(row.device or known or _("Unknown device")),
        "is_here": row.pk == person.session_id,
    }
