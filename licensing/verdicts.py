"""Signed words of the vendor's server: made there, believed by a site on their signature alone.

Pure: no settings, no database, no clock. The signature is Ed25519 over the exact bytes of a JSON
object, which travel as base64url without padding, so that no reader has to write them again. A
file that unlocks a site without a line holds the same object with ``"kind": "unlock"`` in front.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import UNSET, UnsetType

__all__ = [
    "BadKey",
    "Envelope",
    "NextKey",
    "SigningKey",
    "UnlockFile",
    "Untrusted",
    "Verdict",
    "key_id",
    "public_keys",
    "sign",
    "verify",
    "verify_unlock",
]

#: A verdict is a few hundred bytes; whatever is longer is not read at all.
LONGEST = 8_192


class Untrusted(Exception):
    """This was not signed by the vendor, or not for this site. Nothing may change because of it."""


class BadKey(ValueError):
    """A configured key that is none."""


class NextKey(msgspec.Struct, frozen=True):
    """The key that will sign once the present one is put away."""

    key_id: str
    public_key: str


class Verdict(msgspec.Struct, frozen=True):
    """What the vendor says of a site, in the order in which it is signed.

    ``valid_until`` is when the site's grace ends if it hears nothing newer; its length from
    ``issued_at`` also counts as run time. ``seq`` rises with every verdict of the site.
    ``nonce`` is what the site sent.
    """

    site_id: UUID
    seq: int
    issued_at: datetime
    valid_until: datetime
    licensed: bool
    locked: bool
    lock_reason: str
    expires_at: datetime | None
    nonce: str | None
    next_heartbeat_seconds: int
    next_key: NextKey | UnsetType = UNSET


class UnlockFile(msgspec.Struct, frozen=True):
    """A verdict on paper: for a site that cannot be reached. It answers no nonce."""

    kind: Literal["unlock"]
    site_id: UUID
    seq: int
    issued_at: datetime
    valid_until: datetime
    licensed: bool
    locked: Literal[False]
    lock_reason: str
    expires_at: datetime | None
    nonce: None
    next_heartbeat_seconds: int


class Envelope(msgspec.Struct, frozen=True):
    """The signed bytes, their signature and who signed: what travels, and what a file holds."""

    verdict: str
    signature: str
    key_id: str


class SigningKey(NamedTuple):
    """The vendor's private key, with its public half."""

    key_id: str
    public_key: str
    private: Ed25519PrivateKey

    @classmethod
    def of(cls, seed: str) -> "SigningKey":
        """The key made of a seed: base64url of 32 random bytes. Raises ``BadKey``."""
        try:
            private = Ed25519PrivateKey.from_private_bytes(_bytes(seed.rstrip("=")))
        except ValueError:
            raise BadKey("A signing key is the base64url of 32 bytes.") from None
        public = private.public_key().public_bytes_raw()
        return cls(key_id(public), _text(public), private)

    @property
    def announced(self) -> NextKey:
        """How a verdict names this key before it signs."""
        return NextKey(self.key_id, self.public_key)


def key_id(public_key: bytes) -> str:
    """The name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def public_keys(texts: Iterable[str]) -> dict[str, Ed25519PublicKey]:
    """Public keys by their names, each from base64url of its 32 bytes. Raises ``BadKey``."""
    found = {}
    for text in texts:
        try:
            raw = _bytes(text.rstrip("="))
            found[key_id(raw)] = Ed25519PublicKey.from_public_bytes(raw)
        except ValueError:
            raise BadKey("A public key is the base64url of 32 bytes.") from None
    return found


def sign(said: Verdict | UnlockFile, *, key: SigningKey) -> Envelope:
    """Write down what is said, and sign exactly those bytes."""
    signed = JSON.encode(said)
    return Envelope(_text(signed), _text(key.private.sign(signed)), key.key_id)


def verify(envelope: Envelope, *, keys: Mapping[str, Ed25519PublicKey], site_id: UUID) -> Verdict:
    """The verdict, if one of ``keys`` signed it for this site. Raises ``Untrusted``.

    Whether it is newer than the last one and answers our nonce is the caller's question.
    """
    return _read(_signed(envelope, keys), VERDICT, site_id)


def verify_unlock(
    envelope: Envelope, *, keys: Mapping[str, Ed25519PublicKey], site_id: UUID
) -> UnlockFile:
    """As ``verify``, for what a file says."""
    return _read(_signed(envelope, keys), UNLOCK, site_id)


Said = TypeVar("Said", Verdict, UnlockFile)

JSON = msgspec.json.Encoder()
VERDICT = msgspec.json.Decoder(Verdict)
UNLOCK = msgspec.json.Decoder(UnlockFile)
ANYTHING = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _signed(envelope: Envelope, keys: Mapping[str, Ed25519PublicKey]) -> bytes:
    """The bytes, once their signature was found good."""
    key = keys.get(envelope.key_id)
    if key is None:
        raise Untrusted("It is signed by a key we do not know: see LICENSE_PUBLIC_KEYS.")
    if len(envelope.verdict) > LONGEST:
        raise Untrusted("It is too long for a verdict.")
    try:
        signed = _bytes(envelope.verdict)
        key.verify(_bytes(envelope.signature), signed)
    except (ValueError, InvalidSignature):
        raise Untrusted("Its signature is not good.") from None
    return signed


def _read(signed: bytes, kind: "msgspec.json.Decoder[Said]", site_id: UUID) -> Said:
    """What was said, as this kind and no other, of this site and no other."""
    try:
        said = kind.decode(signed)
        is_file = "kind" in ANYTHING.decode(signed)
    except msgspec.DecodeError:
        raise Untrusted("It is signed, but it is no verdict.") from None
    if is_file != isinstance(said, UnlockFile):
        raise Untrusted("It is signed, but it is no verdict.")
    if said.site_id != site_id:
        raise Untrusted("It was made for another site.")
    return said


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Raises ``ValueError`` for what is not base64url without padding."""
    try:
        standard = text.encode("ascii").translate(TO_STANDARD)
        return base64.b64decode(standard + b"=" * (-len(text) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("not base64url") from None


TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/***")
