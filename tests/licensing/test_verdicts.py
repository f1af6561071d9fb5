"""Signed words: exact bytes, one site, one kind; whatever is not signed changes nothing."""

import base64
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core import ids
from licensing import verdicts
from licensing.verdicts import Envelope, SigningKey, UnlockFile, Untrusted, Verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = ids.new()
OURS = SigningKey.of(base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("="))
OTHERS = SigningKey.of(base64.urlsafe_b64encode(b"x" * 32).decode().rstrip("="))
KEYS = verdicts.public_keys([OURS.public_key])

SAID = Verdict(
    site_id=SITE,
    seq=7,
    issued_at=NOW,
    valid_until=NOW + timedelta(days=7),
    licensed=True,
    locked=False,
    lock_reason="",
    expires_at=None,
    nonce="n-1",
    next_heartbeat_seconds=21600,
)
FILE = UnlockFile(
    kind="unlock",
    site_id=SITE,
    seq=8,
    issued_at=NOW,
    valid_until=NOW + timedelta(days=7),
    licensed=True,
    locked=False,
    lock_reason="",
    expires_at=None,
    nonce=None,
    next_heartbeat_seconds=21600,
)


def unpacked(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(raw, *, key=OURS):
    """An envelope of any bytes."""
    pack = lambda part: base64.urlsafe_b64encode(part).decode().rstrip("=")  # noqa: E731
    return Envelope(pack(raw), pack(key.private.sign(raw)), key.key_id)


def test_the_bytes_are_the_object_in_the_contracts_order():
    raw = unpacked(verdicts.sign(SAID, key=OURS).verdict)

    assert (
        raw
        == (
            f'{{"site_id":"{SITE}","seq":7,"issued_at":"2026-03-01T12:00:00Z",'
            '"valid_until":"2026-03-08T12:00:00Z","licensed":true,"locked":false,"lock_reason":"",'
            '"expires_at":null,"nonce":"n-1","next_heartbeat_seconds":21600}'
        ).encode()
    )


def test_anybody_can_check_it_with_the_published_key_alone():
    envelope = verdicts.sign(SAID, key=OURS)
    published = Ed25519PublicKey.from_public_bytes(unpacked(OURS.public_key))

    published.verify(unpacked(envelope.signature), unpacked(envelope.verdict))
    assert "=" not in envelope.verdict + envelope.signature + OURS.public_key


def test_a_known_seed_gives_the_known_key():
    # RFC 8032, 7.1, test 1
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    key = SigningKey.of(base64.urlsafe_b64encode(seed).decode())

    assert unpacked(key.public_key) == public
    assert key.key_id == verdicts.key_id(public)
    assert len(key.key_id) == 16


def test_a_verdict_is_read_back():
    assert verdicts.verify(verdicts.sign(SAID, key=OURS), keys=KEYS, site_id=SITE) == SAID
    assert verdicts.verify_unlock(verdicts.sign(FILE, key=OURS), keys=KEYS, site_id=SITE) == FILE


def test_the_next_key_travels_in_a_verdict_signed_by_the_present_one():
    announcing = msgspec.structs.replace(SAID, next_key=OTHERS.announced)

    read = verdicts.verify(verdicts.sign(announcing, key=OURS), keys=KEYS, site_id=SITE)

    assert read.next_key == verdicts.NextKey(OTHERS.key_id, OTHERS.public_key)


def test_a_later_servers_members_are_not_in_the_way():
    raw = json.loads(unpacked(verdicts.sign(SAID, key=OURS).verdict)) | {"colour": "red"}

    assert verdicts.verify(signed(json.dumps(raw).encode()), keys=KEYS, site_id=SITE) == SAID


GOOD = verdicts.sign(SAID, key=OURS)
CHANGED = unpacked(GOOD.verdict).replace(b'"locked":false', b'"locked":true ')


@pytest.mark.parametrize(
    "envelope",
    [
        verdicts.sign(SAID, key=OTHERS),
        msgspec.structs.replace(verdicts.sign(SAID, key=OTHERS), key_id=OURS.key_id),
        msgspec.structs.replace(GOOD, verdict=signed(CHANGED).verdict),
        msgspec.structs.replace(GOOD, signature=""),
        msgspec.structs.replace(GOOD, signature=GOOD.signature[:-4]),
        msgspec.structs.replace(GOOD, signature="é" * 86),
        msgspec.structs.replace(GOOD, verdict=GOOD.verdict + "="),
        msgspec.structs.replace(GOOD, verdict=f"{GOOD.verdict}\n"),
        msgspec.structs.replace(GOOD, verdict="A" * 10_000),
        msgspec.structs.replace(GOOD, key_id=""),
        signed(b""),
        signed(b"[]"),
        signed(b"null"),
        signed(b"{}"),
        signed(unpacked(GOOD.verdict).replace(b'"seq":7', b'"seq":"7"')),
        signed(unpacked(GOOD.verdict).replace(b'"licensed":true', b'"licensed":1')),
        signed(unpacked(GOOD.verdict)[:-1] + b',"kind":"unlock"}'),
        verdicts.sign(msgspec.structs.replace(SAID, site_id=ids.new()), key=OURS),
        verdicts.sign(FILE, key=OURS),
    ],
)
def test_whatever_is_not_our_verdict_is_refused(envelope):
    with pytest.raises(Untrusted):
        verdicts.verify(envelope, keys=KEYS, site_id=SITE)


@pytest.mark.parametrize(
    "envelope",
    [
        GOOD,
        verdicts.sign(FILE, key=OTHERS),
        verdicts.sign(msgspec.structs.replace(FILE, site_id=ids.new()), key=OURS),
        signed(unpacked(verdicts.sign(FILE, key=OURS).verdict).replace(b"unlock", b"verdict")),
        signed(
            unpacked(verdicts.sign(FILE, key=OURS).verdict).replace(
                b'"locked":false', b'"locked":true'
            )
        ),
    ],
)
def test_a_verdict_is_no_file_and_a_file_that_locks_is_none(envelope):
    with pytest.raises(Untrusted):
        verdicts.verify_unlock(envelope, keys=KEYS, site_id=SITE)


@pytest.mark.parametrize("text", ["", "short", "é", "A" * 42, "A" * 44, "A+/" * 14 + "A"])
def test_a_key_that_is_none_is_named_as_such(text):
    with pytest.raises(verdicts.BadKey):
        SigningKey.of(text)
    with pytest.raises(verdicts.BadKey):
        verdicts.public_keys([text])
