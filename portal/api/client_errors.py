"""Mistakes that happened in somebody's browser, for the log."""

import logging
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse

from accounts.permissions import Anybody
from core import addresses, context, limits, parsing
from core.api import View, respond
from core.errors import DomainError
from core.parsing import FormParser, MultiPartParser, StrictJSONParser, convert
from core.schema import describe
from portal.errors import ReportTooLarge
from portal.serializers import Received, Report

__all__ = ["ClientErrors"]

log = logging.getLogger("countertop.browser")

MOST_BYTES = 16 * 1024
PER_ADDRESS = "30/10m"
BREAKER = "600/1m"
LONGEST = 2000  # characters of a text in the log
PLAIN = "text/plain"  # what a browser's beacon says


class ClientErrors(View):
    """POST writes a report into the log."""

    authentication_classes: ClassVar[list[type]] = []
    permission_classes: ClassVar[list[type]] = [Anybody]
    parser_classes: ClassVar[list[type]] = [StrictJSONParser, FormParser, MultiPartParser]

    @describe(
        request=Report,
        responses={202: Received},
        errors=[413, 415],
        summary="Report a mistake of a page",
        description=(
            "JSON, a form, or plain text as a beacon sends it; at most 16 KiB. It is written into "
            "the log and nowhere else. 30 per address in 10 minutes."
        ),
        tags=["Public forms"],
        auth=[],
    )
    def post(self, request: Any) -> HttpResponse:
        raw = parsing.read(request._request)
        if len(raw) > MOST_BYTES:
            raise ReportTooLarge
        limits.check("client-errors", "", BREAKER)
        limits.hit("client-error", addresses.network(context.current().address), PER_ADDRESS)
        limits.hit("client-errors", "", BREAKER)
        said = _read(request, raw)
        log.warning("a page reported a mistake", extra={"report": said})
        return respond(msgspec.to_builtins(Received("ok", "Thank you.")), 202)


def _read(request: Any, raw: bytes) -> dict[str, str]:
    """What was reported, each text cut to a line's length."""
    if request.content_type == PLAIN:
        report = _plain(raw.decode("utf-8", "replace").replace("\0", ""))
    else:
        report = convert(request.data, Report)
    found = {name: str(value) for name, value in msgspec.structs.asdict(report).items() if value}
    return {name: value[:LONGEST] for name, value in found.items()}


def _plain(text: str) -> Report:
    """A beacon: JSON that calls itself text, or just text."""
    try:
        return convert(parsing.snake(parsing.loads(text.encode())), Report)
    except DomainError:
        return Report(message=text)
