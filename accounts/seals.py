"""The trail's seals: lines join a chain per shop, and one of the platform, that nobody can redo.

Writing a line must not queue behind a chain, so the worker seals what has been written, in
batches; until then a line is in the unsealed tail. ``accounts.chain`` says what a seal is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts import chain
from accounts.models import PLATFORM
from core import ids, statements
from core.database import verb
from core.statements import Statement

__all__ = ["ADDRESSES_KEPT", "BATCH", "ChainBroken", "is_due", "seal"]

#: How many lines are sealed in one transaction.
BATCH = 1_000

#: A transaction that wrote a line may end this much later than one that wrote the next.
LATE = timedelta(minutes=10)

#: Addresses are erased once they are this old, and the chain still holds.
ADDRESSES_KEPT = timedelta(days=30)

EVER = UUID(int=0)

COLUMNS = """
    event.id, event.at, event.shop_id, event.actor_id, event.action, event.target_kind,
    event.target_id, CAST(event."before" AS text) AS before_text,
    CAST(event."after" AS text) AS after_text, event.address, event.device, event.request_id
"""

LINE = {
    "id": UUID,
    "at": datetime,
    "shop_id": UUID,
    "actor_id": UUID,
    "action": str,
    "target_kind": str,
    "target_id": str,
    "before": str,
    "after": str,
    "address": str,
    "device": str,
    "request_id": str,
}

# The newest line that has a seal: looking for those without can begin shortly before.
NEWEST = Statement(
    "newest_seal",
    "SELECT event_id FROM accounts_auditseal ORDER BY event_id DESC LIMIT 1",
    returns={"event_id": UUID},
)

# Lines without a seal, the oldest first; those of broken chains wait until somebody has looked.
TAIL = Statement(
    "unsealed",
    f"""
    SELECT {COLUMNS} FROM accounts_auditevent AS event
    WHERE event.id > %(since)s AND NOT EXISTS (
        SELECT 1 FROM accounts_auditseal AS seal
        WHERE seal.event_id = event.id AND seal.event_id > %(since)s
    ) AND NOT EXISTS (
        SELECT 1 FROM {{broken}} WHERE broken.id = coalesce(event.shop_id, %(platform)s)
    )
    ORDER BY event.id LIMIT %(limit)s
    """,  # noqa: S608 (a constant)
    rows={"broken": "id uuid"},
    returns=LINE,
)

# Lock these chains until the transaction ends, in the order of their ids, and say how far they
# reach; a chain begins here.
HEADS_SQL = """
    INSERT INTO accounts_auditchain (id, length, digest, proof, sealed_at)
    SELECT id, 0, '', proof, %(at)s::timestamptz FROM {chains} WHERE true ORDER BY id
    ON CONFLICT (id) DO UPDATE SET id = excluded.id
    RETURNING id, length, digest, proof, sealed_at
"""
HEADS = Statement(
    "chain_heads",
    HEADS_SQL,
    sqlite=HEADS_SQL.replace("::timestamptz", ""),
    rows={"chains": "id uuid, proof text"},
    returns={"id": UUID, "length": int, "digest": str, "proof": str, "sealed_at": datetime},
)

# A place of a chain is taken once: a second worker here would fail, not fork the chain.
SEAL = Statement(
    "seal",
    """
    INSERT INTO accounts_auditseal (event_id, chain, position, digest, address_digest)
    SELECT event, chain, place, digest, address FROM {seals}
    """,
    rows={"seals": "event uuid, chain uuid, place bigint, digest text, address text"},
)

KEEP = Statement(
    "chain_reaches",
    """
    UPDATE accounts_auditchain
    SET length = heads.length, digest = heads.digest, proof = heads.proof, sealed_at = %(at)s
    FROM {heads} WHERE accounts_auditchain.id = heads.id
    """,
    rows={"heads": "id uuid, length bigint, digest text, proof text"},
)


class ChainBroken(Exception):
    """The record of a chain's end was changed by another hand, or sealed with another key."""

    def __init__(self, chains: list[UUID]) -> None:
        self.chains = chains
        named = ", ".join(str(one) for one in chains)
        super().__init__(
            f"Not sealed on, for the end of the chain is not what was proven: {named}. "
            "`manage.py audit_verify` says more; AUDIT_KEY may have changed."
        )


def is_due() -> bool:
    """Whether there is something to seal. It only reads: a quiet shop's disk rests."""
    return bool(statements.run(_tail(1, _before_newest(LATE)))[0])


def seal(*, limit: int = BATCH, reach: timedelta | None = LATE) -> int:
    """Seal the oldest lines without a seal, at most ``limit``; answers how many it sealed.

    It looks that far back from the newest sealed line, ``None``: through the whole trail. Raises
    ``ChainBroken`` after sealing those of sound chains.
    """
    sealed, broken = _seal(limit, EVER if reach is None else _before_newest(reach))
    if broken:
        raise ChainBroken(broken)
    return sealed


def _before_newest(reach: timedelta) -> UUID:
    """Where to begin to look, so that a trail of millions of lines costs nothing."""
    newest = statements.one(NEWEST())
    if newest is None:
        return EVER
    return ids.since(min(ids.made_at(newest.event_id), timezone.now()) - reach)


@dataclass(slots=True)
class Head:
    """The end of a chain while it grows."""

    length: int
    digest: str


@verb
def _seal(limit: int, since: UUID) -> tuple[int, list[UUID]]:
    """Seal a batch in one transaction; answers how many, and the chains that are not sound.

    One worker seals at a time: it holds the platform's chain from here to its commit.
    """
    now = timezone.now()
    statements.run(_lock({PLATFORM}, now))
    broken: list[UUID] = []
    while True:
        lines = statements.run(_tail(limit, since, broken))[0]
        found = statements.run(_lock({line.shop_id or PLATFORM for line in lines}, now))[0]
        unsound = [head.id for head in found if not _is_sound(head)]
        if not unsound:
            break
        broken += unsound
    heads = {head.id: Head(head.length, head.digest) for head in found}
    if seals := [_next(line, heads[line.shop_id or PLATFORM]) for line in lines]:
        _keep(seals, heads, now)
    return len(seals), broken


def _tail(limit: int, since: UUID, broken: list[UUID] | None = None) -> statements.Call:
    left_out = statements.rows([{"id": one} for one in broken or ()])
    return TAIL(since=since, limit=limit, platform=PLATFORM, broken=left_out)


def _lock(chains: set[UUID], now: datetime) -> statements.Call:
    beginnings = [
        {"id": one, "proof": chain.proof(chain=one, length=0, digest=chain.BEGINNING, at=now)}
        for one in chains
    ]
    return HEADS(chains=statements.rows(beginnings), at=now)


def _is_sound(head: Any) -> bool:
    """Whether the end of a chain is the one that was proven; sealing on would hide it."""
    proven = chain.proof(chain=head.id, length=head.length, digest=head.digest, at=head.sealed_at)
    return bool(head.proof == proven)


def _next(line: chain.Line, head: Head) -> dict[str, object]:
    """Put a line behind the end of its chain."""
    which = line.shop_id or PLATFORM
    address = chain.address_digest(line)
    head.length += 1
    head.digest = chain.seal(
        line, chain=which, position=head.length, previous=head.digest, address=address
    )
    return {
        "event": line.id,
        "chain": which,
        "place": head.length,
        "digest": head.digest,
        "address": address,
    }


def _keep(seals: list[dict[str, object]], heads: dict[UUID, Head], now: datetime) -> None:
    grown = [
        {
            "id": one,
            "length": head.length,
            "digest": head.digest,
            "proof": chain.proof(chain=one, length=head.length, digest=head.digest, at=now),
        }
        for one, head in heads.items()
    ]
    statements.run(SEAL(seals=statements.rows(seals)), KEEP(heads=statements.rows(grown), at=now))
