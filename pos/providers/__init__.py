"""Payment providers: who takes the money of cards and codes, asked outside any transaction."""

from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

__all__ = ["Answer", "Provider", "Unreachable"]


class Unreachable(Exception):
    """The provider did not answer in time: what it did is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider says of a payment: whether the money came, or why it does not."""

    state: Literal["pending", "captured", "failed", "returned"]
    reference: str = ""
    failure: str = ""


class Provider(Protocol):
    """Every call names our ``key``: the same key never captures, or returns, twice."""

    name: str

    def create(self, key: UUID, *, amount: int, currency: str, method: str) -> Answer:
        """Ask for money, in the currency's smallest unit. Raises ``Unreachable``."""

    def status(self, key: UUID) -> Answer | None:
        """What became of a payment; ``None``: never heard of. Raises ``Unreachable``."""

    def give_back(self, key: UUID, *, refund: UUID, amount: int) -> Answer:
        """Return so much of a captured payment, once for each ``refund``.

        Answers ``returned``, or ``failed`` and why. Raises ``Unreachable``.
        """
