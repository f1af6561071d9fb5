"""Forgetting what is over: sign-ins, codes, approvals, and after a month where people came from."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Approval, AuditEvent, AuthSession, PairingCode, RefreshToken
from accounts.seals import ADDRESSES_KEPT
from core import ids
from core.database import verb

__all__ = [
    "BATCH", "KEPT_FOR", "NEAR", "erase_addresses", "erase_lines_addresses", "prune_approvals",
    "prune_pairing_codes", "prune_refresh_tokens", "prune_sessions",
]  # fmt: skip

#: After it ran out, a session can still be looked at for this long, and a token's reuse be seen.
KEPT_FOR = timedelta(days=14)

#: How many rows are deleted in one transaction.
BATCH = 500

#: The database's clock and ours may differ by this much; it refuses to erase too early.
SLACK = timedelta(minutes=10)

#: How far back from the day of erasing lines are looked for, so that a long trail costs nothing.
NEAR = timedelta(days=3)


@verb
def prune_refresh_tokens(*, limit: int = BATCH) -> int:
    """Delete the tokens that ran out longest ago, at most ``limit``; answers how many."""
    old = RefreshToken.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR)
    chosen = list(old.order_by("expires_at").values_list("pk", flat=True)[:limit])
    # A token lives on without the one it came from.
    RefreshToken.objects.filter(parent__in=chosen).update(parent=None)
    RefreshToken.objects.filter(pk__in=chosen).delete()
    return len(chosen)


@verb
def prune_sessions(*, limit: int = BATCH) -> int:
    """Delete the sessions that ran out longest ago, at most ``limit``; answers how many.

    A revoked one runs out as if nobody had used it any more.
    """
    old = AuthSession.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR)
    chosen = list(old.order_by("expires_at").values_list("pk", flat=True)[:limit])
    AuthSession.objects.filter(pk__in=chosen).delete()
    return len(chosen)


@verb
def prune_pairing_codes(*, limit: int = BATCH) -> int:
    """Delete codes that ran out, used or not, at most ``limit``; answers how many."""
    old = PairingCode.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR)
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    PairingCode.objects.filter(pk__in=chosen).delete()
    return len(chosen)


@verb
def prune_approvals(*, limit: int = BATCH) -> int:
    """Delete approvals that ran out, at most ``limit``; answers how many.

    The trail keeps who gave them, and for what.
    """
    old = Approval.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR)
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    Approval.objects.filter(pk__in=chosen).delete()
    return len(chosen)


@verb
def erase_addresses(*, limit: int = BATCH) -> int:
    """Forget where sessions began a month ago came from, at most ``limit``; answers how many."""
    old = AuthSession.objects.filter(created_at__lt=_erasable(), ip__isnull=False)
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    AuthSession.objects.filter(pk__in=chosen).update(ip=None)
    return len(chosen)


@verb
def erase_lines_addresses(*, limit: int = BATCH, reach: timedelta | None = NEAR) -> int:
    """Erase the addresses of the trail's lines of a month ago, at most ``limit``; answers how many.

    It looks that far back, ``None``: through the whole trail. A line's seal holds on: it has a
    digest in the address's place.
    """
    until = _erasable()
    # An id is as old as its line; only where somebody gave a line its time it is not.
    old = AuditEvent.objects.filter(pk__lt=ids.since(until), at__lt=until).exclude(address="")
    if reach is not None:
        old = old.filter(pk__gte=ids.since(until - reach))
    chosen = list(old.order_by("pk").values_list("pk", flat=True)[:limit])
    AuditEvent.objects.filter(pk__in=chosen).update(address="")
    return len(chosen)


def _erasable() -> datetime:
    return timezone.now() - ADDRESSES_KEPT - SLACK
