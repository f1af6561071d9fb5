"""A receipt as a page, for the screen and for the browser's own printing."""

import segno
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from pos.receipts import Receipt


def render(receipt: Receipt) -> str:
    """The whole page."""
    code = segno.make(receipt.link, micro=False)
    drawn = code.svg_inline(scale=3, border=2, omitsize=True, title=receipt.link)
    safe = mark_safe(drawn)  # noqa: S308 (drawn here, of an address of ours)
    return render_to_string("pos/receipt.html", {"receipt": receipt, "code": safe})
