"""How our answers are written: JSON with RFC 3339 times, UUID and decimal strings."""

from collections.abc import Callable

import msgspec
from django.utils.functional import Promise

__all__ = ["Message", "encode", "plain"]


def _other(value: object) -> object:
    """Write what msgspec does not know: lazy translations and other sets of things."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Exception):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


#: Encode structs, dicts and lists as bytes. Times must be aware and in UTC: they end in ``Z``.
encode: Callable[[object], bytes] = msgspec.json.Encoder(enc_hook=_other).encode

#: The same with sorted keys: two bodies that mean the same give the same bytes.
plain: Callable[[object], bytes] = msgspec.json.Encoder(
    enc_hook=_other, order="deterministic"
).encode


class Message(msgspec.Struct):
    """What was done, in a sentence for people."""

    message: str
