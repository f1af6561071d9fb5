"""Letters to owners whose webhook was given up. The worker sends them."""

import logging
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import QuerySet
from django.utils import timezone

from live.models import Webhook

__all__ = ["is_due", "send"]

log = logging.getLogger(__name__)

BATCH = 20
SUBJECT = "A webhook of {shop} was turned off"
LETTER = """\
{product} could not deliver events of {shop} to this address for 24 hours:

{host}

It was turned off, and nothing is sent there any more. When the receiver answers again, turn the
webhook on: it goes on with the event where it stopped, as long as that is kept.
"""


def is_due() -> bool:
    """Whether somebody is to be told. It only reads."""
    return _untold().exists()


def send() -> int:
    """Tell the owners of webhooks that were disabled; answers how many letters were sent."""
    sent = 0
    for pk in list(_untold().order_by("pk").values_list("pk", flat=True)[:BATCH]):
        # Taken first, so that no other worker writes the same letter.
        if _untold().filter(pk=pk).update(alerted_at=timezone.now()):
            if not _write(pk):
                Webhook.objects.filter(pk=pk).update(alerted_at=None)
                break  # the others would wait for the same server
            sent += 1
    return sent


def _untold() -> QuerySet[Webhook]:
    return Webhook.objects.filter(disabled_at__isnull=False, alerted_at=None)


def _write(pk: UUID) -> bool:
    row = Webhook.objects.select_related("shop__owner").get(pk=pk)
    shop, owner = row.shop, row.shop.owner
    if not (owner.is_active and owner.email):
        return True
    subject = SUBJECT.format(shop=" ".join(shop.name.split()))
    # The host alone: what follows it may hold a secret of the receiver's.
    text = LETTER.format(product=settings.PROJECT_NAME, shop=shop.name, host=row.host)
    try:
        send_mail(subject, text, None, [owner.email])
    except (OSError, SMTPException) as problem:
        log.warning("A letter could not be sent, it is tried again later: %s", problem)
        return False
    return True
