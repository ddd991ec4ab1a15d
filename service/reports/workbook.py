"""The report's tables as a workbook: the same rows, each with date and address. Texts are texts, never formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from service.reports.content import Report, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(report: Report) -> bytes:
    """One sheet a table, after one that says of when, for whom and by which formulas."""
    book = Workbook()
    about = [
        ("报告", report.title), ("说明", report.notice), ("地址以此开头", report.base),
        ("下载", f"{report.login} {report.printed}"), *(("口径", method) for method in report.methods),
    ]  # fmt: skip
    _fill(book, "说明", about, first=True)
    for table in (
        report.figures, report.gaps, report.families, report.links, report.targets, report.projects, report.singles,
    ):  # fmt: skip
        _fill(book, table.title[:20].replace("：", " "), _rows(report, table))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _rows(report: Report, table: Table) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [(*table.heads, "数据日期", "查询地址")]
    rows += [(*line.cells, line.day, report.base + line.address) for line in table.lines]
    return rows + ([(table.note,)] if table.note else [])


def _fill(book: Workbook, title: str, rows: Sequence[Sequence[str]], *, first: bool = False) -> None:
    sheet = book.active if first else book.create_sheet()
    assert sheet is not None
    sheet.title = title
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
            cell.data_type = "s"
            if number > 1 and value.startswith(("http://", "https://")):
                cell.hyperlink = cell.value
            if number == 1:
                cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for place in range(1, max(len(row) for row in rows) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 20
    sheet.freeze_panes = "A2"
