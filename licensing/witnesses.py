"""The witness: what a restaurant's own server was told last, kept outside of its database.

Who restores an older copy of the database restores an older licence with it. The file beside it
still holds the newest signed word, which counts again, and how late it was by then. A process
that runs remembers it, too: it is not enough to take the file away.
"""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Meta

from licensing.verdicts import Envelope

__all__ = ["Witness", "forget", "read", "remembers", "write"]

Moment = Annotated[datetime, Meta(tz=True)]
#: No time of ours is beyond these, and none is further than this, in seconds.
FIRST, LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
LONGEST = 10**11


class Witness(msgspec.Struct, frozen=True):
    """What the file says; of this only ``said`` and ``announcements`` prove themselves."""

    site_id: UUID
    seq: Annotated[int, Meta(ge=0)]
    said: Envelope | None
    is_file: bool
    heard_at: Moment
    high_water_at: Moment
    skew_seconds: Annotated[int, Meta(ge=0, le=LONGEST)]
    run_seconds: Annotated[float, Meta(ge=0, le=LONGEST)]
    announcements: list[dict[str, str]] = []


#: What this process wrote last, by the site and the place.
_remembered: dict[tuple[UUID, Path], Witness] = {}


def place() -> Path:
    return Path(settings.VAR_DIR) / "licence.json"


def read(site_id: UUID) -> Witness | None:
    """What was written last for this site; ``None`` if there is none that can be read."""
    known = [
        each for each in (_remembered.get((site_id, place())), _found(site_id)) if each is not None
    ]
    return max(known, key=lambda each: (each.seq, each.high_water_at), default=None)


def _found(site_id: UUID) -> Witness | None:
    try:
        found = msgspec.json.decode(place().read_bytes(), type=Witness)
    except (OSError, msgspec.DecodeError):
        return None
    moments = (found.heard_at, found.high_water_at)
    return (
        found
        if found.site_id == site_id and FIRST <= min(moments) <= max(moments) <= LAST
        else None
    )


def write(seen: Witness) -> None:
    """Put the file in the place of the one before, whole or not at all. Raises ``OSError``."""
    target = place()
    _remembered[seen.site_id, target] = seen
    with NamedTemporaryFile(dir=target.parent, prefix="licence.", delete=False) as file:
        try:
            file.write(msgspec.json.encode(seen))
            file.flush()
            _give(file.fileno(), target.parent)
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _give(file: int, folder: Path) -> None:
    """What an operator's command writes as root, the server has to read."""
    if os.geteuid() == 0:
        owner = folder.stat()
        with suppress(OSError):  # a root of a container may be none
            os.fchown(file, owner.st_uid, owner.st_gid)


def remembers(site_id: UUID, signature: str) -> bool:
    """Whether this process itself wrote this word last."""
    known = _remembered.get((site_id, place()))
    return known is not None and known.said is not None and known.said.signature == signature


def forget() -> None:
    """Be as a process that has just begun."""
    _remembered.clear()
