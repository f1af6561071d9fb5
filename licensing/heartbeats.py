"""A site checks in: it is written down, and answered with a signed verdict.

An ordinary one is a single statement, which rewrites one row in place. One with news (a new
version, a command on its way, a new key, the day's sample), or of a site that is not in order,
is read first, and what it writes is one transaction.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from msgspec import UNSET, Struct

from core import context, database, ids, statements
from core.errors import TooMany
from core.statements import Call
from licensing import fleet, keys, signet, verdicts
from licensing.statements import ACKNOWLEDGE, BEAT, DELIVER, HOLD, ORDINARY, SAMPLE, SETTLE
from licensing.verdicts import Verdict

__all__ = ["MOST_CALLS", "OFTEN", "REGULARLY", "SAMPLED", "SOON", "Answer", "Beat", "judge", "take"]

#: How often a site calls, in seconds: normally, and while something is about to change.
REGULARLY = 6 * 60 * 60
OFTEN = 15 * 60
#: A licence that ends within this time, or has ended since, is about to change.
SOON = timedelta(days=7)
#: Heartbeats of one site in an hour.
MOST_CALLS = 60
HOUR = timedelta(hours=1)
#: History keeps one heartbeat of each site in this time, and each that brought something new.
SAMPLED = timedelta(days=1)
#: So often it is tried without holding the site; who changes it meanwhile goes first.
TRIES = 3


class Beat(Struct, frozen=True):
    """What a site says. ``applied_seq`` is the last verdict it has acted on."""

    version: str
    uptime_seconds: int
    nonce: str | None = None
    applied_seq: int | None = None
    site_time: datetime | None = None


class Answer(Struct, kw_only=True):
    """What a site is told. Only ``verdict`` with its ``signature`` may change anything there."""

    licensed: bool
    locked: bool
    lock_reason: str
    expires_at: datetime | None
    next_heartbeat_seconds: int
    verdict: str
    signature: str
    key_id: str


def take(beat: Beat, *, claim: keys.Claim) -> Answer:
    """Write a heartbeat down and answer it, if it comes from the site that it claims to be.

    An ordinary one does not wait for the disk, and neither would a transaction around it. Raises
    ``BadSiteKey`` before anything else, ``NoSigningKey``, ``TooMany`` for a site that called too
    often this hour.
    """
    key, now = signet.find(), timezone.now()
    if key is not None:
        # Asked again if the kept connection was dropped: twice written, it only counts twice.
        found = statements.ask(_ordinary(beat, claim, now))[0]
        if found:
            site = found[0]
            return _answer(beat, site, now=now, seq=site.seq, has_command=False, key=key)
    return judge(beat, known=keys.holder(claim))


def _ordinary(beat: Beat, claim: keys.Claim, now: datetime) -> Call:
    salt, salted = claim.salted()
    return ORDINARY(
        site_id=claim.site_id,
        salt=salt,
        salted=salted,
        version=beat.version,
        sampled_after=now - SAMPLED,
        **_seen(beat, now),
    )


def judge(beat: Beat, *, known: Any) -> Answer:
    """Write down and answer what may bring something new. ``known`` is as ``keys.holder`` read it.

    Raises as ``take``; ``BadSiteKey`` for a key replaced meanwhile.
    """
    key = signet.current()
    for _ in range(TRIES):
        now = timezone.now()
        _refuse_flood(known, now)
        said = _write(beat, known, now)
        if said is not None:
            break
        known = keys.again(known)
    else:
        now, known, said = _hold_and_write(beat, known)
    seq, has_command = said
    return _answer(beat, known, now=now, seq=seq, has_command=has_command, key=key)


def _refuse_flood(known: Any, now: datetime) -> None:
    if known.hour_at is None or known.calls < MOST_CALLS:
        return
    left = known.hour_at + HOUR - now
    if left > timedelta():
        raise TooMany(retry_after=int(left.total_seconds()) + 1)


def _write(beat: Beat, known: Any, now: datetime) -> tuple[int, bool] | None:
    """The verdict's ``seq``, and whether a command waits; ``None``: the site changed meanwhile.

    What is read and what is written belong together: ``BEAT`` writes on the revision that was
    read, so the verdict with the highest ``seq`` says the newest.
    """
    sampled = _is_news(beat, known, now)
    calls = [_beat(beat, known, now, sampled_at=now if sampled else known.sampled_at)]
    if known.first_used_at is None:
        calls += keys.using(known, now=now)
    if sampled:
        calls.append(SAMPLE(id=known.id, sample_id=ids.new()))
    if known.has_command:
        calls.append(ACKNOWLEDGE(id=known.id, applied_seq=beat.applied_seq or 0, now=now))
        calls.append(DELIVER(id=known.id, now=now))
        calls.append(SETTLE(id=known.id))
    if len(calls) == 1:
        written = statements.one(calls[0])
        return None if written is None else (written.seq, False)
    with transaction.atomic():
        answers = statements.run(*calls)
        if not answers[0] or (known.first_used_at is None and not answers[1]):
            transaction.set_rollback(True)
            return None
        waits = known.has_command and answers[-1][0].has_command
    return answers[0][0].seq, waits


def _hold_and_write(beat: Beat, known: Any) -> tuple[datetime, Any, tuple[int, bool]]:
    """Read and write while nobody else may change the site: it was changed at every try."""
    with transaction.atomic():
        statements.run(HOLD(id=known.id))
        known, now = keys.again(known), timezone.now()
        _refuse_flood(known, now)
        said = _write(beat, known, now)
    if said is None:
        raise database.Busy
    return now, known, said


def _beat(beat: Beat, known: Any, now: datetime, *, sampled_at: datetime | None) -> Call:
    return BEAT(
        id=known.id,
        revision=known.revision,
        version=beat.version,
        is_licensed=fleet.is_licensed(known, now),
        is_locked=known.is_locked,
        sampled_at=sampled_at,
        **_seen(beat, now),
    )


def _seen(beat: Beat, now: datetime) -> dict[str, Any]:
    """What every heartbeat writes, whatever it brings."""
    skew = None if beat.site_time is None else round((beat.site_time - now).total_seconds())
    return {
        "applied_seq": beat.applied_seq,
        "now": now,
        "hour_ago": now - HOUR,
        "most_calls": MOST_CALLS,
        "address": context.current().address,
        "uptime_seconds": beat.uptime_seconds,
        "site_time": beat.site_time,
        "clock_skew_seconds": skew,
    }


def _is_news(beat: Beat, known: Any, now: datetime) -> bool:
    """Whether history keeps this heartbeat."""
    told = (known.last_version, known.was_licensed, known.was_locked)
    tells = (beat.version, fleet.is_licensed(known, now), known.is_locked)
    return told != tells or known.sampled_at is None or known.sampled_at <= now - SAMPLED


def next_heartbeat(site: Any, now: datetime, *, has_command: bool) -> int:
    """In how many seconds a site shall call again."""
    expires, watched = site.license_expires_at, site.watched_until
    is_close = expires is not None and abs(expires - now) <= SOON
    is_watched = watched is not None and watched > now
    return OFTEN if has_command or is_watched or is_close else REGULARLY


def _answer(
    beat: Beat,
    site: Any,
    *,
    now: datetime,
    seq: int,
    has_command: bool,
    key: verdicts.SigningKey,
) -> Answer:
    following = signet.following()
    verdict = Verdict(
        site_id=site.site_id,
        seq=seq,
        issued_at=now,
        valid_until=now + timedelta(days=site.grace_days),
        licensed=fleet.is_licensed(site, now),
        locked=site.is_locked,
        lock_reason=site.lock_reason if site.is_locked else "",
        expires_at=site.license_expires_at,
        nonce=beat.nonce,
        next_heartbeat_seconds=next_heartbeat(site, now, has_command=has_command),
        next_key=UNSET if following is None else following.announced,
    )
    signed = verdicts.sign(verdict, key=key)
    return Answer(
        licensed=verdict.licensed,
        locked=verdict.locked,
        lock_reason=verdict.lock_reason,
        expires_at=verdict.expires_at,
        next_heartbeat_seconds=verdict.next_heartbeat_seconds,
        verdict=signed.verdict,
        signature=signed.signature,
        key_id=signed.key_id,
    )
