"""What must hold of a shop's books: every rule has a name, and one question that proves it."""

from collections.abc import Sequence

from pos.proofs.borders import BORDERS
from pos.proofs.drawers import DRAWERS
from pos.proofs.money import MONEY
from pos.proofs.numbers import NUMBERS
from pos.proofs.orders import ORDERS
from pos.proofs.proof import Proof
from pos.proofs.shelf import SHELF

__all__ = ["PROOFS", "Proof"]

PROOFS: Sequence[Proof] = [*SHELF, *ORDERS, *MONEY, *NUMBERS, *DRAWERS, *BORDERS]
