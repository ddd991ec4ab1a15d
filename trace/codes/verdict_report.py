"""The one-page report of a verdict: A4, the batch's code on it, the gravest findings first.

What does not fit is counted, never squeezed or dropped silently: 另有 n 项见系统.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from trace.codes.typeset import Text, draw_demo_mark, draw_qr, fit, font_name, write

NOTICE = "系统比对，不是检验结论"
_MARGIN: float = 15 * mm
_GAP: float = 1.2 * mm
_SIZE = 8.5
_COLUMNS = ((24 * mm, "结果"), (38 * mm, "标准与条款"), (27 * mm, "项目"), (33 * mm, "本批"))
"""Width and head of the columns before the last, which takes the rest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: ``status`` with its sign (× 比对不符合), ``sentence`` why, ``beside`` rulings and reviews."""

    status: str
    standard: str
    parameter: str
    value: str
    limit: str
    sentence: str
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class VerdictReport:
    """What the page says. ``facts`` are (name, value) pairs; ``marks`` lines such as 上游存疑; findings gravest first;
    ``notes`` what was not compared and other lines that lower nothing.
    """

    uri: str
    title: str
    verdict: str
    facts: Sequence[tuple[str, str]]
    findings: Sequence[Line]
    marks: Sequence[str] = field(default_factory=tuple)
    tally: str = ""
    notes: Sequence[str] = ()
    footer: str = ""
    demo: bool = False


def report_pdf(report: VerdictReport, font: Path) -> bytes:
    """One A4 page as PDF; the same report gives the same bytes."""
    name = font_name(font)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle("批次标准比对报告")
    width, height = A4
    y = _head(canvas, report, name, width, height)
    y = _marks(canvas, report, name, width, y)
    y = _table_head(canvas, name, width, y)
    floor = _MARGIN + 12 * mm
    for done, line in enumerate(report.findings):
        need = _height(line, name, width)
        left = len(report.findings) - done
        if y - need < floor:
            write(
                canvas, Text(_SIZE, (f"另有 {left} 项见系统（扫码登录后查看全部比对结果）",)), name, _MARGIN, y - _GAP
            )
            break
        y = _row(canvas, line, name, width, y)
    _foot(canvas, report, name, width)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _head(canvas: Canvas, report: VerdictReport, font: str, width: float, height: float) -> float:
    top = height - _MARGIN
    right = width - _MARGIN
    if report.demo:
        right -= draw_demo_mark(canvas, right, top, font) + 2 * mm
    write(canvas, Text(16, ("批次标准比对报告",)), font, _MARGIN, top)
    write(canvas, Text(10, (NOTICE,)), font, _MARGIN + 62 * mm, top - 4)
    y = top - 10 * mm
    side = draw_qr(canvas, report.uri, right=width - _MARGIN, bottom=y - 34 * mm, most_mm=34)
    room = width - 2 * _MARGIN - side - 4 * mm
    title = fit(report.title, font, room, max_height=14 * mm, size=13)
    write(canvas, title, font, _MARGIN, y)
    y -= title.height + _GAP
    verdict = fit(f"系统比对结果：{report.verdict}", font, room, max_height=8 * mm, size=12)
    write(canvas, verdict, font, _MARGIN, y)
    y -= verdict.height + _GAP
    for name, value in report.facts:
        text = fit(f"{name}：{value}", font, room, max_height=9 * mm, size=9)
        write(canvas, text, font, _MARGIN, y)
        y -= text.height
    below: float = min(y, top - 46 * mm) - 2 * mm
    return below


def _marks(canvas: Canvas, report: VerdictReport, font: str, width: float, y: float) -> float:
    for mark in report.marks[:4]:
        text = fit(mark, font, width - 2 * _MARGIN - 4 * mm, max_height=9 * mm, size=9)
        canvas.rect(_MARGIN, y - text.height - 2 * _GAP, width - 2 * _MARGIN, text.height + 2 * _GAP, stroke=1, fill=0)
        write(canvas, text, font, _MARGIN + 2 * mm, y - _GAP)
        y -= text.height + 3 * _GAP
    if report.tally:
        write(canvas, Text(9, (report.tally,)), font, _MARGIN, y)
        y -= 9 * 1.2 + _GAP
    for note in report.notes:
        text = fit(note, font, width - 2 * _MARGIN, max_height=7 * mm, size=8)
        write(canvas, text, font, _MARGIN, y)
        y -= text.height
    return y - (_GAP if report.notes else 0)


def _widths(width: float) -> list[float]:
    taken = [one for one, _ in _COLUMNS]
    return [*taken, width - 2 * _MARGIN - sum(taken)]


def _table_head(canvas: Canvas, font: str, width: float, y: float) -> float:
    x = _MARGIN
    canvas.setFillGray(0.9)
    canvas.rect(_MARGIN, y - 5 * mm, width - 2 * _MARGIN, 5 * mm, stroke=0, fill=1)
    canvas.setFillGray(0)
    for column, head in zip(_widths(width), (*(head for _, head in _COLUMNS), "限量或要求"), strict=True):
        write(canvas, Text(_SIZE, (head,)), font, x + _GAP, y - 0.8 * mm)
        x += column
    below: float = y - 6 * mm
    return below


def _cells(line: Line, font: str, width: float) -> list[Text]:
    values = (line.status, line.standard, line.parameter or "—", line.value or "—", line.limit or "—")
    return [
        fit(value, font, column - 2 * _GAP, max_height=14 * mm, size=_SIZE)
        for column, value in zip(_widths(width), values, strict=True)
    ]


def _below(line: Line, font: str, width: float) -> list[Text]:
    room = width - 2 * _MARGIN - 2 * _GAP
    return [fit(text, font, room, max_height=11 * mm, size=_SIZE) for text in (line.sentence, *line.beside)]


def _height(line: Line, font: str, width: float) -> float:
    cells = max(text.height for text in _cells(line, font, width))
    return cells + sum(text.height for text in _below(line, font, width)) + 2.5 * _GAP


def _row(canvas: Canvas, line: Line, font: str, width: float, y: float) -> float:
    x, cells = _MARGIN, _cells(line, font, width)
    for column, text in zip(_widths(width), cells, strict=True):
        write(canvas, text, font, x + _GAP, y)
        x += column
    y -= max(text.height for text in cells) + 0.5 * _GAP
    for text in _below(line, font, width):
        write(canvas, text, font, _MARGIN + _GAP, y)
        y -= text.height
    y -= _GAP
    canvas.setStrokeGray(0.7)
    canvas.line(_MARGIN, y, width - _MARGIN, y)
    canvas.setStrokeGray(0)
    return y - _GAP


def _foot(canvas: Canvas, report: VerdictReport, font: str, width: float) -> None:
    told = f"{NOTICE}。本页由机器按登记内容与规则库比对，不代替检验报告，不是对产品的评价。"
    lines = [told, report.footer] if report.footer else [told]
    y = _MARGIN + 8 * mm
    for text in lines:
        set_ = fit(text, font, width - 2 * _MARGIN, max_height=8 * mm, size=7.5)
        write(canvas, set_, font, _MARGIN, y)
        y -= set_.height
