"""A receipt as a PDF, on a page as wide as a roll and as long as it takes.

reportlab draws it: it needs 10 MB and nothing of the system, where weasyprint wants the libraries
of a desktop. The letters are DejaVu's, which the standard fonts of PDF lack beyond the west's.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

import segno
from django.conf import settings
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pos.papers import rows, text
from pos.papers.rows import Row
from pos.receipts import Receipt

PAGE, MARGIN = 80 * mm, 4 * mm
#: A letter is 0.602 as wide as it is high, and a line is as wide as the page.
SIZE = (PAGE - 2 * MARGIN) / text.WIDTH / 0.602
LINE = SIZE * 1.3
CODE = 26 * mm

FONTS = Path(settings.BASE_DIR) / "static" / "vendor" / "dejavu"
PLAIN, STRONG = "DejaVuSansMono", "DejaVuSansMono-Bold"


def render(receipt: Receipt) -> bytes:
    """The file."""
    _load()
    paper = list(rows.of(receipt))
    height = 2 * MARGIN + sum(_height(row) for row in paper)
    written = BytesIO()
    canvas = Canvas(written, pagesize=(PAGE, height), invariant=True)
    canvas.setTitle(f"{receipt.shop} {receipt.number}")
    top = height - MARGIN
    for row in paper:
        (_draw_code if row.style == "code" else _draw_text)(canvas, row, top)
        top -= _height(row)
    canvas.showPage()
    canvas.save()
    return written.getvalue()


@cache
def _load() -> None:
    for name in (PLAIN, STRONG):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))


def _height(row: Row) -> float:
    lines = sum(1 for _ in text.lines(row))
    return float(CODE if row.style == "code" else LINE * lines)


def _draw_text(canvas: Canvas, row: Row, top: float) -> None:
    canvas.setFont(STRONG if row.style in ("strong", "title") else PLAIN, SIZE)
    for place, line in enumerate(text.lines(row), start=1):
        base = top - place * LINE + LINE - SIZE
        canvas.drawString(MARGIN, base, line)
        if row.style == "struck":
            middle = base + SIZE * 0.3
            canvas.line(MARGIN, middle, MARGIN + len(line) * SIZE * 0.602, middle)


def _draw_code(canvas: Canvas, row: Row, top: float) -> None:
    code = segno.make(row.left, micro=False)
    modules = list(code.matrix_iter(border=2))
    side = CODE / len(modules)
    left = (PAGE - CODE) / 2
    for y, line in enumerate(modules, start=1):
        for x, is_dark in enumerate(line):
            if is_dark:
                canvas.rect(left + x * side, top - y * side, side, side, stroke=0, fill=1)
