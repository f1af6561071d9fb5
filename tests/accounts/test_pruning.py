"""Sign-ins that ended long ago are forgotten; what lives stays whole."""

from datetime import timedelta

from django.utils import timezone

from accounts import pruning, refresh_tokens, sessions
from accounts.models import AuthSession, RefreshToken

LONG_AGO = timezone.now() - pruning.KEPT_FOR - timedelta(days=1)
LATELY = timezone.now() - pruning.KEPT_FOR + timedelta(days=1)


def test_sessions_that_ran_out_long_ago_go_with_their_tokens(owner):
    old, recent, living = (sessions.begin(user=owner) for _ in range(3))
    for session in (old, recent, living):
        refresh_tokens.issue(session=session)
    AuthSession.objects.filter(pk=old.pk).update(expires_at=LONG_AGO)
    AuthSession.objects.filter(pk=recent.pk).update(expires_at=LATELY)

    assert pruning.prune_sessions() == 1
    assert pruning.prune_sessions() == 0
    assert set(AuthSession.objects.all()) == {recent, living}
    assert RefreshToken.objects.count() == 2


def test_a_living_chain_loses_only_the_links_that_ran_out_long_ago(owner):
    session = sessions.begin(user=owner)
    token = first = refresh_tokens.issue(session=session)
    for _ in range(3):
        token = refresh_tokens.exchange(token).token
    links = list(RefreshToken.objects.order_by("pk").values_list("pk", flat=True))
    RefreshToken.objects.filter(pk__in=links[:2]).update(expires_at=LONG_AGO)

    assert pruning.prune_refresh_tokens() == 2
    assert list(RefreshToken.objects.order_by("pk").values_list("pk", flat=True)) == links[2:]
    assert refresh_tokens.exchange(token).session == session
    assert refresh_tokens.session_of(first) is None


def test_batches_take_the_oldest_first(owner):
    for days in range(5):
        session = sessions.begin(user=owner)
        AuthSession.objects.filter(pk=session.pk).update(
            expires_at=LONG_AGO - timedelta(days=days), device_name=str(days)
        )

    assert [pruning.prune_sessions(limit=2) for _ in range(2)] == [2, 2]
    assert AuthSession.objects.get().device_name == "0"
