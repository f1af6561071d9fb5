"""A provider that takes no money, to develop and test against; it forgets when its process ends."""

from threading import Lock
from typing import Literal
from uuid import UUID

from pos.providers import Answer, Unreachable

Behaviour = Literal["approve", "decline", "delay", "drop_after_capture", "repeat"]


class Simulator:
    """Behaves as it is told: ``captures`` counts the captures of each key, to be held to one."""

    name = "simulator"

    def __init__(self, behaviour: Behaviour = "approve") -> None:
        self.behaviour = behaviour
        self.known: dict[UUID, Answer] = {}
        self.captures: dict[UUID, int] = {}
        self.amounts: dict[UUID, int] = {}
        self.given: dict[UUID, dict[UUID, int]] = {}
        self._lock = Lock()

    def create(self, key: UUID, *, amount: int, currency: str, method: str) -> Answer:
        """Approve, decline, or leave pending until asked; ``repeat`` asks itself twice."""
        with self._lock:
            self.amounts.setdefault(key, amount)
            answer = self.known.get(key) or self._decide(key)
            if self.behaviour == "repeat":
                answer = self.known[key]
        if self.behaviour == "drop_after_capture":
            raise Unreachable
        return answer

    def status(self, key: UUID) -> Answer | None:
        """Say what became of a payment; what was pending is captured by now."""
        with self._lock:
            answer = self.known.get(key)
            return self._capture(key) if answer and answer.state == "pending" else answer

    def give_back(self, key: UUID, *, refund: UUID, amount: int) -> Answer:
        """Return a part of a payment; a second time it is returned already."""
        with self._lock:
            given = self.given.setdefault(key, {})
            if refund not in given:
                if key not in self.amounts or sum(given.values()) + amount > self.amounts[key]:
                    return Answer("failed", str(refund), "never captured so much")
                given[refund] = amount
                if sum(given.values()) == self.amounts[key]:
                    self.known[key] = Answer("returned", str(key))
            return Answer("returned", str(refund))

    def _decide(self, key: UUID) -> Answer:
        if self.behaviour == "decline":
            self.known[key] = Answer("failed", str(key), "declined")
        elif self.behaviour == "delay":
            self.known[key] = Answer("pending", str(key))
        else:
            self._capture(key)
        return self.known[key]

    def _capture(self, key: UUID) -> Answer:
        self.captures[key] = self.captures.get(key, 0) + 1
        self.known[key] = Answer("captured", str(key))
        return self.known[key]
