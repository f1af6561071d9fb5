"""What may be sent about drawers."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.errors import Invalid
from core.structs import Exact
from pos.serializers import Named, amount

Reason = Annotated[Named, Meta(max_length=255)]


class AddRegister(msgspec.Struct, forbid_unknown_fields=True):
    """A drawer to be added to the shop."""

    name: Annotated[Named, Meta(max_length=60)]
    client_id: str = ""


class OpenShift(msgspec.Struct, forbid_unknown_fields=True):
    """A drawer to be opened; ``float`` is the cash that lies in it."""

    register_id: UUID
    opening: Exact = msgspec.field(name="float")
    client_id: str = ""

    def units(self, digits: int) -> int:
        """The float in the smallest unit. Raises ``Invalid``."""
        return exactly(self.opening, digits, "float")


class MoveCash(msgspec.Struct, forbid_unknown_fields=True):
    """Cash that is put in a drawer (``in``), taken out (``out``) or brought to the safe (``drop``)."""

    kind: Literal["in", "out", "drop"]
    amount: Exact
    reason: Reason
    client_id: str = ""

    def units(self, digits: int) -> int:
        """The amount in the smallest unit. Raises ``Invalid``, for nothing too."""
        moved = exactly(self.amount, digits, "amount")
        if not moved:
            raise Invalid(errors={"amount": ["Must be more than 0."]})
        return moved


class CloseShift(msgspec.Struct, forbid_unknown_fields=True):
    """A drawer to be closed; ``counted`` is the cash that was found in it."""

    counted: Exact
    client_id: str = ""

    def units(self, digits: int) -> int:
        """What was counted, in the smallest unit. Raises ``Invalid``."""
        return exactly(self.counted, digits, "counted")


def exactly(written: Exact, digits: int, field: str) -> int:
    """An amount that has to be there, in the smallest unit. Raises ``Invalid``."""
    units = amount(written, digits, field)
    assert units is not None, "it was written"  # noqa: S101
    return units
