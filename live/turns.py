"""One webhook's turn: its events posted in order, and what each call came to written down.

No transaction is open during a call. What it came to is written together with the new cursor,
only if nobody changed the webhook meanwhile: a crash in between posts the same event once more,
under the same delivery id.
"""

import hashlib
import hmac
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.utils import timezone

from accounts import audit
from accounts.errors import SecretUnreadable
from core import statements, wire
from core.database import verb
from live import frames, outbox, receivers, webhooks
from live.models import Delivery, Webhook
from live.outbox import Change
from live.receivers import Answer
from live.statements import NEWS
from live.webhook_facts import read

__all__ = ["FIRST_WAIT", "LONGEST_WAIT", "PATIENCE", "Turn", "pause", "sign"]

#: How long a webhook is served before others have their turn, in seconds.
TURN = 10
#: The wait after a first failure; each further one doubles it, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
#: A webhook that fails for so long is disabled.
PATIENCE = timedelta(hours=24)


class Parcel(NamedTuple):
    """What is posted: an event, or word that some were missed (``resync``)."""

    seq: int
    kind: str
    body: bytes


class Turn:
    """One webhook while it is served: ``row`` is what was read of it, and what it came to."""

    def __init__(self, row: Webhook, held_until: datetime) -> None:
        self.row = row
        self.over_at = time.monotonic() + TURN
        self.delivered = 0
        #: The row as long as it is ours and nobody changed it.
        self.held = Webhook.objects.filter(pk=row.pk, held_until=held_until)
        self.unchanged = self.held.filter(version=row.version)

    def run(self, line: receivers.Line) -> None:
        try:
            secret = webhooks.secret_of(self.row)
        except SecretUnreadable:
            parcel = next(self.parcels(), None)
            if parcel is not None:
                self.fail(parcel, Answer(None, "Its secret cannot be read.", 0))
            return
        for parcel in self.parcels():
            answer = line.post(parcel.body, self.headers(parcel, secret))
            if not answer.is_good:
                self.fail(parcel, answer)
                return
            if not self.advance(parcel, answer) or time.monotonic() > self.over_at:
                return

    def headers(self, parcel: Parcel, secret: str) -> dict[str, str]:
        return {
            "User-Agent": "Countertop-Webhooks/1",
            "Countertop-Signature": sign(parcel.body, secret=secret, at=timezone.now()),
            "Countertop-Event": parcel.kind,
            "Countertop-Seq": str(parcel.seq),
            "Countertop-Delivery": str(self.delivery_id(parcel)),
        }

    def delivery_id(self, parcel: Parcel) -> UUID:
        """The same for every try of the same event, another after a replay."""
        return uuid5(self.row.pk, f"{self.row.replays} {parcel.seq} {parcel.kind}")

    def parcels(self) -> Iterator[Parcel]:
        """What is to be posted, in order; what the webhook did not ask for is passed over."""
        self.notice_gap()
        if self.row.must_resync:
            yield self.resync()
        seq = self.row.cursor
        while news := _news(self.row.shop_id, seq):
            for event in news:
                seq = event.seq
                if not self.row.events or event.kind in self.row.events:
                    yield _parcel(event, self.row.shop_id)
            if seq > self.row.cursor and not self.write(cursor=seq):
                return

    def notice_gap(self) -> None:
        """Go on from the oldest event where those after the cursor are forgotten."""
        oldest, _newest = webhooks.kept(self.row.shop_id)
        if self.row.cursor < oldest - 1:
            self.write(cursor=oldest - 1, must_resync=True)

    def resync(self) -> Parcel:
        seq = self.row.cursor
        said = {"type": "resync", "seq": seq, "at": timezone.now(), "shop_id": self.row.shop_id}
        return Parcel(seq, "resync", wire.encode(said))

    # --- what a call came to

    def write(self, **fields: Any) -> bool:
        """Change the row, in a transaction of the caller's if there is one."""
        if not self.unchanged.update(**fields):
            return False
        for name, value in fields.items():
            setattr(self.row, name, value)
        return True

    @verb
    def advance(self, parcel: Parcel, answer: Answer) -> bool:
        """Write down that it has the event. False: the webhook was changed or removed."""
        now = timezone.now()
        attempt = self.row.tries + 1
        fields = {"cursor": max(parcel.seq, self.row.cursor), "must_resync": False}
        well = {"tries": 0, "failing_since": None, "next_try_at": None, "delivered_at": now}
        if not self.write(**fields, **well):
            return False
        self.note(parcel, answer, attempt)
        self.delivered += 1
        return True

    @verb
    def fail(self, parcel: Parcel, answer: Answer) -> None:
        """Write down that it has not got the event: wait, or give the webhook up."""
        now = timezone.now()
        since = self.row.failing_since or now
        tries = self.row.tries + 1
        fields = {"tries": tries, "failing_since": since, "next_try_at": now + pause(tries)}
        is_over = now - since >= PATIENCE
        if is_over:
            fields |= {"is_active": False, "disabled_at": now, "next_try_at": None}
        if not self.unchanged.update(**fields):
            return
        self.note(parcel, answer, tries)
        if is_over:
            self.tell(answer)

    def note(self, parcel: Parcel, answer: Answer, attempt: int) -> None:
        Delivery.objects.create(
            shop_id=self.row.shop_id,
            webhook_id=self.row.pk,
            delivery_id=self.delivery_id(parcel),
            seq=parcel.seq,
            kind=parcel.kind,
            attempt=attempt,
            status=answer.status,
            ms=answer.ms,
            error=answer.error,
        )

    def tell(self, answer: Answer) -> None:
        """The trail and the screens hear of it now, the owner by a letter (``live.alerts``)."""
        row = Webhook.objects.select_related("shop").get(pk=self.row.pk)
        counter = outbox.lock(row.shop_id)
        audit.record(
            "webhook.disabled", row, shop=row.shop_id, actor=None, url=row.url,
            status=answer.status, error=answer.error, failing_since=row.failing_since,
        )  # fmt: skip
        outbox.publish(counter, Change.of("webhook_disabled", read(row)))


def pause(tries: int) -> timedelta:
    """How long to wait after so many failures, a little more or less by chance."""
    wait: timedelta = min(FIRST_WAIT * 2 ** min(tries - 1, 20), LONGEST_WAIT)
    return wait * random.uniform(0.8, 1.2)  # noqa: S311 (it only spreads the load)


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """The value of ``Countertop-Signature``: when, and the HMAC-SHA256 of ``<when>.<body>``."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def _news(shop_id: UUID, cursor: int) -> list[Any]:
    shops = statements.rows([{"id": shop_id, "cursor": cursor}])
    return list(statements.ask(NEWS(shops=shops))[0])


def _parcel(event: Any, shop_id: UUID) -> Parcel:
    """The frame that screens get, byte for byte, and the shop it is of."""
    text = frames.write(event).text
    return Parcel(event.seq, event.kind, f'{text[:-1]},"shop_id":"{shop_id}"}}'.encode())
