"""What a device itself asks: to be paired, who works here, and to sign somebody in by PIN.

These routes are all that a device's token opens.
"""

from types import ModuleType
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone

from accounts import authentication, pairs, pins, refresh_tokens
from accounts.api import cookies
from accounts.facts import DevicePaired, Face
from accounts.models import Device
from accounts.pairs import SignedIn
from accounts.permissions import Anybody, Till
from accounts.serializers import Pairing, PinSignIn
from core.api import View, once, reply, respond
from core.parsing import convert
from core.schema import describe

__all__ = ["DeviceView", "Pair", "SignInByPin", "Staff"]

TAGS = ["Terminals"]


class DeviceView(View):
    """A view for paired devices: the only kind that reads their token."""

    authentication_classes: ClassVar[list[type]] = [authentication.Device]
    permission_classes: ClassVar[list[type]] = [Till]

    @property
    def device(self) -> Device:
        """Which one asks, with its shop."""
        return self.request.auth


class Pair(View):
    """POST exchanges a pairing code for a device's token."""

    authentication_classes = []  # a token that was revoked must not keep a device from a new one
    permission_classes = [Anybody]
    verbs: ModuleType | None = None  # given by the URL map: they know the licence

    @describe(
        request=Pairing,
        responses={200: DevicePaired},
        errors=[423],
        creates=True,
        summary="Pair a device",
        description=(
            "The token is shown this once; it works until the device is revoked or paired anew. "
            "400 `code_invalid` for a code that is wrong, used or too old; ten guesses per address "
            "in ten minutes."
        ),
        tags=TAGS,
        auth=[],
    )
    def post(self, request: Any) -> HttpResponse:
        claim = once(request, secret=True)
        claim.repeat()
        self.verbs.pair(code=convert(request.data, Pairing).code, once=claim)
        response = reply(claim)
        response["Cache-Control"] = "no-store"
        return response


class Staff(DeviceView):
    """GET lists who may sign in at this till."""

    @describe(
        responses={200: list[Face]},
        errors=[403],
        summary="Staff at this till",
        description="By name. Who has no PIN yet signs in with their password.",
        tags=TAGS,
    )
    def get(self, request: Any) -> HttpResponse:
        return respond(pins.faces(self.device.shop_id))


class SignInByPin(DeviceView):
    """POST signs somebody in at this till."""

    @describe(
        request=PinSignIn,
        responses={200: SignedIn},
        errors=[403],
        summary="Sign in by PIN",
        description=(
            "Begins the person's session on this device and ends the one of whoever was there "
            "before. 401 `pin_invalid` for a wrong PIN, a person without one and an unknown one "
            "alike; each wrong one makes the next wait longer (429)."
        ),
        tags=TAGS,
    )
    def post(self, request: Any) -> HttpResponse:
        wish = convert(request.data, PinSignIn)
        session = pins.sign_in(
            device=self.device,
            user_id=wish.user_id,
            pin=wish.pin,
            user_agent=request.headers.get("User-Agent", ""),
        )
        pair = pairs.make(
            session=session,
            refresh_token=refresh_tokens.issue(session=session),
            at=timezone.now(),
            never_refreshes=cookies.never_refreshes(request),
            message="Signed in.",
        )
        return cookies.private(pair)
