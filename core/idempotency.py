"""A request happens once: its answer is kept, and a repeat gets the same bytes.

The key is claimed in the verb's own transaction, so a crash or a refusal leaves no trace and
a twin waits on the row until the first has committed. Source: docs/architecture.md, step 2 of
the write recipe.
"""

from datetime import timedelta

from django.utils import timezone

from core import sealing, statements
from core.errors import Conflict, KeyReused
from core.statements import Call, Statement

__all__ = ["BATCH", "EACH_TIME", "InProgress", "Once", "Repeated", "Secret", "prune"]

#: How long an answer can be repeated.
KEPT_FOR = timedelta(days=7)

#: How many old keys are deleted in one transaction.
BATCH = 1_000


class InProgress(Conflict):
    code = "idempotency_in_progress"
    message = "The same request is still being answered. Repeat it in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=1)


class Repeated(Exception):
    """This request was answered before; here are the answer's status and bytes."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("answered before")
        self.status = status
        self.body = body


CLAIM = Statement(
    "claim",
    """
    INSERT INTO core_idempotencykey (principal, route, key, fingerprint, created_at)
    VALUES (%(principal)s, %(route)s, %(key)s, %(fingerprint)s, %(at)s)
    ON CONFLICT (principal, route, key) DO NOTHING
    RETURNING key
    """,
    returns={"key": str},
    busy=InProgress,
)

KEPT = Statement(
    "kept",
    """
    SELECT fingerprint, status, body FROM core_idempotencykey
    WHERE principal = %(principal)s AND route = %(route)s AND key = %(key)s
    """,
    returns={"fingerprint": bytes, "status": int, "body": bytes},
)

KEEP = Statement(
    "keep",
    """
    UPDATE core_idempotencykey SET status = %(status)s, body = %(body)s
    WHERE principal = %(principal)s AND route = %(route)s AND key = %(key)s
    """,
)

PRUNE = Statement(
    "prune_keys",
    """
    DELETE FROM core_idempotencykey WHERE (principal, route, key) IN (
        SELECT principal, route, key FROM core_idempotencykey
        WHERE created_at < %(before)s ORDER BY created_at LIMIT %(limit)s
    )
    RETURNING key
    """,
    returns={"key": str},
)


class Once:
    """One request's right to happen once.

    ``principal`` is who asks (``user:<id>``), ``route`` what is asked (``POST shops/…/orders``),
    ``key`` the caller's name for this request and ``fingerprint`` the SHA-256 of all it says.
    Without a key every request is a new one.
    """

    def __init__(
        self, *, principal: str = "", route: str = "", key: str = "", fingerprint: bytes = b""
    ) -> None:
        self.name = {"principal": principal, "route": route, "key": key}
        self.fingerprint = fingerprint
        self.status = 0
        self.body = b""

    @property
    def has_key(self) -> bool:
        return bool(self.name["key"])

    def claim(self) -> None:
        """Take the key, waiting for a twin that holds it.

        Raises ``Repeated`` with the kept answer, ``KeyReused`` if the key came with another
        request, ``InProgress`` if the twin took too long.
        """
        self.claimed(statements.run(self.claiming())[0])

    def claiming(self) -> Call | None:
        """The claim as part of a batch; hand its answer to ``claimed``."""
        if not self.has_key:
            return None
        return CLAIM(**self.name, fingerprint=self.fingerprint, at=timezone.now())

    def claimed(self, answer: statements.Answer) -> None:
        """Go on if the key became ours. Raises as ``claim`` does."""
        if self.has_key and not answer:
            self.repeat()

    def repeat(self) -> None:
        """Raise the answer kept under this key, if there is one. Raises as ``claim`` does."""
        kept = statements.one(KEPT(**self.name)) if self.has_key else None
        if kept is None:
            return
        if bytes(kept.fingerprint) != self.fingerprint:
            raise KeyReused
        raise Repeated(kept.status, bytes(kept.body))

    def keep(self, status: int, body: bytes) -> None:
        """Remember the answer, in the verb's transaction."""
        statements.run(self.keeping(status, body))

    def keeping(self, status: int, body: bytes) -> Call | None:
        """The answer's memory as part of a batch."""
        self.status, self.body = status, body
        if not self.has_key:
            return None
        return KEEP(**self.name, status=status, body=body)


class Secret(Once):
    """Once for answers that hold secrets: what is kept can be read with the server's key only."""

    def repeat(self) -> None:
        """As ``Once.repeat``. Raises ``Conflict`` if the server's key has changed since."""
        try:
            super().repeat()
        except Repeated as kept:
            try:
                body = sealing.opened(kept.body)
            except sealing.Unreadable:
                raise Conflict from None
            raise Repeated(kept.status, body) from None

    def keeping(self, status: int, body: bytes) -> Call | None:
        """The sealed answer's memory as part of a batch."""
        call = super().keeping(status, sealing.sealed(body) if self.has_key else body)
        self.body = body
        return call


class EachTime(Once):
    """For callers inside the house, who mean what they say each time."""

    def keeping(self, status: int, body: bytes) -> None:
        return None


#: The default ``once`` of verbs. It remembers nothing, so all callers can share it.
EACH_TIME = EachTime()


def prune(*, limit: int = BATCH) -> int:
    """Forget the oldest answers of more than a week ago, at most ``limit``; answers how many."""
    return len(statements.run(PRUNE(before=timezone.now() - KEPT_FOR, limit=limit))[0])
