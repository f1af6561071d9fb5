"""The desk's acts in the console: asked for on a page, done by the verbs, told site by site.

Each form carries a ticket of its own, and happens once however often it is sent. A new key is on
the page that answers, and nowhere else.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.handlers.asgi import ASGIRequest
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts import audit
from core import sealing, wire
from core.errors import DomainError
from core.idempotency import Once, Repeated, Secret
from licensing import acts, desk, fleet, sites
from licensing.acts import ACTS, Done
from licensing.forms import Register
from licensing.models import Site

__all__ = ["MOST", "as_table", "carry_out", "chosen_in", "is_filled_in", "page_of", "register"]

#: So many sites at once: each is its own transaction, and its own line of the summary.
MOST = 200

TICKET = re.compile(r"[\w-]{16,64}\Z", re.ASCII)
#: What a form says besides what it wants.
BESIDE = {"csrfmiddlewaretoken", "ticket", "confirmed", "action", ACTION_CHECKBOX_NAME}


def carry_out(
    name: str, request: Any, chosen: Sequence[Site], *, context: dict[str, Any], back: str
) -> HttpResponse:
    """Ask, or do it to each of these sites and tell what became of it. ``back``: where to go."""
    act, ticket = ACTS[name], _ticket(request)
    alone = chosen[0] if len(chosen) == 1 else None
    form = act.form(request.POST if ticket else None, site=alone)
    page = context | {
        "title": act.title, "act": act, "form": form, "back": back, "action": name,
        "foreseen": acts.foreseen(name, list(chosen)), "checkbox": ACTION_CHECKBOX_NAME,
        "ticket": ticket or secrets.token_urlsafe(24),
    }  # fmt: skip
    if not (ticket and form.is_valid()):
        return TemplateResponse(request, "licensing/ask.html", page)
    done = [_one(name, site, form, request, ticket) for site in chosen]
    if alone is None or done[0].secret_key:
        return _told(request, page | {"done": done})
    level = messages.SUCCESS if done[0].is_done else messages.ERROR
    messages.add_message(request, level, f"{done[0].name}: {done[0].sentence}")
    return redirect(back if done[0].pk else reverse("admin:licensing_site_changelist"))


def register(request: Any, *, context: dict[str, Any], back: str) -> HttpResponse:
    """Ask for a new site's facts; then its key, this once."""
    ticket = _ticket(request)
    form = Register(request.POST if ticket else None)
    page = context | {
        "title": "Register a site", "form": form, "back": back,
        "ticket": ticket or secrets.token_urlsafe(24),
    }  # fmt: skip
    if ticket and form.is_valid():
        try:
            done = _registered(request, form, ticket)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            return _told(request, page | {"done": [done], "back": reverse(*_page(done.pk))})
    return TemplateResponse(request, "licensing/ask.html", page)


def chosen_in(request: Any) -> list[Site]:
    """The sites that a form on its way names: whatever the list behind it shows by now."""
    keys = request.POST.getlist(ACTION_CHECKBOX_NAME)[: MOST + 1]
    return list(Site.objects.filter(pk__in=keys).order_by("pk"))


def is_filled_in(request: Any) -> bool:
    """Whether this is a form that was filled in, and not the wish to be asked."""
    return bool(_ticket(request))


def page_of(site: Site) -> str:
    """The address of a site's own page."""
    return reverse(*_page(site.pk))


def as_table(request: Any, queryset: QuerySet[Site]) -> StreamingHttpResponse:
    """These sites as CSV, which leaves a line in the audit."""
    # by their keys: neither the order of the list nor its joins are the table's
    chosen = Site.objects.filter(pk__in=queryset.order_by().values("pk"))
    number = chosen.count()
    audit.record(
        "console.exported", ("list", "sites"), shop=None, actor=request.user, number=number
    )
    parts = desk.table(chosen)
    return StreamingHttpResponse(
        _apart(parts) if isinstance(request, ASGIRequest) else parts,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="sites.csv"',
            "Cache-Control": "no-store",
        },
    )


def _page(pk: Any) -> tuple[str, None, list[Any]]:
    return "admin:licensing_site_change", None, [pk]


def _ticket(request: Any) -> str:
    """The ticket of a form that was filled in; empty where it is still to be asked for."""
    ticket = request.POST.get("ticket", "")
    filled_in = request.method == "POST" and "confirmed" in request.POST
    return ticket if filled_in and TICKET.match(ticket) else ""


def _once(request: Any, about: str, ticket: str, *, secret: bool = False) -> Once:
    """The form's right to happen once to this site."""
    said = {name: request.POST.getlist(name) for name in request.POST if name not in BESIDE}
    plain = about.encode() + b"\0" + wire.plain(said)
    principal, route = f"user:{request.user.pk}", f"CONSOLE sites/{about}"
    if secret:
        digest = sealing.fingerprint(plain)
        return Secret(principal=principal, route=route, key=ticket, fingerprint=digest)
    digest = hashlib.sha256(plain).digest()
    return Once(principal=principal, route=route, key=ticket, fingerprint=digest)


def _one(name: str, site: Site, form: Any, request: Any, ticket: str) -> Done:
    once = _once(request, f"{site.pk}/{name}", ticket, secret=ACTS[name].has_secret)
    return acts.act_on(site, name=name, form=form, actor=request.user, once=once)


def _registered(request: Any, form: Register, ticket: str) -> Done:
    once = _once(request, "register", ticket, secret=True)
    fields, reason = form.fields_of_site(), form.cleaned_data["reason"]
    try:
        once.repeat()
        sites.register(actor=request.user, fields=fields, reason=reason, once=once)
        kept = once.body
    except Repeated as before:
        kept = before.body
    answer = msgspec.json.decode(kept)
    site = fleet.get(answer["site_id"])
    key = answer["secret_key"]
    return Done(site.name, "It is registered.", site.site_id, site.pk, secret_key=key)


def _told(request: Any, page: dict[str, Any]) -> HttpResponse:
    done = sorted(page["done"], key=lambda each: each.is_done)
    number = sum(each.is_done for each in done)
    page |= {
        "done": done,
        "number": number,
        "refused": len(done) - number,
        "has_keys": any(each.secret_key for each in done),
    }
    response = TemplateResponse(request, "licensing/done.html", page)
    response["Cache-Control"] = "no-store"
    return response


async def _apart(parts: Any) -> Any:
    """Each part beside the event loop, which would gather all of them first."""
    while (part := await sync_to_async(next)(parts, None)) is not None:
        yield part
