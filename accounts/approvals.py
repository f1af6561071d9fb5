"""Approvals: a manager's PIN lets a cashier do one thing, without anybody signing in or out.

An approval is bound to the shop, the act, its target and the cashier; it works once, within a
minute. The verb that needs one calls ``use`` in its own transaction: a refused act leaves the
approval as it was, and the trail names both people.
"""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from accounts import audit, facts, pins
from accounts.audit import Actor
from accounts.errors import ApprovalInvalid, ApprovalRequired, RoleTooLow
from accounts.models import Approval, Membership, Shop
from accounts.principals import Principal
from core import context, wire
from core.database import verb
from core.errors import Invalid
from core.idempotency import EACH_TIME, Once

__all__ = ["LIFETIME", "give", "use"]

#: How long an approval works.
LIFETIME = timedelta(seconds=60)
APPROVERS = (Membership.Role.MANAGER, Membership.Role.OWNER)


def give(
    *,
    cashier: Principal,
    approver_id: UUID,
    pin: str,
    action: str,
    target: str,
    once: Once = EACH_TIME,
) -> Approval:
    """Let the signed-in ``cashier`` do one ``action`` to ``target``: a manager typed their PIN.

    Raises ``Invalid``, ``PinWrong``, ``TooMany``, and ``RoleTooLow`` for a PIN of no manager.
    """
    if action not in Approval.Action.values:
        known = ", ".join(Approval.Action.values)
        raise Invalid(errors={"action": [f"What can be approved is one of: {known}."]})
    if not target.strip():
        raise Invalid(errors={"target": ["Say what it is done to: the order's id."]})
    shop = cashier.shop
    assert shop is not None, "the permission has made sure"  # noqa: S101
    member = pins.verify(shop_id=shop.pk, user_id=approver_id, pin=pin, place=pins.place(cashier))
    if member.role not in APPROVERS:
        raise RoleTooLow(Membership.Role.MANAGER)
    with context.entered(device_id=str(cashier.device_id or "")):
        return _give(member, shop, cashier, action, target.strip(), once)


@verb
def _give(
    member: Membership, shop: Shop, cashier: Principal, action: str, target: str, once: Once
) -> Approval:
    once.claim()
    approval = Approval.objects.create(
        shop=shop,
        action=action,
        target=target,
        cashier_id=cashier.pk,
        approver=member.user,
        expires_at=timezone.now() + LIFETIME,
    )
    audit.record(
        "approval.given", approval, shop=shop, actor=member.user,
        approved=action, of=target, cashier_id=cashier.pk,
    )  # fmt: skip
    once.keep(201, wire.encode(facts.approval(approval)))
    return approval


@verb
def use(approval_id: UUID | None, *, shop: Shop, action: str, target: str, cashier: Actor) -> UUID:
    """Use an approval for exactly what it was given for, and return who gave it.

    Called by the verb that needs it, in its transaction. Raises ``ApprovalRequired`` without
    one, ``ApprovalInvalid`` for one that is used, over, for something else, for somebody else, or
    of who is no manager any more.
    """
    if approval_id is None:
        raise ApprovalRequired
    now = timezone.now()
    good = Approval.objects.filter(
        pk=approval_id,
        shop=shop,
        action=action,
        target=target,
        cashier_id=cashier.pk,
        used_at=None,
        expires_at__gt=now,
        approver__is_active=True,
        approver__memberships__in=Membership.objects.filter(shop=shop, role__in=APPROVERS),
    )
    approver_id = good.values_list("approver_id", flat=True).first()
    unused = Approval.objects.filter(pk=approval_id, used_at=None)
    if approver_id is None or not unused.update(used_at=now):
        raise ApprovalInvalid
    audit.record(
        "approval.used", ("approval", approval_id), shop=shop, actor=cashier,
        approved=action, of=target, approved_by=approver_id,
    )  # fmt: skip
    return approver_id
