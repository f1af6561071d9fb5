"""What the desk can do to a site: what a page asks first, the verb that does it, what it says then.

An act is told by the bytes that its verb kept, so a form that was sent twice is told of once done.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django import forms
from django.utils import timezone

from accounts.audit import Actor
from core.errors import DomainError
from core.idempotency import Once, Repeated
from licensing import fleet, handover, moments, sites
from licensing.forms import Change, Extend, Lock, Remove, Why
from licensing.models import Site

__all__ = ["ACTS", "Act", "Done", "act_on", "offered"]

#: What the keys of a verb's kept answer are to us.
Answer = Mapping[str, Any]


class Done(NamedTuple):
    """What became of one site."""

    name: str
    sentence: str
    site_id: UUID
    pk: UUID | None = None
    is_done: bool = True
    secret_key: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """What its own server is set to from now on."""
        return handover.settings_of(self.site_id, self.secret_key)


class Act(NamedTuple):
    """Something done to sites.

    ``then`` says what will be so, ``refusal`` why it makes no sense now (empty: it does),
    ``says`` what it means, ``told`` what was done, from the verb's answer.
    """

    title: str
    button: str
    icon: str
    says: str
    then: str
    form: type[forms.Form]
    do: Callable[[UUID, Any, Actor, Once], object]
    told: Callable[[Answer], str]
    refusal: Callable[[Site, datetime], str] = lambda site, now: ""
    is_grave: bool = False
    has_secret: bool = False


def _lock(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    sites.lock(site, reason=form.cleaned_data["reason"], actor=actor, once=once)


def _unlock(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    once.repeat()
    if not fleet.get(site).is_locked:
        raise DomainError("Nobody has locked it.")
    sites.unlock(site, reason=form.cleaned_data["reason"], actor=actor, once=once)


def _extend(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    reason = form.cleaned_data["reason"]
    sites.extend(site, actor=actor, reason=reason, once=once, **form.end())


def _rotate(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    once.repeat()  # a repeat shows the same key again, as the API does
    sites.rotate_key(site, actor=actor, reason=form.cleaned_data["reason"], once=once)


def _watch(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    sites.watch(site, actor=actor, reason=form.cleaned_data["reason"], once=once)


def _unwatch(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    reason = form.cleaned_data["reason"]
    sites.change(site, actor=actor, fields={"watched_until": None}, reason=reason, once=once)


def _change(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    fields, reason = form.fields_of_site(), form.cleaned_data["reason"]
    sites.change(site, actor=actor, fields=fields, reason=reason, once=once)


def _remove(site: UUID, form: Any, actor: Actor, once: Once) -> None:
    sites.delete(site, actor=actor, reason=form.cleaned_data["reason"], once=once)


def _told_of_end(answer: Answer) -> str:
    end = answer["license_expires_at"]
    return f"Its licence ends at {end[:16].replace('T', ' ')} UTC." if end else "It does not end."


def _not_twice(site: Site, now: datetime) -> str:
    return "It is locked already." if site.is_locked else ""


def _not_locked(site: Site, now: datetime) -> str:
    return "" if site.is_locked else "Nobody has locked it."


def _watched(site: Site, now: datetime) -> bool:
    return site.watched_until is not None and site.watched_until > now


ACTS = {
    "lock": Act(
        "Lock",
        "Lock",
        "lock",
        "From its next heartbeat a locked site opens no new orders; open ones can be finished, "
        "sales refunded and shifts closed. Its shops on this server are locked at once.",
        "Locked: no new orders.",
        Lock,
        _lock,
        lambda answer: "It will be locked from its next heartbeat.",
        _not_twice,
        is_grave=True,
    ),
    "unlock": Act(
        "Unlock",
        "Unlock",
        "lock_open",
        "From its next heartbeat it sells again; its shops on this server at once.",
        "Unlocked: sells as its licence allows.",
        Why,
        _unlock,
        lambda answer: "It will be unlocked from its next heartbeat.",
        _not_locked,
    ),
    "extend": Act(
        "Extend the licence",
        "Extend",
        "event",
        "Until when does it hold?",
        "Ends later, as said below.",
        Extend,
        _extend,
        _told_of_end,
    ),
    "rotate": Act(
        "Give a new key",
        "Give a new key",
        "key",
        "The old key opens until the new one is first used, 7 days at most. "
        "Somebody must put the new one into the site's settings.",
        "Two keys until the new one is used.",
        Why,
        _rotate,
        lambda answer: "It has a new key.",
        is_grave=True,
        has_secret=True,
    ),
    "watch": Act(
        "Watch",
        "Watch for a day",
        "visibility",
        "It is asked to call every quarter of an hour, for 24 hours.",
        "Calls every quarter of an hour.",
        Why,
        _watch,
        lambda answer: "It will call every quarter of an hour from its next heartbeat.",
        lambda site, now: "It is watched already." if _watched(site, now) else "",
    ),
    "unwatch": Act(
        "Stop watching",
        "Stop watching",
        "visibility_off",
        "It calls every six hours again.",
        "Calls every six hours.",
        Why,
        _unwatch,
        lambda answer: "It is watched no more.",
        lambda site, now: "" if _watched(site, now) else "It is not watched.",
    ),
    "edit": Act(
        "Change",
        "Save",
        "edit",
        "Who it is, whom to write, and which shops of this server belong to it.",
        "As said below.",
        Change,
        _change,
        lambda answer: "It is changed.",
    ),
    "remove": Act(
        "Delete",
        "Delete for good",
        "delete",
        "Its key opens no more, and it answers as a site that never was. Its server sells on until "
        "its grace is over, then opens no new orders; its shops on this server open none from now "
        "on. Its alerts are closed. It cannot be brought back; the audit keeps what it was.",
        "Gone.",
        Remove,
        _remove,
        lambda answer: "It is deleted.",
        is_grave=True,
    ),
}


def offered(site: Site) -> list[tuple[str, Act, str]]:
    """Every act by its name, and why it makes no sense for this site now; empty: it does."""
    now = timezone.now()
    return [(name, act, act.refusal(site, now)) for name, act in ACTS.items()]


def foreseen(name: str, chosen: list[Site]) -> list[dict[str, Any]]:
    """What the act will do to each of these sites, or why it will not, for people to look at."""
    act, now = ACTS[name], timezone.now()
    rows = []
    for site in chosen:
        end = moments.of(site.license_expires_at, now)
        refusal = act.refusal(site, now)
        row = {"site": site, "status": fleet.status(site, now).value, "end": end}
        rows.append(row | {"then": refusal or act.then, "is_refused": bool(refusal)})
    return rows


def act_on(site: Site, *, name: str, form: Any, actor: Actor, once: Once) -> Done:
    """Do it to one site, or say that it is done if this form did it before; a refusal is told."""
    act = ACTS[name]
    try:
        act.do(site.site_id, form, actor, once)
        kept = once.body
    except Repeated as before:
        kept = before.body
    except DomainError as refusal:
        return Done(site.name, str(refusal), site.site_id, site.pk, is_done=False)
    answer = msgspec.json.decode(kept) if kept else {}
    key = answer.get("secret_key", "")
    is_gone = name == "remove"
    pk = None if is_gone else site.pk
    named = answer.get("name", site.name)
    return Done(named, act.told(answer), site.site_id, pk, secret_key=key)
