"""Letters that say a form arrived. They hold nothing of what was written in it.

Whoever writes another's e-mail into a form can make us send them one such letter a day, and put
no word into it.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F, QuerySet
from django.utils import timezone

from core.database import verb
from portal.models import Lead

__all__ = ["deliver", "is_due"]

log = logging.getLogger(__name__)

#: A mailbox gets no second letter within this time, whatever is sent in its name.
BETWEEN = timedelta(days=1)
MOST_TRIES = 5
BATCH = 20
#: What is about one letter alone.
ABOUT_ONE = (SMTPRecipientsRefused, ValueError)
NOBODY = "django.core.mail.backends.dummy.EmailBackend"

SUBJECTS = {
    Lead.Kind.WAITLIST: "You are on the list",
    Lead.Kind.CONTACT: "We have your message",
    Lead.Kind.INVESTOR_INTEREST: "We have your message",
    Lead.Kind.PILOT_REQUEST: "We have your request for a pilot",
}
LETTER = """\
Thank you for writing to {product}. It has arrived, and one of us will answer.

You did not write to us? Then somebody typed your address by mistake into a form at {url}. Leave
it be: you hear nothing more, and what was sent is deleted after a year at the latest.
"""


def deliver() -> int:
    """Send the letters that are due, and return how many were sent. The worker calls this."""
    sent = 0
    for pk in list(_waiting().order_by("ack_due_at").values_list("pk", flat=True)[:BATCH]):
        lead = _taken(pk)
        if lead is None:
            continue
        try:
            _send(lead)
            sent += 1
        except ABOUT_ONE as problem:
            _put_off(lead, problem)  # nobody is there; the others need not wait
        except (OSError, SMTPException) as problem:
            _put_off(lead, problem)
            break  # the others would wait for the same server
    return sent


def is_due() -> bool:
    """Whether a letter waits to be sent. It only reads."""
    return _waiting().exists()


def _waiting() -> QuerySet[Lead]:
    return Lead.objects.filter(ack_due_at__lte=timezone.now())


@verb
def _taken(pk: UUID) -> Lead | None:
    """Take the letter on, so that no other worker does; ``None``: this mailbox had one today."""
    waiting = Lead.objects.filter(pk=pk, ack_due_at__isnull=False)
    if not waiting.update(ack_due_at=None, ack_tries=F("ack_tries") + 1):
        return None
    lead = Lead.objects.get(pk=pk)
    today = Lead.objects.filter(
        mailbox=lead.mailbox, acked_at__gte=timezone.now() - BETWEEN
    ).exclude(pk=pk)
    if today.exists():
        return None
    Lead.objects.filter(pk=pk).update(acked_at=timezone.now())
    return lead


def _send(lead: Lead) -> None:
    text = LETTER.format(product=settings.PROJECT_NAME, url=settings.PUBLIC_URL)
    if settings.EMAIL_BACKEND == NOBODY:
        log.warning("EMAIL_URL is not set: the letter to who sent a form reaches nobody.")
    send_mail(SUBJECTS[Lead.Kind(lead.kind)], text, None, [lead.email])


def _put_off(lead: Lead, problem: Exception) -> None:
    """Try again later, unless nobody is there or it was tried often enough."""
    is_over = lead.ack_tries >= MOST_TRIES or _is_final(problem)
    what = (
        type(problem).__name__ if isinstance(problem, ABOUT_ONE) else problem
    )  # no e-mail in a log
    log.warning("A letter could not be sent, %s: %s", "given up" if is_over else "put off", what)
    later = timezone.now() + timedelta(minutes=2**lead.ack_tries)
    due = None if is_over else later
    Lead.objects.filter(pk=lead.pk).update(ack_due_at=due, acked_at=None)


def _is_final(problem: Exception) -> bool:
    """Whether the same would happen again: no such mailbox, or none that can be written down."""
    if isinstance(problem, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in problem.recipients.values())
    return isinstance(problem, ValueError)
