"""The licence of a restaurant's own server: what the vendor signed last, and how time goes on.

Nothing but a signed word changes what the site may do: a verdict that answers our own nonce, or a
file, each newer than the last. Silence, errors, forged and repeated words change nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Shop
from core.database import verb
from licensing import clocks, keyrings, policy, verdicts, witnesses, words
from licensing.clocks import Pulse
from licensing.errors import Disbelieved
from licensing.facts import SiteNotice
from licensing.models import License
from licensing.verdicts import Envelope, UnlockFile, Untrusted, Verdict
from licensing.witnesses import Witness
from live import outbox
from live.outbox import Change

__all__ = ["GRACE", "accept", "here", "install", "keep_time", "note_failure", "wake"]

log = logging.getLogger(__name__)

#: A new site may sell so long before it has ever reached the vendor.
GRACE = timedelta(days=7)


def here() -> License:
    """The licence of this site as it is kept; made at the first call. Changes nothing else.

    A site that takes the place of another has to hear from the vendor first.
    """
    assert settings.SITE_ID is not None, "a site with an id"  # noqa: S101
    now = timezone.now()
    found, _ = License.objects.get_or_create(
        site_id=settings.SITE_ID,
        defaults={
            "contact_email": settings.LICENSE_CONTACT,
            "heard_at": now,
            "high_water_at": now,
            "grace_seconds": int(GRACE.total_seconds()),
            "must_check_in": License.objects.exclude(site_id=settings.SITE_ID).exists(),
        },
    )
    return found


# --- What the vendor says -------------------------------------------------------------


@verb
def accept(said: Envelope, *, nonce: str, asked: Pulse, pinned: list[str] | None = None) -> Verdict:
    """Let a verdict count: signed, for this site, newer than the last, the answer to our nonce.

    ``asked`` is when we asked for it: however long it was held up, that time has passed. ``pinned``
    are keys that the vendor's server named at the first check-in. Raises
    ``Disbelieved``, with nothing changed.
    """
    licence = _held()
    trusted = keyrings.of(licence, pinned)
    verdict = _believed(lambda: verdicts.verify(said, keys=trusted, site_id=licence.site_id))
    if verdict.nonce != nonce:
        raise Disbelieved(why="It answers another question than ours.")
    if verdict.seq <= licence.seq:
        raise Disbelieved(why=f"It is older than the last: {verdict.seq}, not {licence.seq + 1}.")
    wall = timezone.now()
    if pinned and not licence.trusted_keys:
        licence.trusted_keys = pinned
    if isinstance(verdict.next_key, verdicts.NextKey):
        keyrings.announce(licence, said, verdict.next_key)
    licence.skew_seconds = clocks.reset(verdict.issued_at, wall)
    locked_since = verdict.issued_at
    if licence.must_check_in or not licence.seq:  # a state that was not there all the time
        locked_since = min(licence.heard_at, verdict.issued_at)
    if licence.must_check_in:
        licence.is_active = False  # it may have been put out of use; licensed says otherwise
    licence.heard_at = licence.high_water_at = verdict.issued_at
    _note_lag(licence, verdict.issued_at - wall, wall)
    words.apply(licence, said, verdict, wall, locked_since)
    licence.machine, licence.machine_seconds = asked.machine, asked.seconds
    _keep(licence, wall)
    return verdict


@verb
def install(said: Envelope) -> UnlockFile:
    """Let a file count: signed, for this site, newer than the last word, not past its end.

    Raises ``Disbelieved``, with nothing changed.
    """
    licence = _held()
    trusted = keyrings.of(licence)
    file = _believed(lambda: verdicts.verify_unlock(said, keys=trusted, site_id=licence.site_id))
    if file.seq <= licence.seq:
        raise Disbelieved(why="It was used before, or something newer is known.")
    wall = timezone.now()
    now = max(clocks.beat(licence, wall, clocks.pulse()).high_water_at, file.issued_at)
    if now >= file.valid_until:
        raise Disbelieved(why=f"It was good until {file.valid_until:%Y-%m-%d %H:%M} UTC.")
    licence.heard_at = licence.high_water_at = now
    words.apply(licence, said, file, wall, file.issued_at)
    _keep(licence, wall)
    return file


# --- Time goes on ---------------------------------------------------------------------


@verb
def keep_time() -> bool:
    """Move the high water on, and tell the screens if the site stands otherwise by now.

    Answers whether the clock was turned just now, so that the site had better check in.
    """
    licence, wall, pulse = _held(), timezone.now(), clocks.pulse()
    tide = clocks.beat(licence, wall, pulse)
    licence.high_water_at = tide.high_water_at
    licence.run_seconds += tide.ran
    licence.machine, licence.machine_seconds = pulse.machine, pulse.seconds
    known = timedelta(seconds=licence.turned_back_seconds)
    is_turned_back = tide.is_turned_back(known)
    is_put_right = tide.is_put_right(known)
    if is_turned_back or is_put_right:
        _note_lag(licence, tide.behind, wall)
    if is_turned_back:
        # a clock that was ahead was put right: what was taken off for that is taken off no more
        ahead = max(timedelta(), wall - tide.high_water_at)
        licence.skew_seconds = min(licence.skew_seconds, int(ahead.total_seconds()))
        behind = int(tide.behind.total_seconds())
        audit.record("licence.clock_turned_back", None, shop=None, actor=None, seconds=behind)
        log.warning("The clock was turned back by %d seconds; time goes on without it", behind)
    _keep(licence, wall)
    return is_turned_back or is_put_right or tide.leapt


def _note_lag(licence: License, behind: timedelta, wall: datetime) -> None:
    """Remember how far our clock is behind, so that it is told and asked about once."""
    is_behind = behind > clocks.TOLERANCE
    licence.turned_back_seconds = int(behind.total_seconds()) if is_behind else 0
    licence.turned_back_at = wall if is_behind else None


@verb
def wake() -> None:
    """At the start: see that no older state came back, by the witness outside of the database.

    Without one of the very word that counts, the site must check in before it sells. Where
    there is no licence to keep, as on the vendor's server, nothing happens.
    """
    if settings.ROLE != "shop" or settings.SITE_ID is None:
        return
    licence, wall = _held(), timezone.now()
    licence.contact_email = settings.LICENSE_CONTACT
    if licence.seq and not words.is_witnessed(licence):
        log.warning("The licence was restored without its witness: this site must check in")
        licence.must_check_in = True
    _keep(licence, wall)


# --- How check-ins go -----------------------------------------------------------------


@verb
def note_failure(problem: str, *, refused: bool) -> int:
    """Write down that a check-in brought nothing; how many did so in a row. Changes no right.

    ``refused``: something was answered that we do not believe.
    """
    licence = _held()
    licence.failures += 1
    licence.refused += refused
    licence.problem, licence.tried_at = problem[:300], timezone.now()
    _keep(licence, licence.tried_at)
    return licence.failures


# --- what all of these share ----------------------------------------------------------


def _held() -> License:
    """The licence, locked until commit, and the newest that was ever known."""
    licence = License.objects.select_for_update().get(pk=here().pk)
    words.recall(licence)
    return licence


def _believed(read: Callable[[], verdicts.Said]) -> verdicts.Said:
    try:
        return read()
    except Untrusted as problem:
        raise Disbelieved(why=str(problem)) from None


def _keep(licence: License, wall: datetime) -> None:
    """Store the licence, tell the screens what changed, and after commit the witness."""
    stands = policy.at_home(licence, wall)
    told = f"{stands.state}:{stands.cause or ''}"
    before, licence.told = licence.told, told
    licence.save()
    if told != before and (before or stands.state != policy.State.ACTIVE):
        log.info("The licence stands as %s now, not as %s", told.strip(":"), before.strip(":"))
        _tell(licence, stands, before=before)
    if licence.must_check_in:
        return  # what came back is no witness
    seen = Witness(
        licence.site_id,
        licence.seq,
        Envelope(licence.verdict, licence.signature, licence.key_id) if licence.seq else None,
        licence.is_file,
        licence.heard_at,
        licence.high_water_at,
        licence.skew_seconds,
        licence.run_seconds,
        licence.announcements,
    )
    transaction.on_commit(lambda: _bear_witness(seen))


def _bear_witness(seen: Witness) -> None:
    try:
        witnesses.write(seen)
    except OSError as problem:  # it sells on; but a restart will have to check in
        log.warning("The licence's witness cannot be written: %s", problem)


def _tell(licence: License, stands: policy.Standing, *, before: str) -> None:
    """Tell every screen of this server how the site stands now."""
    sells = policy.allows(stands.state, policy.Action.NEW_ORDER)
    kind = "site_unlocked" if sells else "site_locked"
    said = SiteNotice(
        site_id=licence.site_id,
        is_locked=licence.is_locked,
        lock_reason=licence.lock_reason,
        contact_email=licence.contact_email,
    )
    shops: list[UUID] = list(Shop.objects.order_by("pk").values_list("pk", flat=True))
    counters = [outbox.lock(shop) for shop in shops]
    for shop in shops:
        audit.record(
            "licence.changed", None, shop=shop, actor=None,
            before={"stands": before}, after={"stands": licence.told},
        )  # fmt: skip
    for counter in counters:
        outbox.publish(counter, Change.of(kind, said))
