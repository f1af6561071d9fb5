"""Approvals: one act, one target, one cashier, once, within a minute."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import approvals
from accounts.errors import ApprovalInvalid, ApprovalRequired
from accounts.models import Approval, AuditEvent, Membership, User
from tests import crowd


@pytest.fixture
def approval(shop, cashier, manager) -> Approval:
    return Approval.objects.create(
        shop=shop, action="void", target="order-1", cashier=cashier, approver=manager,
        expires_at=timezone.now() + approvals.LIFETIME,
    )  # fmt: skip


def use(approval_id, **changed):
    return approvals.use(approval_id, **changed)


@pytest.fixture
def purpose(shop, cashier):
    return {"shop": shop, "action": "void", "target": "order-1", "cashier": cashier}


def test_it_is_used_once_and_the_trail_names_both(approval, purpose, cashier, manager):
    assert use(approval.pk, **purpose) == manager.pk

    with pytest.raises(ApprovalInvalid):
        use(approval.pk, **purpose)
    line = AuditEvent.objects.get(action="approval.used")
    assert line.actor == cashier
    assert line.after == {"approved": "void", "of": "order-1", "approved_by": str(manager.pk)}


@pytest.mark.parametrize("what", ["shop", "action", "target", "cashier"])
def test_it_is_good_for_nothing_else(approval, purpose, other_shop, manager, what):
    other = {
        "shop": other_shop, "action": "refund", "target": "order-2", "cashier": manager,
    }  # fmt: skip

    with pytest.raises(ApprovalInvalid):
        use(approval.pk, **purpose | {what: other[what]})
    approval.refresh_from_db()
    assert approval.used_at is None


def test_it_is_over_after_a_minute(approval, purpose):
    Approval.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    with pytest.raises(ApprovalInvalid):
        use(approval.pk, **purpose)


@pytest.mark.parametrize("fall", ["demoted", "sent off", "deactivated"])
def test_it_falls_with_who_gave_it(approval, purpose, shop, manager, fall):
    place = Membership.objects.filter(shop=shop, user=manager)
    if fall == "demoted":
        place.update(role="cashier")
    elif fall == "sent off":
        place.delete()
    else:
        User.objects.filter(pk=manager.pk).update(is_active=False)

    with pytest.raises(ApprovalInvalid):
        use(approval.pk, **purpose)


def test_a_role_elsewhere_approves_nothing_here(approval, purpose, shop, other_shop, manager):
    Membership.objects.filter(shop=shop, user=manager).update(role="cashier")
    Membership.objects.create(shop=other_shop, user=manager, role="owner")

    with pytest.raises(ApprovalInvalid):
        use(approval.pk, **purpose)


def test_none_and_an_unknown_one(purpose, db):
    with pytest.raises(ApprovalRequired):
        use(None, **purpose)
    with pytest.raises(ApprovalInvalid):
        use(UUID(int=7), **purpose)


def test_an_act_that_is_refused_leaves_it_as_it_was(approval, purpose):
    def act():
        with transaction.atomic():
            use(approval.pk, **purpose)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()

    assert use(approval.pk, **purpose) == approval.approver_id


@pytest.mark.django_db(transaction=True)
def test_many_at_once_use_it_once(approval, purpose):
    def attempt():
        try:
            return use(approval.pk, **purpose)
        except ApprovalInvalid:
            return None

    found = crowd.at_once(8, attempt)

    assert [one for one in found if one] == [approval.approver_id]
    assert AuditEvent.objects.filter(action="approval.used").count() == 1
