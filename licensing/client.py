"""Checking in: a restaurant's own server calls the vendor's, and believes what is signed.

Everything that is no verdict (no line, a 401, a proxy's page, a forged or repeated answer) is
written down and changes nothing.
"""

import logging
import secrets
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Timer
from typing import Any, Self

import httpx
import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from licensing import clocks, keyrings, licences
from licensing.clocks import Pulse
from licensing.errors import Disbelieved
from licensing.models import License
from licensing.verdicts import BadKey, Envelope, NextKey, Verdict

__all__ = ["Outcome", "Problem", "check_in"]

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(10, connect=5)
DEADLINE = 20  # seconds for all of a check-in
LONGEST = 32 * 1024  # bytes of an answer; a verdict has one or two thousand
BEGAN = time.monotonic()
#: What to do about an answer that is none.
HINTS = {
    401: " Compare SITE_ID and SITE_KEY with what the vendor gave; a deleted site answers so, too.",
    404: " CLOUD_URL is not the vendor's: it is the beginning of the address, without a path.",
    429: " It was called too often, and waits.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a check-in: the verdict that now counts, or the problem."""

    verdict: Verdict | None = None
    problem: str = ""
    failures: int = 0
    retry_after: float = 0


class Problem(Exception):
    """The answer brought nothing. ``refused``: there was one that we do not believe."""

    def __init__(self, why: str, *, refused: bool = False, retry_after: float = 0) -> None:
        super().__init__(why)
        self.refused, self.retry_after = refused, retry_after


class Named(msgspec.Struct):
    """The vendor's keys as its server names them."""

    keys: list[NextKey]


def check_in(*, dry_run: bool = False) -> Outcome:
    """Call the vendor's server once, and let its verdict count. Never raises for what it says.

    ``dry_run`` calls and judges the answer, but keeps nothing of it.
    """
    licence = licences.here()
    nonce, began, pulse = secrets.token_urlsafe(24), timezone.now(), clocks.pulse()
    try:
        with Line() as line:
            pinned = _pinned(line, licence)
            said = line.ask("POST", "heartbeat", Envelope, json=_body(licence, nonce))
        took = max(
            timezone.now() - began, timedelta(seconds=clocks.pulse().seconds - pulse.seconds)
        )
        if took > timedelta(seconds=DEADLINE) + clocks.TOLERANCE:
            # held up while this process or the machine stood still: time would go back
            raise Problem("The answer came too late.", refused=True)
        return Outcome(_accepted(said, nonce, pulse, pinned, dry_run=dry_run))
    except Problem as problem:
        if dry_run:
            return Outcome(None, str(problem))
        failures = licences.note_failure(str(problem), refused=problem.refused)
        level = logging.WARNING if problem.refused or failures == 1 else logging.INFO
        log.log(level, "The check-in brought nothing: %s", problem)
        return Outcome(None, str(problem), failures, problem.retry_after)


def _accepted(
    said: Envelope, nonce: str, asked: Pulse, pinned: list[str] | None, *, dry_run: bool
) -> Verdict:
    try:
        if not dry_run:  # outermost, so that it has its turn and its retries
            return licences.accept(said, nonce=nonce, asked=asked, pinned=pinned)
        with transaction.atomic():
            verdict = licences.accept(said, nonce=nonce, asked=asked, pinned=pinned)
            transaction.set_rollback(True)
        return verdict
    except (Disbelieved, BadKey) as refusal:
        raise Problem(str(refusal), refused=True) from None


def _headers() -> dict[str, str]:
    return {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"countertop/{settings.VERSION}",
        "X-Site-ID": str(settings.SITE_ID),
        "X-Site-Key": settings.SITE_KEY,
    }


def _body(licence: License, nonce: str) -> dict[str, Any]:
    return {
        "version": settings.VERSION,
        "uptime_seconds": int(time.monotonic() - BEGAN),
        "nonce": nonce,
        "applied_seq": licence.seq,
        "site_time": timezone.now().astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def _pinned(line: "Line", licence: License) -> list[str] | None:
    """The vendor's keys, asked for once in the life of a site, if nobody configured them."""
    if keyrings.pins() or licence.trusted_keys:
        return None
    named = line.ask("GET", "licensing/keys", Named)
    return [each.public_key for each in named.keys]


class Line:
    """A connection to the vendor's server, cut ``DEADLINE`` seconds after its opening.

    Timeouts alone do not end an answer that comes a few bytes at a time, for ever.
    """

    def __init__(self) -> None:
        self.client = httpx.Client(
            timeout=TIMEOUT, trust_env=False, follow_redirects=False, headers=_headers()
        )
        self.socket: socket.socket | None = None
        self.is_cut = False
        self.timer = Timer(DEADLINE, self._cut)

    def __enter__(self) -> Self:
        self.timer.daemon = True
        self.timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.timer.cancel()
        self.client.close()

    def ask(self, method: str, path: str, kind: type[Any], **sent: Any) -> Any:
        """Ask the vendor's server, and read its answer as this kind. Raises ``Problem``."""
        url = f"{settings.CLOUD_URL}/api/v1/{path}"
        sent["extensions"] = {"trace": self._trace}
        try:
            with self.client.stream(method, url, **sent) as answer:
                body = _read(answer)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            if self.is_cut:
                raise Problem("The answer took too long.", refused=True) from None
            if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
                raise Problem("CLOUD_URL is no address: https:// and a name.") from None
            raise Problem(f"There is no line to CLOUD_URL: {type(error).__name__}.") from None
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:
            raise Problem("The answer is no verdict.", refused=True) from None

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket, which TLS replaces by its own."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.socket = info["return_value"].get_extra_info("socket")
            if self.is_cut:
                self._cut()

    def _cut(self) -> None:
        self.is_cut = True
        if self.socket is not None:
            with suppress(OSError):
                # not the method of TLS, which would take its state from under the reader
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def _read(answer: httpx.Response) -> bytes:
    if answer.status_code != 200:
        raise Problem(
            f"It was answered with {answer.status_code}.{HINTS.get(answer.status_code, '')}",
            refused=True,
            retry_after=retry_after(answer.headers, timezone.now()),
        )
    body = b""
    for part in answer.iter_raw():
        body += part
        if len(body) > LONGEST:
            raise Problem("The answer is too long for a verdict.", refused=True)
    return body


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """The seconds that an answer asks us to wait; 0: it does not say."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0
