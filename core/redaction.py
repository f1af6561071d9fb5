"""Keep secrets out of logs and trails: by the name of a key, and by the shape of a token."""

import re
from collections.abc import Mapping
from functools import lru_cache

__all__ = ["HIDDEN", "is_secret", "mentions_secret", "text", "values"]

HIDDEN = "[hidden]"

#: Words that betray a secret wherever they stand in a name: ``password_hash``.
WORDS = frozenset(
    {
        "password", "passwd", "secret", "token", "tokens", "otp", "pin", "digest", "credential",
        "credentials", "cookie", "authorization", "signature",
    }
)  # fmt: skip

#: Names that hold secrets, whole or as the end of a name: ``refresh_token``, ``X-Site-Key``.
SECRET_NAME = re.compile(
    rf"(?:^|[_\-. ])(?:{'|'.join(sorted(WORDS))}|ticket|auth"
    r"|(?:idempotency|api|secret|site|private|signing|access|backup|credential)[_\-]?keys?"
    r"|pairing[_\-]?code|recovery[_\-]?codes?|csrf\w*|sessionid)$",
    re.IGNORECASE,
)

# Without one of these a text holds nothing of the shapes below: most texts end here.
HINT = re.compile(r"[A-Za-z0-9_+-]{32}|eyJ|[:=]|[Bb]earer|[Bb]asic")

# A UUID, which stays; JWTs; `Bearer x`; what follows `password=`; user:password@ in a URL; runs
# of 32 and more characters that are all hex, or mix cases and digits as base64 does.
SHAPES = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-zA-Z]))"
    r"|eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"
    r"|(?P<scheme>[Bb]earer[ ,]+|[Bb]asic +)[A-Za-z0-9._~+/=-]{6,}"
    r"|(?P<name>(?:[Pp]assw(?:or)?d|PASSWORD|[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Oo]tp|OTP|[Tt]icket"
    r"|[Aa]uthorization|[_-][Kk]ey|_KEY)[\"']?\s*[:=]\s*[\"']?(?:[Bb]earer +|[Bb]asic +)?)(?!\[hidden)[^\s\"',;&)}\]]+"
    r"|(?P<user>://[^\s:/@]*:)[^\s/@]+(?=@)"
    r"|(?P<run>[A-Za-z0-9_+-]{32,}={0,2})"
)
HEX = re.compile(r"[0-9a-fA-F]+")
MIXED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])")


def text(value: str) -> str:
    """Return ``value`` with everything that looks like a secret replaced."""
    return SHAPES.sub(_hide, value) if HINT.search(value) else value


def values(found: Mapping[str, object]) -> dict[str, object]:
    """Return ``found`` with secrets replaced, at any depth: by name first, then by shape."""
    return {key: _value(key, value) for key, value in found.items()}


@lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Whether a key of this name holds a secret, whatever its value looks like."""
    return SECRET_NAME.search(name) is not None


def mentions_secret(name: str) -> bool:
    """Whether a name speaks of a secret at all: stricter, for what is written by ourselves."""
    words = re.split(r"[_\-. ]", name.lower())
    return is_secret(name) or "key" in words or not WORDS.isdisjoint(words)


def _value(key: str, value: object) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _value(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(key, inner) for inner in value]
    if is_secret(key):
        return HIDDEN if value != "" else ""
    if isinstance(value, int):
        return value
    return text(value if isinstance(value, str) else str(value))


def _hide(match: re.Match[str]) -> str:
    if match["uuid"]:
        return match["uuid"]
    run = match["run"]
    if run and not HEX.fullmatch(run) and not MIXED.match(run):
        return run  # a long name in one case, not a token
    return (match["scheme"] or match["name"] or match["user"] or "") + HIDDEN
