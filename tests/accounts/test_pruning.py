"""Sign-ins that ended long ago are forgotten; what lives stays whole."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import devices, proofs, pruning, refresh_tokens, seals, sessions
from accounts.models import (
    Approval,
    AuditEvent,
    AuthSession,
    Device,
    PairingCode,
    RefreshToken,
)
from core import context, ids

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


# --- codes and approvals ------------------------------------------------------------------


def test_pairing_codes_that_ran_out_go_used_or_not(shop):
    for when in (LONG_AGO, LONG_AGO, LATELY):
        till = devices.register(shop=shop, kind="till", name="Till", actor=None)
        devices.offer(till.pk, shop=shop, actor=None)
        PairingCode.objects.filter(device=till).update(expires_at=when)
    PairingCode.objects.filter(expires_at=LONG_AGO, device=Device.objects.first()).update(
        used_at=LONG_AGO
    )

    assert [pruning.prune_pairing_codes() for _ in range(2)] == [2, 0]
    assert PairingCode.objects.get().expires_at == LATELY


def test_approvals_that_ran_out_go(shop, cashier, manager):
    for when in (LONG_AGO, LATELY):
        Approval.objects.create(
            shop=shop, action="void", target="x", cashier=cashier, approver=manager,
            expires_at=when,
        )  # fmt: skip

    assert [pruning.prune_approvals() for _ in range(2)] == [1, 0]
    assert Approval.objects.get().expires_at == LATELY


# --- addresses ------------------------------------------------------------------------------

MONTH_AGO = timezone.now() - seals.ADDRESSES_KEPT - timedelta(hours=1)
ALMOST = timezone.now() - seals.ADDRESSES_KEPT + timedelta(hours=1)


def line(shop, at):
    return AuditEvent.objects.create(
        id=ids.since(at), at=at, shop=shop, action="old.line", address="192.0.2.7"
    )


def test_a_session_forgets_after_a_month_where_it_came_from(owner):
    with context.entered(address="192.0.2.7"):
        old, young = sessions.begin(user=owner), sessions.begin(user=owner)
    AuthSession.objects.filter(pk=old.pk).update(created_at=MONTH_AGO)
    AuthSession.objects.filter(pk=young.pk).update(created_at=ALMOST)

    assert [pruning.erase_addresses() for _ in range(2)] == [1, 0]
    assert set(AuthSession.objects.values_list("pk", "ip")) == {
        (old.pk, None), (young.pk, "192.0.2.7"),
    }  # fmt: skip


def test_a_line_forgets_its_address_and_its_chain_still_holds(shop):
    old, young = line(shop, MONTH_AGO), line(shop, ALMOST)
    seals.seal(reach=None)

    assert [pruning.erase_lines_addresses() for _ in range(2)] == [1, 0]

    assert list(AuditEvent.objects.filter(pk__in=[old.pk, young.pk]).order_by("pk").values_list(
        "address", flat=True
    )) == ["", "192.0.2.7"]  # fmt: skip
    report = proofs.verify(shop.pk)
    assert (report.broken, report.erased, report.unsealed) == (None, 1, 0)


def test_a_lost_line_is_found_by_who_looks_through_all(shop):
    line(shop, MONTH_AGO - pruning.NEAR)
    line(shop, MONTH_AGO - 2 * pruning.NEAR)

    assert pruning.erase_lines_addresses() == 0
    assert [pruning.erase_lines_addresses(limit=1, reach=None) for _ in range(3)] == [1, 1, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"action": "other"},
        {"address": "192.0.2.8"},
        {"address": "", "device": "other"},
        {"address": "", "after": {"a": 1}},
        {"address": "", "shop": None},
        {"address": "", "at": timezone.now()},
    ],
)
def test_the_database_lets_nothing_else_of_an_old_line_be_changed(shop, change):
    row = line(shop, MONTH_AGO)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=row.pk)._raw_delete("default")


def test_the_database_keeps_the_address_of_a_young_line(shop):
    row = line(shop, ALMOST)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=row.pk).update(address="")
