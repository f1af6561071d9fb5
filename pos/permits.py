"""What a cashier does alone, and what a manager has to approve."""

from typing import Any
from uuid import UUID

from accounts import approvals
from accounts.models import Approval, Membership, Shop
from accounts.principals import Principal
from pos import terms


def is_free(actor: Any) -> bool:
    """Whether the actor asks nobody: a manager, or the house itself."""
    return not isinstance(actor, Principal) or actor.reaches(Membership.Role.MANAGER)


def refund(approval_id: UUID | None, *, order_id: UUID, shop: Shop, actor: Any) -> None:
    """Let money be given back. Raises ``ApprovalRequired`` and ``ApprovalInvalid``."""
    if not is_free(actor):
        _use(approval_id, Approval.Action.REFUND, order_id, shop, actor)


def guards_voids(shop: Shop, actor: Any) -> bool:
    """Whether the actor voids with a manager's approval only: a cashier whose shop says so."""
    return not is_free(actor) and terms.of(shop).void_needs_manager


def void(approval_id: UUID | None, *, order_id: UUID, shop: Shop, actor: Any) -> None:
    """Let an order, or lines of it, be voided; an approval that was sent is used.

    Raises ``ApprovalRequired`` and ``ApprovalInvalid``.
    """
    if guards_voids(shop, actor) or (approval_id is not None and not is_free(actor)):
        _use(approval_id, Approval.Action.VOID, order_id, shop, actor)


def _use(approval_id: UUID | None, action: str, order_id: UUID, shop: Shop, actor: Any) -> None:
    approvals.use(approval_id, shop=shop, action=action, target=str(order_id), cashier=actor)
