"""Leads: what the public forms bring in, and what becomes of it.

Whatever is sent, the same work is done: two counts, one verdict, one statement. So neither the
answer nor its time says whether an e-mail is known, or whether we think it is spam.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from core import addresses, context, ids, limits, statements, wire
from core.database import verb
from core.errors import Invalid, Missing
from core.statements import Statement
from portal import mailboxes, spam
from portal.models import Lead

__all__ = ["FIELDS", "LEAST", "give", "mark", "opened", "take"]

#: Forms sent from one address.
PER_ADDRESS = "5/10m"
#: Forms sent from anywhere: the breaker, for whoever has many addresses.
BREAKERS = ["200/1m", "2000/1h"]

#: What a lead is made of, as a form says it.
FIELDS = ("email", "name", "company", "phone", "topic", "amount", "message", "source")

#: How many characters are the least that says something.
LEAST = {Lead.Kind.CONTACT: ("message", 10), Lead.Kind.PILOT_REQUEST: ("use_case", 5)}
NEEDS_NAME = frozenset({Lead.Kind.CONTACT, Lead.Kind.INVESTOR_INTEREST, Lead.Kind.PILOT_REQUEST})

#: How long a form that was opened says how long it was open.
LONGEST_OPEN = timedelta(days=2)
SALT = "portal.form"

TAKE = Statement(
    "take_lead",
    """
    INSERT INTO portal_lead
        (id, kind, email, mailbox, name, company, phone, topic, amount, message, source, status,
         spam_score, spam_reasons, address, fingerprint, repeats, created_at, last_at,
         ack_due_at, ack_tries)
    VALUES
        (%(id)s, %(kind)s, %(email)s, %(mailbox)s, %(name)s, %(company)s, %(phone)s, %(topic)s,
         %(amount)s, %(message)s, %(source)s, %(status)s, %(score)s, %(reasons)s, %(address)s,
         %(fingerprint)s, 0, %(at)s, %(at)s, %(ack_due_at)s, 0)
    ON CONFLICT (fingerprint) DO UPDATE
    SET repeats = portal_lead.repeats + 1, last_at = excluded.last_at
    RETURNING id
    """,
    returns={"id": UUID},
)


def opened() -> str:
    """Say, signed, when a form was opened: it comes back with what was filled in."""
    return signing.TimestampSigner(salt=SALT).sign("form")


def take(
    *,
    kind: Lead.Kind,
    fields: Mapping[str, str],
    trapped: bool = False,
    started: str = "",
) -> None:
    """Take what somebody sent over a form; the same again is only counted.

    ``trapped``: a field that people do not see was filled in; ``started`` is what ``opened``
    said. Raises ``Invalid`` for a field that is wrong, ``TooMany`` after too many forms.
    """
    said = {name: fields.get(name, "").strip() for name in FIELDS}
    _check(kind, said)
    _count()
    verdict = spam.judge(said, trapped=trapped, seconds=_seconds_since(started))
    now = timezone.now()
    statements.run(
        TAKE(
            id=ids.new(),
            kind=kind.value,
            mailbox=mailboxes.of(said["email"]),
            status=(Lead.Status.SPAM if verdict.is_spam else Lead.Status.NEW).value,
            score=verdict.score,
            reasons=wire.encode(verdict.reasons).decode(),
            address=context.current().address or None,
            fingerprint=_fingerprint(kind, said, verdict.is_spam),
            at=now,
            ack_due_at=None if verdict.is_spam else now,
            **said,
        )
    )


def _check(kind: Lead.Kind, said: Mapping[str, str]) -> None:
    """Raise ``Invalid`` naming every field that is wrong."""
    problems: dict[str, list[str]] = {}
    if not mailboxes.is_one(said["email"]):
        problems["email"] = ["This is no e-mail address."]
    if kind in NEEDS_NAME and not said["name"]:
        problems["name"] = ["This field is required."]
    if kind == Lead.Kind.PILOT_REQUEST and not said["company"]:
        problems["org"] = ["This field is required."]
    field, least = LEAST.get(kind, ("", 0))
    if len(said["message"]) < least:
        problems[field] = [f"Must have at least {least} characters."]
    if problems:
        raise Invalid(errors=problems)


def _count() -> None:
    """Count a form. Once the breaker is open nothing is counted, so a flood leaves no trace."""
    for rate in BREAKERS:
        limits.check("forms", "", rate)
    limits.hit("form", addresses.network(context.current().address), PER_ADDRESS)
    for rate in BREAKERS:
        limits.hit("forms", "", rate)


def _seconds_since(started: str) -> float | None:
    """How long a form was open; ``None``: nobody knows, or for days."""
    signer = signing.TimestampSigner(salt=SALT)
    try:
        signer.unsign(started[:100], max_age=LONGEST_OPEN)
        since = signing.b62_decode(started.rsplit(":", 2)[1])
    except (signing.BadSignature, ValueError, IndexError):
        return None
    return timezone.now().timestamp() - since


def _fingerprint(kind: Lead.Kind, said: Mapping[str, str], is_spam: bool) -> bytes:
    """What makes two the same: on the waitlist the mailbox alone. Spam is never one with mail."""
    words = [kind.value, mailboxes.of(said["email"]), str(is_spam)]
    if kind != Lead.Kind.WAITLIST:
        words += [said[name].casefold() for name in ("name", "company", "amount", "message")]
    return hashlib.sha256("\0".join(words).encode()).digest()


# --- what becomes of it -----------------------------------------------------------------


@verb
def mark(lead_id: UUID, *, status: str, actor: Actor | None) -> Lead:
    """Say how it stands with a lead. Raises ``Missing``, and ``Invalid`` for no such state."""
    if status not in Lead.Status.values:
        raise Invalid(errors={"status": [f"Must be one of {', '.join(Lead.Status.values)}."]})
    lead = _locked(lead_id)
    if lead.status != status:
        before, lead.status = lead.status, status
        if status == Lead.Status.SPAM:
            lead.ack_due_at = None  # a letter that waits is not sent
        lead.save(update_fields=["status", "ack_due_at"])
        audit.record(
            "lead.marked", lead, shop=None, actor=actor, before={"status": before}, status=status
        )
    return lead


@verb
def give(lead_id: UUID, *, owner_id: UUID | None, actor: Actor | None) -> Lead:
    """Give a lead to one of the vendor's people, or to nobody. Raises ``Missing``, ``Invalid``."""
    lead = _locked(lead_id)
    if owner_id is not None:
        ours = (User.Role.DEV, User.Role.SYSADMIN)
        if not User.objects.filter(pk=owner_id, role__in=ours, is_active=True).exists():
            raise Invalid(errors={"owner": ["Must be a developer or sysadmin."]})
    if lead.owner_id != owner_id:
        before, lead.owner_id = lead.owner_id, owner_id
        lead.save(update_fields=["owner"])
        audit.record(
            "lead.given", lead, shop=None, actor=actor, before={"owner": before}, owner=owner_id
        )
    return lead


def _locked(lead_id: UUID) -> Lead:
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).filter(pk=lead_id).first()
    if lead is None:
        raise Missing
    return lead
