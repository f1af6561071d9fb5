"""Proving the trail: every chain from its first seal to its last, and the first row that broke it.

A chain is read in pages while the house goes on selling; what is sealed meanwhile is proven too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from accounts import chain
from accounts.models import PLATFORM
from accounts.seals import ADDRESSES_KEPT, COLUMNS, LINE
from core import statements
from core.statements import Statement

__all__ = ["Broken", "Point", "Report", "chains", "points", "size", "verify"]

#: How many seals are read at a time.
PAGE = 1_000

CHAINS = Statement(
    "chains",
    """
    SELECT id FROM accounts_auditchain UNION SELECT chain FROM accounts_auditseal
    UNION SELECT shop_id FROM accounts_auditevent WHERE shop_id IS NOT NULL
    """,
    returns={"id": UUID},
)

SIZE = Statement("size_of_seals", "SELECT count(*) FROM accounts_auditseal", returns={"n": int})

HEAD = Statement(
    "chain_head",
    "SELECT length, digest, proof, sealed_at FROM accounts_auditchain WHERE id = %(chain)s",
    returns={"length": int, "digest": str, "proof": str, "sealed_at": datetime},
)

# Named apart from the line's own columns, which are all null where the line is missing.
SEALED = Statement(
    "sealed",
    f"""
    SELECT seal.position, seal.event_id, seal.digest, seal.address_digest, {COLUMNS}
    FROM accounts_auditseal AS seal
    LEFT JOIN accounts_auditevent AS event ON event.id = seal.event_id
    WHERE seal.chain = %(chain)s AND seal.position > %(after)s
    ORDER BY seal.position LIMIT %(limit)s
    """,  # noqa: S608 (a constant)
    returns={"position": int, "event_id": UUID, "digest": str, "address_digest": str, **LINE},
)

# The lines of a chain that wait for their seal, how many and since when.
WAITING, WAITING_OF_PLATFORM = (
    Statement(
        name,
        f"""
        SELECT count(*), min(event.at) FROM accounts_auditevent AS event
        WHERE event.shop_id {which} AND NOT EXISTS (
            SELECT 1 FROM accounts_auditseal AS seal WHERE seal.event_id = event.id
        )
        """,  # noqa: S608 (a constant)
        returns={"lines": int, "since": datetime},
    )
    for name, which in [("waiting", "= %(chain)s"), ("waiting_of_platform", "IS NULL")]
)

SENTENCES = {
    "changed": "The line was changed after it was sealed, or was never the one sealed here.",
    "swapped": "Another line stands here: two lines changed places.",
    "inserted": "This line was put between two others.",
    "missing": "The line that was sealed here is missing.",
    "truncated": "The chain ends before it; the lines from here on were cut off.",
    "head": "The record of the chain's end is missing or was changed.",
    "rewritten": "The chain was sealed anew: here stood another seal when it was noted.",
}


class Point(NamedTuple):
    """A place that a chain had reached, noted elsewhere: it must still pass through it."""

    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where a chain does not hold; ``event_id`` names the line there, if any."""

    position: int
    kind: str
    event_id: UUID | None = None

    @property
    def sentence(self) -> str:
        return SENTENCES[self.kind]


@dataclass(frozen=True, slots=True)
class Report:
    """A chain that was read: how far it holds, and its tail that has no seal yet.

    ``digest`` is the last sound seal; noted elsewhere with ``length``, it shows later that
    nobody has cut the chain or sealed it anew. ``erased`` counts addresses that are gone.
    """

    chain: UUID
    length: int
    digest: str
    unsealed: int
    unsealed_since: datetime | None
    erased: int
    broken: Broken | None

    @property
    def shop_id(self) -> UUID | None:
        return None if self.chain == PLATFORM else self.chain


def chains() -> list[UUID]:
    """Every chain there is or will be, the platform's first."""
    return sorted({PLATFORM, *(row.id for row in statements.run(CHAINS())[0])})


def size() -> int:
    """How many seals there are in all."""
    return int(statements.one(SIZE()).n)


def verify(
    chain_id: UUID,
    *,
    noted: Point | None = None,
    read: Callable[[int], object] = lambda seals: None,
) -> Report:
    """Prove one chain, a shop's id or ``PLATFORM``; ``read`` is told how many seals it read.

    ``noted`` is an earlier report's length and digest: the chain must still pass through it.
    """
    proof = _Proof(chain_id, noted)
    broken = proof.run(read)
    waiting = WAITING_OF_PLATFORM() if chain_id == PLATFORM else WAITING(chain=chain_id)
    tail = statements.one(waiting)
    return Report(
        chain=chain_id,
        length=proof.length,
        digest=proof.digest,
        unsealed=tail.lines,
        unsealed_since=tail.since,
        erased=proof.erased,
        broken=broken,
    )


class _Proof:
    """Walks along one chain and keeps what it has proven so far."""

    def __init__(self, chain_id: UUID, noted: Point | None) -> None:
        self.chain = chain_id
        self.noted = noted
        self.length = 0
        self.digest = chain.BEGINNING
        self.erased = 0
        self.erasable = timezone.now() - ADDRESSES_KEPT

    def run(self, read: Callable[[int], object]) -> Broken | None:
        """Walk to the end; answers the first place that does not hold."""
        while True:
            for page in self.pages():
                for place, seal in enumerate(page):
                    if broken := self.step(seal, page[place:]):
                        return broken
                read(len(page))
            # Read after the seals, the end is theirs or lies behind it: then there are more.
            head = statements.one(HEAD(chain=self.chain))
            if head is None or head.length <= self.length or self.is_over():
                return self.end(head)

    def pages(self) -> Iterator[Sequence[Any]]:
        while page := statements.run(SEALED(chain=self.chain, after=self.length, limit=PAGE))[0]:
            yield page

    def is_over(self) -> bool:
        return not statements.run(SEALED(chain=self.chain, after=self.length, limit=1))[0]

    def step(self, seal: Any, rest: Sequence[Any]) -> Broken | None:
        """Prove the next seal; ``rest`` are it and those after it that were read with it."""
        position = self.length + 1
        if seal.position != position or seal.id is None:
            known = seal.event_id if seal.position == position else None
            return Broken(position, "missing", known)
        if self.seal_of(seal) != seal.digest or not self.holds_address(seal):
            return Broken(position, self.kind(seal, rest), seal.event_id)
        if self.noted and self.noted.length == position and self.noted.digest != seal.digest:
            return Broken(position, "rewritten", seal.event_id)
        self.length, self.digest = position, seal.digest
        return None

    def seal_of(self, line: Any, after: Any = None) -> str:
        """What the next seal must be if ``line`` stands there, or behind the row ``after``."""
        return chain.seal(
            line,
            chain=self.chain,
            position=self.length + (2 if after else 1),
            previous=after.digest if after else self.digest,
            address=line.address_digest,
        )

    def holds_address(self, line: Any) -> bool:
        """Whether the address is the one that was sealed, or has been erased in time."""
        if chain.address_digest(line) == line.address_digest:
            return True
        is_erased = line.address == "" and line.at < self.erasable
        self.erased += is_erased
        return bool(is_erased)

    def kind(self, seal: Any, rest: Sequence[Any]) -> str:
        """Say what was done to the row, as far as those after it tell."""
        rows = [row for row in rest[1:] if row.id is not None]
        if any(self.seal_of(_with(row, seal)) == seal.digest for row in rows):
            return "swapped"  # the line of a later row fits under the seal that stands here
        belongs = next((row for row in rows if self.seal_of(row) == row.digest), None)
        if belongs is None:
            return "changed"
        moved_on = belongs.position == seal.position + 1  # by one: this row pushed it
        if moved_on and self.seal_of(seal, after=belongs) != seal.digest:
            return "inserted"
        return "swapped"

    def end(self, head: Any) -> Broken | None:
        """Prove that the chain ends where it was last sealed."""
        noted = self.noted.length if self.noted else 0
        if head is None and self.length == 0:
            return Broken(1, "truncated") if noted else None
        proven = head and chain.proof(
            chain=self.chain, length=head.length, digest=head.digest, at=head.sealed_at
        )
        if head is None or head.proof != proven or head.length < self.length:
            return Broken(self.length, "head")
        if max(head.length, noted) > self.length:
            return Broken(self.length + 1, "truncated")
        return None if head.digest == self.digest else Broken(self.length, "head")


def _with(line: Any, seal: Any) -> Any:
    """The line under another's seal."""
    return line._replace(address_digest=seal.address_digest, digest=seal.digest)


def points(kept: Mapping[str, Any]) -> dict[UUID, Point]:
    """What an earlier report noted, from its JSON. Raises ``KeyError`` and ``ValueError``."""
    return {
        UUID(one["chain"]): Point(int(one["length"]), str(one["digest"])) for one in kept["chains"]
    }
