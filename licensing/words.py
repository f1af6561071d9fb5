"""What the vendor said, in the row of a licence: a word that counts, and one that counts again.

Nothing here is stored; the verbs of ``licensing.licences`` do that.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from licensing import clocks, keyrings, policy, verdicts, witnesses
from licensing.models import License
from licensing.verdicts import Envelope, UnlockFile, Untrusted, Verdict
from licensing.witnesses import Witness

__all__ = ["apply", "is_witnessed", "recall"]

log = logging.getLogger(__name__)


def apply(
    licence: License,
    said: Envelope,
    word: Verdict | UnlockFile,
    wall: datetime,
    locked_since: datetime,
) -> None:
    """Write down what was said; ``heard_at`` and the high water are set.

    ``locked_since`` is when a lock that is new here began.
    """
    pulse = clocks.pulse()
    expired = word.expires_at is not None and word.expires_at <= word.issued_at
    licence.locked_at = (licence.locked_at or locked_since) if word.locked else None
    licence.is_locked, licence.lock_reason = word.locked, word.lock_reason
    # An ended licence is told like one that was put out of use; who was, stays so until licensed.
    licence.is_active = word.licensed or (expired and licence.is_active)
    licence.license_expires_at = word.expires_at
    licence.seq, licence.accepted_at = word.seq, wall
    licence.verdict, licence.signature = said.verdict, said.signature
    licence.key_id, licence.is_file = said.key_id, isinstance(word, UnlockFile)
    licence.grace_seconds = _grace(word, licence.heard_at)
    licence.run_seconds = 0
    licence.machine, licence.machine_seconds = pulse.machine, pulse.seconds
    licence.must_check_in = False
    licence.failures, licence.problem, licence.tried_at = 0, "", wall


def _grace(word: Verdict | UnlockFile, heard_at: datetime) -> int:
    """For how many seconds it may be out of contact; who is in contact needs no grace."""
    given = word.valid_until - heard_at
    shortest = timedelta() if isinstance(word, UnlockFile) else policy.SILENCE
    return int(max(given, shortest).total_seconds())


def recall(licence: License) -> None:
    """Let what the witness has newer count again: an older state came back."""
    seen = witnesses.read(licence.site_id)
    if seen is None:
        return
    if seen.seq > licence.seq:
        _remember(licence, seen, timezone.now())
    elif seen.seq == licence.seq:
        if witnesses.remembers(licence.site_id, licence.signature):
            licence.must_check_in = False  # said by a process that does not see the file
        licence.high_water_at = max(licence.high_water_at, seen.high_water_at)
        licence.run_seconds = max(licence.run_seconds, seen.run_seconds)
        licence.heard_at = min(licence.heard_at, seen.heard_at)


def is_witnessed(licence: License) -> bool:
    """Whether the witness is of the very word that counts."""
    seen = witnesses.read(licence.site_id)
    return seen is not None and (seen.seq, seen.said and seen.said.signature) == (
        licence.seq,
        licence.signature,
    )


def _remember(licence: License, seen: Witness, wall: datetime) -> None:
    """Let the newer word that the witness holds count again, if it proves itself."""
    log.warning("An older licence was restored; the newer word beside it counts")
    high_water_at = max(licence.high_water_at, seen.high_water_at)
    keyrings.recall(licence, seen.announcements)
    try:
        word = _proven(licence, seen)
    except (Untrusted, verdicts.BadKey) as problem:
        log.warning("The witness proves nothing, so this site must check in: %s", problem)
        licence.must_check_in = True
        return
    # the row knows of no lock, and the witness not when it began
    locked_since = min(licence.heard_at, word.issued_at)
    licence.is_active = False  # nor whether it was out of use
    licence.heard_at = min(max(word.issued_at, seen.heard_at), word.valid_until)
    if isinstance(word, Verdict):
        licence.heard_at = word.issued_at
    assert seen.said is not None, "it was proven"  # noqa: S101
    apply(licence, seen.said, word, wall, locked_since)
    licence.skew_seconds = min(licence.skew_seconds, seen.skew_seconds)
    licence.high_water_at = max(high_water_at, word.issued_at)
    licence.run_seconds = seen.run_seconds


def _proven(licence: License, seen: Witness) -> Verdict | UnlockFile:
    if seen.said is None:
        raise Untrusted("It holds no word.")
    read: Callable[..., Verdict | UnlockFile]
    read = verdicts.verify_unlock if seen.is_file else verdicts.verify
    word = read(seen.said, keys=keyrings.of(licence), site_id=licence.site_id)
    if word.seq != seen.seq:
        raise Untrusted("It names another word than it holds.")
    return word
