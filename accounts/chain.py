"""What a seal of the trail is: an HMAC over every column of a line and over the seal before it.

Nothing here asks the database. The text that is sealed does not depend on which database keeps
the line, so a chain holds after the rows have moved from one to another.
"""

import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Context
from typing import Any, Protocol
from uuid import UUID

import msgspec
from django.conf import settings

__all__ = ["BEGINNING", "Line", "address_digest", "proof", "seal"]

#: What stands for the seal before the first.
BEGINNING = ""

#: Part of everything that is sealed: another way of writing lines gets another name.
FORMAT = "audit line 1"

#: Numbers keep every digit, however a database writes them: 1e2, 100 and 100.0 are one.
EXACT = Context(prec=1_000)

PLAIN = msgspec.json.Encoder(order="deterministic", decimal_format="number")


class Line(Protocol):
    """A line of the trail, as the database keeps it; ``before`` and ``after`` are JSON text."""

    @property
    def id(self) -> UUID: ...
    @property
    def at(self) -> datetime: ...
    @property
    def shop_id(self) -> UUID | None: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def action(self) -> str: ...
    @property
    def target_kind(self) -> str: ...
    @property
    def target_id(self) -> str: ...
    @property
    def before(self) -> str | None: ...
    @property
    def after(self) -> str | None: ...
    @property
    def address(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def request_id(self) -> str: ...


def seal(line: Line, *, chain: UUID, position: int, previous: str, address: str) -> str:
    """The seal of a line at this place of a chain, as hexadecimal digits.

    ``previous`` is the seal before it, ``address`` the digest that stands for its address.
    """
    return _mac(
        [
            FORMAT,
            chain.hex,
            str(position),
            previous,
            line.id.hex,
            _moment(line.at),
            _id(line.shop_id),
            _id(line.actor_id),
            line.action,
            line.target_kind,
            line.target_id,
            _facts(line.before),
            _facts(line.after),
            address,
            line.device,
            line.request_id,
        ]
    )


def address_digest(line: Line) -> str:
    """Stands for a line's address, so that the address can be erased and the seal still holds."""
    return _mac(["audit address 1", line.id.hex, line.address])


def proof(*, chain: UUID, length: int, digest: str, at: datetime) -> str:
    """Shows that a chain had this many seals, the last of them this one, when it was sealed."""
    return _mac(["audit chain 1", chain.hex, str(length), digest, _moment(at)])


def _mac(parts: Sequence[str | None]) -> str:
    """A list of texts as JSON says where each ends: two lists never look the same."""
    return hmac.digest(_key(), msgspec.json.encode(parts), "sha256").hex()


def _key() -> bytes:
    """``AUDIT_KEY``, else one made of ``SECRET_KEY``, which then may never change."""
    if settings.AUDIT_KEY:
        return bytes(settings.AUDIT_KEY.encode())
    return hmac.digest(settings.SECRET_KEY.encode(), b"seals of the audit", "sha256")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _id(key: UUID | None) -> str | None:
    return None if key is None else key.hex


def _facts(text: str | None) -> str | None:
    """JSON in one form: PostgreSQL sorts keys and writes numbers its own way."""
    if text is None:
        return None
    return PLAIN.encode(json.loads(text, parse_float=_number, parse_int=_number)).decode()


def _number(text: str) -> Any:
    return EXACT.create_decimal(text).normalize(EXACT) or 0  # never -0
