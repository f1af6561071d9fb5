"""What payment providers tell us."""

from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.permissions import Anybody
from core import api, parsing, schema, wire
from core.errors import Missing
from pos import intents
from pos.models import PaymentIntent
from pos.providers import callbacks, configured
from pos.providers.callbacks import Told

SIGNATURE = OpenApiParameter(
    "Payment-Signature",
    str,
    OpenApiParameter.HEADER,
    description="`t=<seconds>,v1=<hex HMAC-SHA256 of <seconds>.<body>>`, at most 5 minutes old.",
)


class PaymentCallback(api.View):
    """The payment provider's word."""

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = [Anybody]

    @schema.describe(
        request=Told,
        responses={200: wire.Message},
        parameters=[SIGNATURE],
        auth=[],
        summary="Tell what became of a payment (for the payment provider)",
    )
    def post(self, request: Request) -> HttpResponse:
        """Settle a payment as its provider says; told again, late or out of order it changes nothing.

        A capture is never forgotten, and one that its order takes no more is given back.
        """
        body = parsing.read(request._request)
        key, answer = callbacks.read(
            body, request.headers.get("Payment-Signature", ""), now=timezone.now()
        )
        if not PaymentIntent.objects.filter(pk=key).exists():
            raise Missing
        intents.settle(key, answer, provider=configured.get())
        return api.respond(wire.Message("Heard."))
