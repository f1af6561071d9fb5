"""One-time codes of the person who is signed in: set up, confirmed, and what stands in for them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from accounts import otp
from accounts.authenticators import Enrolment
from accounts.permissions import SignedIn
from accounts.serializers import Code, OwnCode, RecoveryCodes
from core.api import View, once, reply, respond
from core.parsing import convert
from core.schema import describe
from core.wire import Message

__all__ = ["Confirm", "Enrol", "RecoveryCodeList"]

TAGS = ["One-time codes"]
OWN_CODE = (
    " Who has confirmed codes already has either signed in with one or sends one as `otp` (403 "
    "`otp_required`, 400 `otp_invalid`)."
)


class Enrol(View):
    """POST makes a secret for the caller's app."""

    permission_classes = [SignedIn]

    @describe(
        request=OwnCode,
        responses={200: Enrolment},
        errors=[403],
        creates=True,
        summary="Set up one-time codes",
        description=(
            "A new TOTP secret (RFC 6238: SHA-1, 6 digits, 30 s), alone and as the address for a "
            "QR code. It counts once `otp/confirm` has seen a code of it, within an hour; each "
            "call makes another and voids the one not confirmed." + OWN_CODE
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        return _answer(request, otp.enrol)


class Confirm(View):
    """POST lets the secret count."""

    permission_classes = [SignedIn]

    @describe(
        request=Code,
        responses={200: Message},
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
        return respond(Message("One-time codes are set up. Make recovery codes next."))


class RecoveryCodeList(View):
    """POST makes the caller's recovery codes."""

    permission_classes = [SignedIn]

    @describe(
        request=OwnCode,
        responses={200: RecoveryCodes},
        errors=[403, 409],
        creates=True,
        summary="Make recovery codes",
        description=(
            "Ten codes, shown this once; each stands in for a one-time code, once. Those before "
            "are void. 409 `otp_not_enrolled` without confirmed codes." + OWN_CODE
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        return _answer(request, otp.renew_recovery_codes)


def _answer(request: Any, verb: Callable[..., object]) -> HttpResponse:
    """Answer with a secret that is shown this once, and again only to the same request."""
    claim = once(request, secret=True)
    claim.repeat()
    wish = convert(request.data, OwnCode)
    who = request.user
    verb(person=who, session_id=who.session_id, code=wish.otp, once=claim)
    response = reply(claim)
    response["Cache-Control"] = "no-store"
    return response
