"""The desk's acts in the console: asked for on a page, done by the verbs, told site by site.

A new key is on the page that answers, and nowhere else: it is not kept, so it cannot come again.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from core.errors import DomainError
from licensing import sites
from licensing.forms import Extend, Lock, Register, Why
from licensing.models import Site

__all__ = ["ACTS", "MOST", "Act", "carry_out", "register"]

#: So many sites at once: each is its own transaction, and its own line of the summary.
MOST = 200


class Done(NamedTuple):
    """What became of one site."""

    site: Site
    sentence: str
    is_done: bool = True
    secret_key: str = ""


class Act(NamedTuple):
    """Something done to sites: how a page asks for it, and the verb that does it."""

    title: str
    button: str
    says: str
    form: type[forms.Form]
    do: Callable[[Site, Any, Any], Done]
    is_grave: bool = False


def _lock(site: Site, form: Lock, actor: Any) -> Done:
    sites.lock(site.site_id, reason=form.cleaned_data["reason"], actor=actor)
    return Done(site, "It will be locked from its next heartbeat.")


def _unlock(site: Site, form: Why, actor: Any) -> Done:
    if not site.is_locked:
        return Done(site, "Nobody has locked it.", is_done=False)
    sites.unlock(site.site_id, reason=form.cleaned_data["reason"], actor=actor)
    return Done(site, "It will be unlocked from its next heartbeat.")


def _extend(site: Site, form: Extend, actor: Any) -> Done:
    until, reason = form.end()(site), form.cleaned_data["reason"]
    sites.extend(site.site_id, until=until, actor=actor, reason=reason)
    when = f"ends at {until:%Y-%m-%d %H:%M} UTC" if until else "does not end"
    return Done(site, f"Its licence {when}.")


def _rotate(site: Site, form: Why, actor: Any) -> Done:
    key = sites.rotate_key(site.site_id, actor=actor, reason=form.cleaned_data["reason"])
    return Done(site, "It has a new key.", secret_key=key)


ACTS = {
    "lock": Act(
        "Lock",
        "Lock",
        "From its next heartbeat a locked site opens no new orders; open ones can be finished.",
        Lock,
        _lock,
        is_grave=True,
    ),
    "unlock": Act("Unlock", "Unlock", "From its next heartbeat it sells again.", Why, _unlock),
    "extend": Act("Extend the licence", "Extend", "Until when does it hold?", Extend, _extend),
    "rotate": Act(
        "Give a new key",
        "Give a new key",
        "The old key opens until the new one is first used, 7 days at most.",
        Why,
        _rotate,
        is_grave=True,
    ),
}


def carry_out(
    name: str, request: Any, chosen: Sequence[Site], *, context: dict[str, Any], back: str
) -> HttpResponse:
    """Ask, or do it to each of these sites and tell what became of it. ``back``: where to go."""
    act = ACTS[name]
    confirmed = request.method == "POST" and "confirmed" in request.POST
    form = act.form(request.POST if confirmed else None)
    page = context | {
        "title": act.title, "act": act, "form": form, "sites": chosen, "back": back,
        "action": name, "checkbox": ACTION_CHECKBOX_NAME,
    }  # fmt: skip
    if not (confirmed and form.is_valid()):
        return TemplateResponse(request, "licensing/ask.html", page)
    done = [_one(act, site, form, request.user) for site in chosen]
    if len(done) == 1 and not done[0].secret_key:
        level = messages.SUCCESS if done[0].is_done else messages.ERROR
        messages.add_message(request, level, f"{done[0].site.name}: {done[0].sentence}")
        return redirect(back)
    return _told(request, page | {"done": done})


def register(request: Any, *, context: dict[str, Any], back: str) -> HttpResponse:
    """Ask for a new site's facts; then its key, this once."""
    form = Register(request.POST if request.method == "POST" else None)
    page = context | {"title": "Register a site", "form": form, "back": back, "sites": []}
    if request.method == "POST" and form.is_valid():
        try:
            made = sites.register(
                actor=request.user,
                fields=form.fields_of_site(),
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            told = Done(made.site, "It is registered.", secret_key=made.secret_key)
            return _told(request, page | {"done": [told], "back": page_of(made.site)})
    return TemplateResponse(request, "licensing/ask.html", page)


def page_of(site: Site) -> str:
    """The address of a site's own page."""
    return reverse("admin:licensing_site_change", args=[site.pk])


def _one(act: Act, site: Site, form: Any, actor: Any) -> Done:
    try:
        return act.do(site, form, actor)
    except DomainError as refusal:
        return Done(site, str(refusal), is_done=False)


def _told(request: Any, page: dict[str, Any]) -> HttpResponse:
    done = page["done"]
    number = sum(each.is_done for each in done)
    page |= {
        "number": number,
        "refused": len(done) - number,
        "has_keys": any(each.secret_key for each in done),
    }
    response = TemplateResponse(request, "licensing/done.html", page)
    response["Cache-Control"] = "no-store"
    return response
