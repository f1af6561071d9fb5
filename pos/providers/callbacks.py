"""What a provider tells us by itself: signed with the secret that we share, and fresh.

``Payment-Signature: t=<seconds since 1970>,v1=<hex>`` is the HMAC-SHA256 of ``<t>.<body>``.
"""

import hmac
import re
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings

from core.errors import Invalid
from pos.errors import NotSigned
from pos.providers import Answer, Unreachable
from pos.providers.http import Said

SIGNATURE = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")

#: How far the provider's clock may be from ours.
SKEW = timedelta(minutes=5)


class Told(Said):
    """A payment by our id, and what became of it."""

    id: UUID | None = None


def read(body: bytes, signature: str, *, now: datetime) -> tuple[UUID, Answer]:
    """The payment spoken of and what became of it. Raises ``NotSigned`` and ``Invalid``."""
    found = SIGNATURE.fullmatch(signature)
    if found is None or not settings.PAYMENT_CALLBACK_SECRET:
        raise NotSigned
    seconds, given = found.groups()
    if abs(now.timestamp() - int(seconds)) > SKEW.total_seconds():
        raise NotSigned
    if not hmac.compare_digest(given, sign(body, int(seconds))):
        raise NotSigned
    try:
        told = msgspec.json.decode(body, type=Told)
        if told.id is None:
            raise Invalid(errors={"id": ["This field is required."]})
        return told.id, told.answer()
    except msgspec.DecodeError as odd:
        raise Invalid(str(odd)) from None
    except Unreachable as odd:
        raise Invalid(errors={"state": [str(odd)]}) from None


def sign(body: bytes, seconds: int) -> str:
    """The signature of a body sent then."""
    secret = settings.PAYMENT_CALLBACK_SECRET.encode()
    return hmac.new(secret, b"%d." % seconds + body, "sha256").hexdigest()
