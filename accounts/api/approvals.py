"""A manager's PIN for one act of a cashier."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from accounts import approvals
from accounts.api.shop_view import ShopView
from accounts.facts import ApprovalFact
from accounts.permissions import Cashier
from accounts.serializers import NewApproval
from core.api import once, reply
from core.parsing import convert
from core.schema import describe

__all__ = ["ApprovalList"]


class ApprovalList(ShopView):
    """POST takes a manager's word for one act of the caller."""

    permission_classes = [Cashier]

    @describe(
        request=NewApproval,
        responses={201: ApprovalFact},
        errors=[403],
        creates=True,
        summary="Approve an act",
        description=(
            "A manager types their PIN beside the cashier, who stays signed in. `action` is void, "
            "refund or discount, `target` the order's id, or the `client_id` of one to be placed. "
            "The answer's `id` goes with that request as `approval_id`: it works once, within a "
            "minute, for the caller, for exactly this. 400 `pin_invalid`; 403 `role_too_low` for "
            "a PIN of somebody who is no manager."
        ),
        tags=["Staff"],
    )
    def post(self, request: Any, shop_id: UUID) -> HttpResponse:
        claim = once(request, secret=True)
        claim.repeat()
        wish = convert(request.data, NewApproval)
        approvals.give(
            cashier=self.principal,
            approver_id=wish.user_id,
            pin=wish.pin,
            action=wish.action,
            target=wish.target,
            once=claim,
        )
        return reply(claim)
