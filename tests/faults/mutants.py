"""Rules broken on purpose: a harness that stays green then proves nothing.

``python -m tests.faults --mutants`` breaks one rule at a time, in the server's processes only,
and wants to see the promise that rests on it violated. A server loads its application from here
under the mutant's name: ``tests.faults.mutants:wsgi_no_poll``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """``rule`` is what is broken; one of ``promises`` must be seen violated."""

    rule: str
    scenario: str
    promises: tuple[str, ...]
    apply: Callable[[], None]
    seconds: float = 8


def unsorted_take() -> None:
    from pos import statements

    rewrite(statements.GOODS, b"ORDER BY product.id", b"ORDER BY random()")


def level_saved() -> None:
    from pos import statements

    rewrite(statements.GOODS, b"FOR UPDATE OF level", b"")
    read = b"(SELECT quantity FROM pos_stocklevel WHERE product_id = sold.id)"
    rewrite(statements.TAKE, b"quantity = level.quantity - ", b"quantity = " + read + b" - ")


def claim_by_itself() -> None:
    import psycopg

    from core.idempotency import Once

    def claiming(once: Any) -> None:
        if once.has_key:
            asked = ", ".join(["%s"] * 4)
            columns = "(principal, route, key, fingerprint, created_at)"
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
                done = line.execute(
                    f"INSERT INTO core_idempotencykey {columns} VALUES ({asked}, now()) "
                    "ON CONFLICT (principal, route, key) DO NOTHING RETURNING key",
                    [*once.name.values(), once.fingerprint],
                )
                once.is_ours = done.fetchone() is not None

    def claimed(once: Any, _answer: object) -> None:
        if once.has_key and not once.is_ours:
            once.repeat()

    Once.claiming, Once.claimed = claiming, claimed


def claim_after_rules() -> None:
    from django.utils import timezone

    from core.idempotency import Once
    from core.statements import Statement

    late = Statement(
        "claim_late",
        """
        INSERT INTO core_idempotencykey (principal, route, key, fingerprint, created_at, status, body)
        VALUES (%(principal)s, %(route)s, %(key)s, %(fingerprint)s, %(at)s, %(status)s, %(body)s)
        ON CONFLICT (principal, route, key) DO NOTHING
        """,
    )

    def keeping(once: Any, status: int, body: bytes) -> Any:
        once.status, once.body = status, body
        if not once.has_key:
            return None
        given = {"fingerprint": once.fingerprint, "at": timezone.now()}
        return late(**once.name, **given, status=status, body=body)

    Once.claiming = lambda once: None
    Once.claimed = lambda once, answer: None
    Once.keeping = keeping


def reply_as_json() -> None:
    from core.idempotency import Once

    keeping = Once.keeping

    def as_json(once: Any, status: int, body: bytes) -> Any:
        call = keeping(once, status, json.dumps(json.loads(body), sort_keys=True).encode())
        once.body = body
        return call

    Once.keeping = as_json


def no_poll() -> None:
    from live import hub

    hub.POLL_SECONDS = 3600


def identity_as_cursor() -> None:
    """As an identity column gives them: when a row is written, not when it is committed."""
    import psycopg

    from core.statements import Statement
    from live import statements

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as line:
        line.execute("SELECT pg_advisory_lock(1)")  # all processes begin at once
        line.execute("CREATE SEQUENCE IF NOT EXISTS faults_identity START 1000")
    taken = Statement(
        "publish",
        """
        WITH stored AS (
            INSERT INTO live_event (shop_id, seq, kind, at, actor_id, data)
            SELECT %(shop)s::uuid, nextval('faults_identity'), kind, %(at)s::timestamptz,
                %(actor)s::uuid, data
            FROM {changes}
            RETURNING seq
        )
        SELECT max(seq) FROM stored
        """,
        rows={"changes": "place integer, kind text, data text"},
        returns={"seq": int},
    )
    statements.PUBLISH.prepared = taken.prepared
    newest = b"(SELECT coalesce(max(seq), 0) FROM live_event WHERE shop_id = shops.id)"
    rewrite(statements.STANDINGS, b"coalesce(counter.event_seq, 0)", newest)


def cursor_ignored() -> None:
    from live import handshakes

    handshakes.cursor = lambda scope: handshakes.Cursor(None, is_known=True)


def nudge_waits() -> None:
    from threading import local

    from django.conf import settings
    from redis import Redis

    from live import nudges

    mine = local()

    def send(shop_id: Any) -> None:
        if not hasattr(mine, "redis"):
            mine.redis = Redis.from_url(settings.REDIS_URL, socket_timeout=None)
        mine.redis.publish(nudges.channel(shop_id), b"")

    nudges.send = send


MUTANTS = {
    "unsorted_take": Mutant("stock is locked in any order", "counter", ("G3",), unsorted_take),
    "level_saved": Mutant("a level is read, computed, saved", "counter", ("G3",), level_saved),
    "claim_by_itself": Mutant(
        "a key is claimed in a transaction of its own",
        "counter",
        ("G1", "G2", "answers"),
        claim_by_itself,
    ),
    "claim_after_rules": Mutant(
        "a key is claimed after the rules", "counter", ("G2",), claim_after_rules
    ),
    "reply_as_json": Mutant("a reply is stored as JSON", "counter", ("G2",), reply_as_json),
    "identity_as_cursor": Mutant(
        "an identity column is the cursor",
        "live",
        ("G4 screen", "G4 long poll"),
        identity_as_cursor,
        seconds=15,
    ),
    "cursor_ignored": Mutant("a screen's cursor is ignored", "live", ("G4",), cursor_ignored, 20),
    "no_poll": Mutant("screens only wait for nudges", "live", ("G4", "G15"), no_poll, 30),
    "nudge_waits": Mutant("a sale waits for its nudge", "live", ("G15",), nudge_waits, 20),
}
NAMES = sorted(MUTANTS)


def rewrite(statement: Any, old: bytes, new: bytes) -> None:
    """Change a prepared statement's text; what is no longer there cannot be broken."""
    text = statement.prepared.sql
    assert old in text, f"{statement.name} says no {old!r}"
    statement.prepared.sql = text.replace(old, new)


def __getattr__(name: str) -> Any:
    """``wsgi_<mutant>`` and ``asgi_<mutant>``: our application with that rule broken."""
    interface, _, mutant = name.partition("_")
    if interface not in ("wsgi", "asgi") or mutant not in MUTANTS:
        raise AttributeError(name)
    return broken(interface, mutant)


@cache
def broken(interface: str, mutant: str) -> Any:
    """Break it once, however often a server asks for its application."""
    application = import_module(f"config.{interface}").application
    MUTANTS[mutant].apply()
    return application


def hunt(*, seed: int) -> int:
    """Break each rule; 1 if one was not seen, or if the harness is red by itself."""
    survivors = [name for name in ("", *NAMES) if not seen(name, seed=seed)]
    killed = len(NAMES) - len({*survivors} - {""})
    sys.stdout.write(f"killed {killed} of {len(NAMES)}\n")
    return int(bool(survivors))


def seen(name: str, *, seed: int) -> bool:
    """Whether the harness says what is broken; for no mutant, that nothing is."""
    mutant = MUTANTS.get(name, Mutant("nothing", "all", (), lambda: None))
    attack = [sys.executable, "-m", "tests.faults", "--database=postgresql", f"--seed={seed}"]
    chosen = [f"--scenario={mutant.scenario}", f"--seconds={mutant.seconds}", f"--mutant={name}"]
    done = subprocess.run([*attack, *chosen], capture_output=True, text=True, check=False)
    violated = [line for line in done.stdout.splitlines() if line.startswith("VIOLATED ")]
    wanted = tuple(f"VIOLATED {promise}" for promise in mutant.promises)
    found = [line for line in violated if wanted and line.startswith(wanted)]
    right = bool(done.returncode and found) if name else not done.returncode
    sys.stdout.write(f"{'ok' if right else 'NOT SEEN':<9} {mutant.rule}\n")
    for line in found[:2] or violated[:5] or [done.stderr[-2000:]][: not right]:
        sys.stdout.write(f"          {line[:200]}\n")
    sys.stdout.flush()
    return right


if __name__ == "__main__":  # the worker, with a rule broken as in the servers
    import django
    from django.core.management import call_command

    django.setup()
    MUTANTS[sys.argv[1]].apply()
    call_command("worker")
