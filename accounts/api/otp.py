"""One-time codes of the person who is signed in: set up, confirmed, and what stands in for them."""

from typing import Any

from django.http import HttpResponse

from accounts import otp
from accounts.permissions import SignedIn
from accounts.serializers import Code, Enrolled, OwnCode, RecoveryCodes, Said
from core.api import View, respond
from core.parsing import convert
from core.schema import describe

__all__ = ["Confirm", "Enrol", "RecoveryCodeList"]

TAGS = ["One-time codes"]
NEVER_KEPT = {"Cache-Control": "no-store"}
OWN_CODE = (
    " Who has confirmed codes already has either signed in with one or sends one as `otp` (403 "
    "`otp_required`, 400 `otp_invalid`)."
)


class Enrol(View):
    """POST makes a secret for the caller's app."""

    permission_classes = [SignedIn]

    @describe(
        request=OwnCode,
        responses={200: Enrolled},
        errors=[403],
        summary="Set up one-time codes",
        description=(
            "A new TOTP secret (RFC 6238: SHA-1, 6 digits, 30 s), alone and as the address for a "
            "QR code. It counts once `otp/confirm` has seen a code of it, within an hour; each "
            "call makes another and voids the one not confirmed." + OWN_CODE
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        wish = convert(request.data, OwnCode)
        who = request.user
        made = otp.enrol(person=who, session_id=who.session_id, code=wish.otp)
        return respond(Enrolled(secret=made.secret, otpauth_uri=made.uri), headers=NEVER_KEPT)


class Confirm(View):
    """POST lets the secret count."""

    permission_classes = [SignedIn]

    @describe(
        request=Code,
        responses={200: Said},
        errors=[409],
        summary="Confirm one-time codes",
        description=(
            "Takes a code that the app shows for the new secret, and voids earlier recovery codes. "
            "400 `otp_invalid` for a wrong one, 409 `otp_not_pending` if none is expected."
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        wish = convert(request.data, Code)
        who = request.user
        otp.confirm(person=who, session_id=who.session_id, code=wish.otp)
        return respond(Said("One-time codes are set up. Make recovery codes next."))


class RecoveryCodeList(View):
    """POST makes the caller's recovery codes."""

    permission_classes = [SignedIn]

    @describe(
        request=OwnCode,
        responses={200: RecoveryCodes},
        errors=[403, 409],
        summary="Make recovery codes",
        description=(
            "Ten codes, shown this once; each stands in for a one-time code, once. Those before "
            "are void. 409 `otp_not_enrolled` without confirmed codes." + OWN_CODE
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        wish = convert(request.data, OwnCode)
        who = request.user
        codes = otp.renew_recovery_codes(person=who, session_id=who.session_id, code=wish.otp)
        return respond(RecoveryCodes(codes), headers=NEVER_KEPT)
