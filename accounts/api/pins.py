"""The PIN of a member of the shop."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from accounts import pins
from accounts.api.shop_view import ShopView
from accounts.permissions import Cashier
from accounts.serializers import NewPin
from core.api import respond
from core.parsing import convert
from core.schema import describe
from core.wire import Message

__all__ = ["Pin"]


class Pin(ShopView):
    """PUT sets somebody's PIN: one's own, or as a manager anybody's but an owner's."""

    permission_classes = [Cashier]

    @describe(
        request=NewPin,
        responses={200: Message},
        errors=[403],
        summary="Set a PIN",
        description=(
            "Four to six figures, no pattern and no year; it opens paired terminals of this shop "
            "and nothing else. Signed in at such a terminal, who has one already sends "
            "`current_pin` or `password` to change their own (400 `pin_invalid`, "
            "`wrong_password`). 403 `role_too_low`, `role_above_yours`, and `pin_not_allowed` for "
            "developers and sysadmins. Sessions that the old PIN began end."
        ),
        tags=["Staff"],
    )
    def put(self, request: Any, shop_id: UUID, user_id: UUID) -> HttpResponse:
        wish = convert(request.data, NewPin)
        pins.change(
            user_id=user_id,
            pin=wish.pin,
            actor=self.principal,
            current_pin=wish.current_pin,
            password=wish.password,
        )
        return respond(Message("The PIN is set."))
