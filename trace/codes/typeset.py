"""Setting Chinese text and codes on paper with reportlab: what labels and reports share."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from trace.codes import qr

_DOT_MM = 0.125
MIN_SIZE = 5.5
"""Points; the smallest at which a Chinese character stands 1.8 mm high."""

_LEADING = 1.2
_CLOSING = frozenset("，。、；：？！）】》”’〉」』％…")
_WORD = re.compile(r"[A-Za-z0-9.,/%+\-_()]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """Text fitted into a box: lines at one size, in points."""

    size: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        return self.size * _LEADING * len(self.lines)


def draw_demo_mark(canvas: Canvas, right: float, top: float, font: str) -> float:
    """演示 in white on black, so that no demo label passes for a real one. Its width in points."""
    size, pad = 9.0, 1.0 * mm
    width: float = pdfmetrics.stringWidth("演示", font, size) + 2 * pad
    canvas.rect(right - width, top - size * 1.3, width, size * 1.3, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.setFont(font, size)
    canvas.drawString(right - width + pad, top - size * 1.02, "演示")
    canvas.setFillGray(0)
    return width


def draw_qr(canvas: Canvas, uri: str, *, right: float, bottom: float, most_mm: float, mask: int | None = None) -> float:
    """The symbol with its quiet zone, its lower right corner given; the side of the whole in points."""
    modules = qr.matrix(uri, mask)
    count = len(modules) + 2 * qr.QUIET
    dots = int(most_mm / count / _DOT_MM)
    if dots < 2:  # 0.25 mm, below what a phone camera resolves at arm's length
        raise ValueError(f"an address of {len(uri)} characters is too long for a code of {most_mm} mm")
    module = dots * _DOT_MM * mm
    side: float = count * module
    left, top = right - side + qr.QUIET * module, bottom + side - qr.QUIET * module
    path = canvas.beginPath()
    for y, row in enumerate(modules):
        for start, length in qr.runs(row):
            path.rect(left + start * module, top - (y + 1) * module, length * module, module)
    canvas.drawPath(path, stroke=0, fill=1)
    return side


def write(canvas: Canvas, text: Text, font: str, x: float, top: float) -> None:
    canvas.setFont(font, text.size)
    for number, line in enumerate(text.lines):
        canvas.drawString(x, top - text.size * (0.95 + _LEADING * number), line)


def fit(text: str, font: str, width: float, *, max_height: float, size: float) -> Text:
    """The largest setting of ``text`` in the box, from ``size`` down in half points."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    while True:
        lines = wrap(clean, font, size, width)
        fitted = Text(size, tuple(lines))
        if fitted.height <= max_height:
            return fitted
        if size <= MIN_SIZE:
            break
        size = max(MIN_SIZE, size - 0.5)
    kept = lines[: max(1, int(max_height / (size * _LEADING)))]
    last = kept[-1]
    while last and pdfmetrics.stringWidth(last + "…", font, size) > width:
        last = last[:-1]
    return Text(size, (*kept[:-1], last + "…"))


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Lines no wider than ``width``: between any two Chinese characters, inside a word only if it must be, and never
    before a mark that closes something, as Chinese is set."""
    lines: list[str] = []
    line: list[str] = []
    for word in _WORD.findall(text):
        pieces = [word] if pdfmetrics.stringWidth(word, font, size) <= width else list(word)
        for piece in pieces:
            if line and pdfmetrics.stringWidth("".join(line) + piece, font, size) > width:
                line, carried = _parted(line, piece)
                lines.append("".join(line).rstrip())
                line = carried
                piece = piece if carried else piece.lstrip()
            line.append(piece)
    return [*lines, "".join(line)]


def _parted(line: list[str], piece: str) -> tuple[list[str], list[str]]:
    """The line, and what of its end goes down with ``piece`` so that no line begins with a closing mark."""
    at = len(line)
    first = piece
    while first in _CLOSING and at > 1:
        at -= 1
        first = line[at]
    return (line[:at], line[at:]) if first not in _CLOSING else (line, [])


_fonts: dict[Path, str] = {}
_fonts_lock = threading.Lock()


def font_name(path: Path) -> str:
    """The name under which reportlab knows this file; it is read once in a process (about 10 MB)."""
    with _fonts_lock:
        if path not in _fonts:
            name = f"LiangpinLabel{len(_fonts)}"
            pdfmetrics.registerFont(TTFont(name, str(path)))
            _fonts[path] = name
        return _fonts[path]
