"""The batch label: 60 × 40 mm, one page each, as the thermal printers of small makers take it.

Characters are at least 1.8 mm high, as GB 7718-2025 asks of a package's mandatory text. QR modules
are whole multiples of 1/8 mm, one dot of a 203 dpi print head, so that none comes out thicker than
its neighbour. Text is set in an embedded subset of the font given, so that it prints anywhere.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from trace.codes.typeset import MIN_SIZE, draw_demo_mark, draw_qr, fit, font_name, write

WIDTH_MM, HEIGHT_MM = 60, 40

_MARGIN = 2 * mm
_GAP = 1 * mm
_EDGE = 0.5 * mm
"""Between the QR's quiet zone, itself blank, and the edge of the paper."""

_QR_MAX_MM = 27.5


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says. ``uri`` is the address in the QR, ``short_code`` what a person types instead.

    ``best_before`` None leaves its row out (raw produce); ``demo`` prints 演示 in a black box.
    """

    uri: str
    product: str
    lot: str
    produced_on: date
    best_before: date | None
    short_code: str
    maker: str
    demo: bool = False


def label_pdf(labels: Sequence[Label], font: Path, mask: int | None = None) -> bytes:
    """A PDF with one 60 × 40 mm page for each label; ValueError when there is none.

    ``font`` is a TrueType file with the Chinese characters, embedded as a subset. Long names shrink,
    then wrap; only a name longer than its whole box at the smallest size ends in "…". Lot, dates
    and short code are never cut. ``mask`` as in :func:`trace.codes.qr.matrix`.
    """
    if not labels:
        raise ValueError("no labels to print")
    name = font_name(font)
    buffer = io.BytesIO()
    # invariant: no clock in the file, the same labels give the same bytes
    canvas = Canvas(buffer, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), pageCompression=1, invariant=1)
    canvas.setTitle("批次标签")
    for label in labels:
        _draw(canvas, label, name, mask)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Canvas, label: Label, font: str, mask: int | None) -> None:
    width, height = WIDTH_MM * mm, HEIGHT_MM * mm
    top = height - _MARGIN
    title_width = width - 2 * _MARGIN
    if label.demo:
        title_width -= draw_demo_mark(canvas, width - _MARGIN, top, font) + _GAP
    title = fit(label.product, font, title_width, max_height=9 * mm, size=11)
    write(canvas, title, font, _MARGIN, top)

    side = draw_qr(canvas, label.uri, right=width - _EDGE, bottom=_EDGE, most_mm=_QR_MAX_MM, mask=mask)
    column = width - _EDGE - side - _MARGIN
    rows = [("批号", label.lot), ("生产日期", label.produced_on.isoformat())]
    if label.best_before is not None:
        rows.append(("保质期至", label.best_before.isoformat()))
    y = height - _MARGIN - 10 * mm
    for heading, value in rows:
        # 20 characters of the widest letter take two lines at the smallest size: a lot is never cut
        text = fit(f"{heading} {value}", font, column, max_height=5 * mm, size=7.5)
        write(canvas, text, font, _MARGIN, y)
        y -= max(text.height, 3.6 * mm)
    caption = fit("扫码，或输入短码查询", font, column, max_height=3 * mm, size=MIN_SIZE)
    write(canvas, caption, font, _MARGIN, y)
    y -= caption.height
    code = fit(label.short_code, font, column, max_height=5 * mm, size=11)
    write(canvas, code, font, _MARGIN, y)
    y -= code.height + _GAP / 2
    maker = fit(label.maker, font, column, max_height=y - _MARGIN, size=6.5)
    write(canvas, maker, font, _MARGIN, y)
