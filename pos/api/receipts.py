"""Receipts over the wire."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.api import ShopView
from accounts.permissions import Cashier
from core import api, schema
from pos import receipts
from pos.papers import escpos, page, pdf, text
from pos.receipts import Prints, Receipt

HTML, TEXT, PDF = "text/html", "text/plain", "application/pdf"
ROLL = "application/octet-stream"

PAPERS: dict[str, Callable[[Receipt], str | bytes]] = {
    HTML: page.render,
    TEXT: text.render,
    PDF: pdf.render,
    ROLL: escpos.render,
}
ENDINGS = {HTML: "html", TEXT: "txt", PDF: "pdf", ROLL: "escpos"}


COPY = OpenApiParameter("copy", bool, description="Whether to mark it as a copy in any case.")


class OrderReceipt(ShopView):
    """An order's receipt, on what the reader likes best."""

    permission_classes: ClassVar = [Cashier]

    @schema.describe(
        responses={
            (200, HTML): OpenApiTypes.STR,
            (200, TEXT): OpenApiTypes.STR,
            (200, PDF): OpenApiTypes.BINARY,
        },
        parameters=[COPY],
        summary="Read a receipt",
    )
    def get(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Answer the receipt as `Accept` likes it best, else as a page.

        One that was printed before is marked as a copy.
        """
        kind: str = request.get_preferred_type([HTML, TEXT, PDF]) or HTML
        return self.on(kind, request, order_id)

    @schema.describe(
        responses={200: Prints}, creates=True, summary="Say that the receipt was printed"
    )
    def post(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Write down that the receipt was printed: from now on it is marked as a copy."""
        once = api.once(request)
        receipts.printed(order_id, shop=self.shop, actor=request.user, once=once)
        return api.reply(once)

    def on(self, kind: str, request: Request, order_id: UUID) -> HttpResponse:
        """The receipt on a paper, for its reader alone."""
        is_copy = request.GET.get("copy", "").lower() in ("true", "1")
        receipt = receipts.read(order_id, shop=self.shop, is_copy=is_copy)
        charset = "; charset=utf-8" if kind in (HTML, TEXT) else ""
        name = f'inline; filename="{receipt.number}.{ENDINGS[kind]}"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store", "Vary": "Accept"}
        written: Any = PAPERS[kind](receipt)
        return HttpResponse(written, content_type=f"{kind}{charset}", headers=headers)


class ReceiptPaper(ShopView):
    """An order's receipt on the paper of its address."""

    permission_classes: ClassVar = [Cashier]
    on = OrderReceipt.on


class ReceiptPage(ReceiptPaper):
    """The receipt as a page."""

    @schema.describe(
        responses={(200, HTML): OpenApiTypes.STR}, parameters=[COPY], summary="Read it as a page"
    )
    def get(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Answer a page that any browser prints."""
        return self.on(HTML, request, order_id)


class ReceiptText(ReceiptPaper):
    """The receipt as text."""

    @schema.describe(
        responses={(200, TEXT): OpenApiTypes.STR}, parameters=[COPY], summary="Read it as text"
    )
    def get(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Answer plain text, 42 columns wide."""
        return self.on(TEXT, request, order_id)


class ReceiptPdf(ReceiptPaper):
    """The receipt as a PDF."""

    @schema.describe(
        responses={(200, PDF): OpenApiTypes.BINARY}, parameters=[COPY], summary="Read it as a PDF"
    )
    def get(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Answer one page, 80 mm wide and as long as it takes."""
        return self.on(PDF, request, order_id)


class ReceiptRoll(ReceiptPaper):
    """The receipt for a thermal printer."""

    @schema.describe(
        responses={(200, ROLL): OpenApiTypes.BINARY},
        parameters=[COPY],
        summary="Read it for a thermal printer",
    )
    def get(self, request: Request, shop_id: UUID, order_id: UUID) -> HttpResponse:
        """Answer ESC/POS, to be sent to the printer as it is."""
        return self.on(ROLL, request, order_id)
