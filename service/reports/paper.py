"""The report on paper: one page with what matters, or everything. A watermark names who took it and when."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from chain.layout import Layout
from chain.models import Link, LinkEdge
from service.reports.content import FIRST, Line, Report, Table
from service.reports.drawing import Picture, draw_chain
from trace.codes.typeset import Text, draw_demo_mark, fit, font_name, wrap, write

_MARGIN = 12 * mm
_SIZE = 7.5
FOOT = "由登记与批次记录推算，供招商研判；未知不等于没有。"


class _Sheet:
    """Pages with head, foot and watermark; begins a new one where a row does not fit."""

    def __init__(self, report: Report, font: Path, size: tuple[float, float]) -> None:
        self.report, self.font = report, font_name(font)
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=size, pageCompression=1, invariant=1)
        self.canvas.setTitle(report.title)
        self.number = 0
        self.width, self.height = size
        self.y = 0.0
        self.heads: tuple[str, ...] = ()
        """Heads of the table that is being set: they stand again on each of its pages."""
        self.turn(size)

    def turn(self, size: tuple[float, float] | None = None) -> None:
        """A new page, of another size where one is given."""
        if self.number:
            self.canvas.showPage()
        if size is not None:
            self.width, self.height = size
        self.canvas.setPageSize((self.width, self.height))
        self.number += 1
        self._watermark()
        top, right = self.height - _MARGIN, self.width - _MARGIN
        if self.report.demo:
            draw_demo_mark(self.canvas, right, top, self.font)
        write(self.canvas, Text(14, (self.report.title,)), self.font, _MARGIN, top)
        said = f"{self.report.notice}；地址以 {self.report.base} 开头"
        write(
            self.canvas,
            fit(said, self.font, right - _MARGIN, max_height=4 * mm, size=7),
            self.font,
            _MARGIN,
            top - 7 * mm,
        )
        foot = f"{FOOT}{self.report.login} {self.report.printed} 下载，第 {self.number} 页"
        write(self.canvas, Text(7, (foot,)), self.font, _MARGIN, _MARGIN)
        self.y = top - 12 * mm

    def _watermark(self) -> None:
        canvas = self.canvas
        canvas.saveState()
        canvas.setFillGray(0.91)
        canvas.setFont(self.font, 18)
        canvas.translate(self.width / 2, self.height / 2)
        canvas.rotate(30)
        said = f"{self.report.login} {self.report.printed}"
        for row in range(-4, 5):
            for column in (-1, 0, 1):
                canvas.drawCentredString(column * 110 * mm, row * 42 * mm, said)
        canvas.restoreState()

    def room(self, height: float) -> bool:
        """Whether ``height`` still fits."""
        return bool(self.y - height >= _MARGIN + 2 * mm)

    def head(self, text: str) -> None:
        if not self.room(28 * mm):
            self.turn()
        self.y -= 1.5 * mm
        write(self.canvas, Text(10.5, (text,)), self.font, _MARGIN, self.y)
        self.y -= 5.5 * mm

    def text(self, said: str) -> None:
        for line in wrap(said, self.font, _SIZE, self.width - 2 * _MARGIN):
            if not self.room(4 * mm):
                self.turn()
            write(self.canvas, Text(_SIZE, (line,)), self.font, _MARGIN, self.y)
            self.y -= 3.6 * mm

    def row(self, cells: Sequence[str], widths: Sequence[float], address: str = "", *, head: bool = False) -> None:
        whole = self.width - 2 * _MARGIN
        parts = [whole * one / sum(widths) for one in widths]
        texts = [
            fit(cell, self.font, part - 1.5 * mm, max_height=10 * mm, size=_SIZE)
            for cell, part in zip(cells, parts, strict=True)
        ]
        height = max(one.height for one in texts) + 1.2 * mm
        if not self.room(height):
            self.turn()
            if self.heads and not head:
                self.row(self.heads, widths, head=True)
        if head:
            self.canvas.saveState()
            self.canvas.setFillGray(0.9)
            self.canvas.rect(_MARGIN, self.y - height + 0.4 * mm, whole, height, stroke=0, fill=1)
            self.canvas.restoreState()
        x = _MARGIN
        for text, part in zip(texts, parts, strict=True):
            write(self.canvas, text, self.font, x + 0.7 * mm, self.y)
            x += part
        if address:
            box = (x - parts[-1], self.y - height, x, self.y)
            self.canvas.linkURL(self.report.base + address, box, relative=0)
        self.y -= height

    def table(self, table: Table, lines: Sequence[Line] | None = None) -> None:
        self.head(table.title)
        if table.note:
            self.text(table.note)
        shown = table.lines if lines is None else lines
        if not shown:
            self.text("没有。")
            return
        self.heads = (*table.heads, "数据日期", "查询地址")
        self.row(self.heads, table.widths, head=True)
        for line in shown:
            self.row((*line.cells, line.day, line.address), table.widths, line.address)
        self.heads = ()

    def picture(self, layout: Layout, links: Sequence[Link], edges: Sequence[LinkEdge], width: float) -> None:
        left = (self.width - width) / 2
        picture = Picture(self.canvas, layout, self.font, left, self.y, width)
        href = f"{self.report.base}/chain/links/{{id}}?as_of={self.report.day}"
        draw_chain(picture, links, edges, self.report.grades, href)
        self.y -= picture.height + 2 * mm

    def done(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.buffer.getvalue()


def page_pdf(report: Report, font: Path, layout: Layout, links: Sequence[Link], edges: Sequence[LinkEdge]) -> bytes:
    """One page of A4: the picture, the main figures, the first gaps."""
    sheet = _Sheet(report, font, A4)
    sheet.picture(layout, links, edges, sheet.width - 2 * _MARGIN)
    sheet.table(report.figures, [one for one in report.figures.lines if not one.cells[0].startswith("等级")])
    sheet.head(report.gaps.title + f"（前 {FIRST} 个）")
    heads = (*report.gaps.heads[:3], "排序分", "数据日期", "查询地址")
    widths = (0.8, 3, 1.2, 2, 1.5, 3)
    sheet.row(heads, widths, head=True)
    for line in report.gaps.lines[:FIRST]:
        score = line.cells[4].partition(" = ")[0]
        if not sheet.room(6 * mm):
            break
        sheet.row((*line.cells[:3], score, line.day, line.address), widths, line.address)
    return sheet.done()


def full_pdf(report: Report, font: Path, layout: Layout, links: Sequence[Link], edges: Sequence[LinkEdge]) -> bytes:
    """Everything: the picture on A3, then all tables on A4 across."""
    sheet = _Sheet(report, font, landscape(A3))
    room = min(sheet.width - 2 * _MARGIN, (sheet.y - _MARGIN - 6 * mm) * layout.width / layout.height)
    sheet.picture(layout, links, edges, room)
    sheet.turn(landscape(A4))
    for table in (report.figures, report.gaps, report.families, report.targets, report.projects, report.links):
        sheet.table(table)
    sheet.turn()
    sheet.table(report.singles)
    sheet.head("口径")
    for method in report.methods:
        sheet.text(method)
    return sheet.done()
