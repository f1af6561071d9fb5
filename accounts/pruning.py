"""Forgetting sign-ins that ended long ago, with the addresses they came from."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import AuthSession, RefreshToken
from core.database import verb

__all__ = ["BATCH", "KEPT_FOR", "prune_refresh_tokens", "prune_sessions"]

#: After it ran out, a session can still be looked at for this long, and a token's reuse be seen.
KEPT_FOR = timedelta(days=14)

#: How many rows are deleted in one transaction.
BATCH = 500


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
