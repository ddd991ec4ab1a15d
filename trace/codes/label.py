"""The batch label: 60 × 40 mm, one page each, as the thermal printers of small makers take it.

Characters are at least 1.8 mm high, as GB 7718-2025 asks of a package's mandatory text. QR modules
are whole multiples of 1/8 mm, one dot of a 203 dpi print head, so that none comes out thicker than
its neighbour. Text is set in an embedded subset of the font given, so that it prints anywhere.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from trace.codes import qr

WIDTH_MM, HEIGHT_MM = 60, 40

_MARGIN = 2 * mm
_GAP = 1 * mm
_EDGE = 0.5 * mm
"""Between the QR's quiet zone, itself blank, and the edge of the paper."""

_QR_MAX_MM = 27.5
_DOT_MM = 0.125
_MIN_SIZE = 5.5
"""Points; the smallest at which a Chinese character stands 1.8 mm high."""

_LEADING = 1.2
_WORD = re.compile(r"[A-Za-z0-9.,/%+\-_()]+|.", re.DOTALL)


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


@dataclass(frozen=True, slots=True)
class _Text:
    """Text fitted into a box: lines at one size, in points."""

    size: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return self.size * _LEADING * len(self.lines)


def label_pdf(labels: Sequence[Label], font: Path, mask: int | None = None) -> bytes:
    """A PDF with one 60 × 40 mm page for each label; ValueError when there is none.

    ``font`` is a TrueType file with the Chinese characters, embedded as a subset. Long names shrink,
    then wrap; only a name longer than its whole box at the smallest size ends in "…". Lot, dates
    and short code are never cut. ``mask`` as in :func:`trace.codes.qr.matrix`.
    """
    if not labels:
        raise ValueError("no labels to print")
    name = _font_name(font)
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
        title_width -= _draw_demo_mark(canvas, width - _MARGIN, top, font) + _GAP
    title = _fit(label.product, font, title_width, max_height=9 * mm, size=11)
    _write(canvas, title, font, _MARGIN, top)

    side = _draw_qr(canvas, label.uri, right=width - _EDGE, bottom=_EDGE, mask=mask)
    column = width - _EDGE - side - _MARGIN
    rows = [("批号", label.lot), ("生产日期", label.produced_on.isoformat())]
    if label.best_before is not None:
        rows.append(("保质期至", label.best_before.isoformat()))
    y = height - _MARGIN - 10 * mm
    for heading, value in rows:
        # 20 characters of the widest letter take two lines at the smallest size: a lot is never cut
        text = _fit(f"{heading} {value}", font, column, max_height=5 * mm, size=7.5)
        _write(canvas, text, font, _MARGIN, y)
        y -= max(text.height, 3.6 * mm)
    caption = _fit("扫码，或输入短码查询", font, column, max_height=3 * mm, size=_MIN_SIZE)
    _write(canvas, caption, font, _MARGIN, y)
    y -= caption.height
    code = _fit(label.short_code, font, column, max_height=5 * mm, size=11)
    _write(canvas, code, font, _MARGIN, y)
    y -= code.height + _GAP / 2
    maker = _fit(label.maker, font, column, max_height=y - _MARGIN, size=6.5)
    _write(canvas, maker, font, _MARGIN, y)


def _draw_demo_mark(canvas: Canvas, right: float, top: float, font: str) -> float:
    """演示 in white on black, so that no demo label passes for a real one. Its width in points."""
    size, pad = 9.0, 1.0 * mm
    width: float = pdfmetrics.stringWidth("演示", font, size) + 2 * pad
    canvas.rect(right - width, top - size * 1.3, width, size * 1.3, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.setFont(font, size)
    canvas.drawString(right - width + pad, top - size * 1.02, "演示")
    canvas.setFillGray(0)
    return width


def _draw_qr(canvas: Canvas, uri: str, *, right: float, bottom: float, mask: int | None) -> float:
    """The symbol with its quiet zone in the lower right corner; the side of the whole in points."""
    modules = qr.matrix(uri, mask)
    count = len(modules) + 2 * qr.QUIET
    dots = int(_QR_MAX_MM / count / _DOT_MM)
    if dots < 2:  # 0.25 mm, below what a phone camera resolves at arm's length
        raise ValueError(f"an address of {len(uri)} characters is too long for a {WIDTH_MM} × {HEIGHT_MM} mm label")
    module = dots * _DOT_MM * mm
    side: float = count * module
    left, top = right - side + qr.QUIET * module, bottom + side - qr.QUIET * module
    path = canvas.beginPath()
    for y, row in enumerate(modules):
        for start, length in qr.runs(row):
            path.rect(left + start * module, top - (y + 1) * module, length * module, module)
    canvas.drawPath(path, stroke=0, fill=1)
    return side


def _write(canvas: Canvas, text: _Text, font: str, x: float, top: float) -> None:
    canvas.setFont(font, text.size)
    for number, line in enumerate(text.lines):
        canvas.drawString(x, top - text.size * (0.95 + _LEADING * number), line)


def _fit(text: str, font: str, width: float, *, max_height: float, size: float) -> _Text:
    """The largest setting of ``text`` in the box, from ``size`` down in half points."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    while True:
        lines = _wrap(clean, font, size, width)
        fitted = _Text(size, tuple(lines))
        if fitted.height <= max_height:
            return fitted
        if size <= _MIN_SIZE:
            break
        size = max(_MIN_SIZE, size - 0.5)
    kept = lines[: max(1, int(max_height / (size * _LEADING)))]
    last = kept[-1]
    while last and pdfmetrics.stringWidth(last + "…", font, size) > width:
        last = last[:-1]
    return _Text(size, (*kept[:-1], last + "…"))


def _wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Lines no wider than ``width``: between any two Chinese characters, inside a word only if it must be."""
    lines, line = [], ""
    for word in _WORD.findall(text):
        pieces = [word] if pdfmetrics.stringWidth(word, font, size) <= width else list(word)
        for piece in pieces:
            if line and pdfmetrics.stringWidth(line + piece, font, size) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
    return [*lines, line]


_fonts: dict[Path, str] = {}
_fonts_lock = threading.Lock()


def _font_name(path: Path) -> str:
    """The name under which reportlab knows this file; it is read once in a process (about 10 MB)."""
    with _fonts_lock:
        if path not in _fonts:
            name = f"LiangpinLabel{len(_fonts)}"
            pdfmetrics.registerFont(TTFont(name, str(path)))
            _fonts[path] = name
        return _fonts[path]
