"""What sites' own servers call."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from msgspec import Struct

from accounts.permissions import Anybody
from core import api, schema, structs
from licensing import heartbeats, keys, signet
from licensing.authentication import ClaimedSite, SiteKeys
from licensing.serializers import Beat
from licensing.verdicts import NextKey

__all__ = ["Heartbeat", "LicensingKeys"]

TAGS = ["Licensing"]
HEADERS = [
    OpenApiParameter("X-Site-ID", str, OpenApiParameter.HEADER, required=True),
    OpenApiParameter("X-Site-Key", str, OpenApiParameter.HEADER, required=True),
]


class PublicKeys(Struct):
    """The keys that sign verdicts: Ed25519, base64url of the 32 bytes."""

    keys: list[NextKey]


class Heartbeat(api.View):
    """A site checks in."""

    authentication_classes: ClassVar[list[type]] = [SiteKeys]
    permission_classes: ClassVar[list[type]] = [ClaimedSite]

    @schema.describe(
        request=Beat,
        responses={200: heartbeats.Answer},
        errors=[503],
        summary="Check in",
        description=(
            "Called by a site's own server every six hours, give or take a tenth, and after "
            "`next_heartbeat_seconds` where that is less. `verdict` is base64url (no padding) of "
            "the signed bytes: a JSON object `{site_id, seq, issued_at, valid_until, licensed, "
            "locked, lock_reason, expires_at, nonce, next_heartbeat_seconds}`, with `next_key` "
            "while another key is announced; `signature` is Ed25519 over exactly those bytes. A "
            "site changes its state on a valid signature only, on its own `site_id` and `nonce`, "
            "and on a higher `seq` than the last.\n\n"
            "An expired or inactive site gets 200 with `licensed: false`. An unknown site, a "
            "wrong key, a deleted site: the same 401 `bad_site_key`. 60 an hour for a site, 500 "
            "for an address; over it 429 with `Retry-After`."
        ),
        parameters=HEADERS,
        auth=[],
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        claim = request.auth
        try:
            beat = structs.convert(request.data, Beat).read()
        except Exception:
            keys.holder(claim)  # a stranger's body is not discussed
            raise
        return api.respond(heartbeats.take(beat, claim=claim))


class LicensingKeys(api.View):
    """The public keys of this server."""

    authentication_classes: ClassVar[list[type]] = []
    permission_classes: ClassVar[list[type]] = [Anybody]

    @schema.describe(
        responses={200: PublicKeys},
        summary="Keys that sign verdicts",
        description=(
            "The one that signs first; a second one will sign next, and verdicts announce it. "
            "Compare them with what the vendor gave you on another way before you believe them."
        ),
        auth=[],
        tags=TAGS,
    )
    def get(self, request: Any) -> HttpResponse:
        return api.respond(
            PublicKeys(signet.published()), headers={"Cache-Control": "public, max-age=300"}
        )
