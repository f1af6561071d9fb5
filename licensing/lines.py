"""The line on which the vendor says "check in": ``ws/site``. It carries no authority.

Whatever is said on it, the site only calls; what counts is the signed answer to that call.
"""

import json
import logging
from random import Random
from threading import Event
from typing import Protocol

from django.conf import settings
from websockets.exceptions import InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from licensing import rhythms

__all__ = ["Nudged", "listen"]

log = logging.getLogger(__name__)

OPENING = 10  # seconds
SIGN_OF_LIFE = 20
LONGEST = 1024  # bytes of what is said
GLANCE = 1.0


class Nudged(Protocol):
    """Who is told."""

    in_contact: bool

    def nudge(self) -> None: ...


def listen(keeper: Nudged, stopping: Event) -> None:
    """Hold the line until ``stopping``, and open it again whenever it breaks."""
    chance = Random()  # noqa: S311  spreads calls, hides nothing
    address = f"ws{settings.CLOUD_URL.removeprefix('http')}/ws/site"
    failures = 0
    while not stopping.is_set():
        try:
            with _opened(address) as line:
                failures = 0
                if not keeper.in_contact:  # the line is back
                    keeper.nudge()
                _follow(line, keeper, stopping)
        except (WebSocketException, OSError, InvalidURI, ValueError) as error:
            log.debug("The line to the vendor broke: %s", error)
        failures += 1
        stopping.wait(rhythms.after_failure(failures, chance))


def _opened(address: str) -> ClientConnection:
    return connect(
        address,
        additional_headers={
            "X-Site-ID": str(settings.SITE_ID),
            "X-Site-Key": settings.SITE_KEY,
        },
        user_agent_header=f"countertop/{settings.VERSION}",
        open_timeout=OPENING,
        close_timeout=1,
        ping_interval=SIGN_OF_LIFE,
        ping_timeout=SIGN_OF_LIFE,
        max_size=LONGEST,
        compression=None,
        proxy=None,
    )


def _follow(line: ClientConnection, keeper: Nudged, stopping: Event) -> None:
    """Tell the keeper of every "check in" until the line breaks. Raises what ends it."""
    while not stopping.is_set():
        try:
            said = line.recv(timeout=GLANCE)
        except TimeoutError:
            continue
        try:
            kind = json.loads(said)["type"]
        except (ValueError, KeyError, TypeError):
            continue
        if kind == "check_in":
            keeper.nudge()
