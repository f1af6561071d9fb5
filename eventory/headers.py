"""Which headers travel, either way: those named here and no others.

So no cookie, nothing of our proxies, nothing that belongs to one connection, and nothing that
says who somebody is here.
"""

from collections.abc import Callable, Iterable, Sequence

from eventory.errors import BadHeaders

__all__ = ["SAFE", "Headers", "back", "first", "forth", "one"]

Headers = list[tuple[bytes, bytes]]

FORTH = frozenset(
    {
        b"accept", b"accept-encoding", b"accept-language", b"content-encoding",
        b"content-language", b"content-length", b"content-type", b"if-match",
        b"if-modified-since", b"if-none-match", b"if-range", b"if-unmodified-since", b"prefer",
        b"range",
    }
)  # fmt: skip

BACK = frozenset(
    {
        b"accept-ranges", b"allow", b"content-disposition", b"content-encoding",
        b"content-language", b"content-length", b"content-range", b"content-type", b"etag",
        b"last-modified", b"retry-after", b"x-total-count",
    }
)  # fmt: skip

#: What an answer of Eventory's carries: it is data, and no page of ours.
SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
]


def forth(
    given: Iterable[tuple[bytes, bytes]],
    *,
    authorization: bytes,
    is_secret: Callable[[bytes], bool],
) -> Headers:
    """What goes upstream of a request's headers; one that holds a secret stays here."""
    kept = [
        (name, value) for name, value in given if name.lower() in FORTH and not is_secret(value)
    ]
    names = {name.lower() for name, _ in kept}
    # A caller who names no encoding gets none; without the header Eventory could choose one.
    usual = {b"accept": b"*/*", b"accept-encoding": b"identity", b"user-agent": b"Countertop"}
    kept += [(name, value) for name, value in usual.items() if name not in names]
    return kept + ([(b"authorization", authorization)] if authorization else [])


def back(given: Iterable[tuple[bytes, bytes]]) -> Headers:
    """What comes back of an answer's headers."""
    return [(name.lower(), value) for name, value in given if name.lower() in BACK] + SAFE


def first(given: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """The first header of this name, ``""`` without one."""
    return next((value.decode("latin1") for key, value in given if key == name), "")


def one(given: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The header's value, ``b""`` without one. Raises ``BadHeaders`` for two of them."""
    found = [value for key, value in given if key.lower() == name]
    if len(found) > 1:
        raise BadHeaders(name=name.decode().title())
    return found[0].strip() if found else b""
