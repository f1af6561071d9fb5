"""The witness: what a restaurant's own server was told last, kept outside of its database.

Who restores an older copy of the database restores an older licence with it. The file beside it
still holds the newest signed word, which counts again, and how late it was by then.
"""

import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from django.conf import settings

from licensing.verdicts import Envelope

__all__ = ["Witness", "read", "write"]


class Witness(msgspec.Struct, frozen=True):
    """What the file says; of this only ``said`` proves itself."""

    site_id: UUID
    seq: int
    said: Envelope | None
    is_file: bool
    heard_at: datetime
    high_water_at: datetime
    skew_seconds: int
    run_seconds: float


def place() -> Path:
    return Path(settings.VAR_DIR) / "licence.json"


def read(site_id: UUID) -> Witness | None:
    """What was written last for this site; ``None`` if there is none that can be read."""
    try:
        found = msgspec.json.decode(place().read_bytes(), type=Witness)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.site_id == site_id else None


def write(seen: Witness) -> None:
    """Put the file in the place of the one before, whole or not at all. Raises ``OSError``."""
    new = place().with_suffix(".new")
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(msgspec.json.encode(seen))
        file.flush()
        os.fsync(file.fileno())
    new.replace(place())
