"""Primary keys: UUIDv7, so that rows created later sort later."""

from uuid import UUID

import uuid_utils

__all__ = ["new"]


def new() -> UUID:
    """Make a new id: a UUIDv7, rising within this process even inside one millisecond."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
