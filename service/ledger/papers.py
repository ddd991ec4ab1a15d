"""The half-year report as a workbook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from fastapi import Query, Request
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from starlette.responses import Response

from chain.ledger.halves import half_text
from chain.ledger.lagging import reasons
from chain.ledger.loading import CHAPTERS
from chain.ledger.models import LAG_NAMES, LISTS, ORIGIN_NAMES, number_text
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.ledger import asking, reading
from service.ledger.asking import Report
from service.ledger.views import present_json, said
from service.routing import Router
from trace.recalls.workbook import MEDIA_TYPE

router = Router(prefix="/plan", include_in_schema=False)
Cell = str | int | Decimal
HEADS = (
    "序号", "要素", "章节", "方案目标", "责任单位", "指标", "目标", "年份", "现状", "单位", "怎么数", "来源", "日期", "与直线比", "报送步骤",
    "建议专题督导的理由", "标记",
)  # fmt: skip


@router.get("/report.xlsx")
def report(
    request: Request, half: Annotated[str, Query(max_length=10)] = "", actor: Actor = require("chain.read")
) -> Response:
    """The same as the page, one line a measure; problems and advice for staff alone."""
    told = asking.report_of(request, half)
    content = workbook(told, staff=reading.sees_staff(actor))
    headers = {"Content-Disposition": f'attachment; filename="plan-{told.half}.xlsx"', "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def workbook(told: Report, *, staff: bool) -> bytes:
    """An .xlsx: rows, yearly lists, for staff what goes up. Texts are texts and never formulas."""
    book = Workbook()
    title = f"梁平预制菜方案台账 {half_text(told.half)}"
    mark = "（演示，含虚构内容）" if told.chain.demo else ""
    rows: list[Sequence[Cell]] = [[title + mark, "", "", f"现状数截至 {told.day.isoformat()}"], HEADS]
    for state in told.whole.rows:
        half = told.halves[state.row.no]
        item = state.row.item
        head: list[Cell] = [item.no, item.name, CHAPTERS[state.row.chapter], item.target, state.owner]
        tail: list[Cell] = [half.state if half is not None else "未分办", "；".join(reasons(state))]
        for one in state.presents:
            seen = present_json(one)
            target = one.measure.target
            rows.append(
                [
                    *head, one.measure.name, target.text if target else "方案未定数", target.year if target else "",
                    one.value if one.value is not None and one.most is None else number_text(one.value, one.most),
                    one.measure.unit, one.mode,
                    one.source or str(seen["note"] or ""), seen["date"] or "", LAG_NAMES[one.lag.state], *tail,
                    ORIGIN_NAMES["trial"] if seen["trial"] else "",
                ]
            )  # fmt: skip
        if not state.presents:
            rows.append([*head, "不计数", "", "", "", "", "", state.row.none, "", "", *tail, ""])
    fill(book, "方案台账", rows, first=True, head=2)
    lists: list[Sequence[Cell]] = [("清单", "年份", "事项", "责任单位", "状态", "说明", "来源", "日期", "标记")]
    for kind, name in LISTS.items():
        for entry in asking.listed(told.whole.ledger, kind):
            body = entry.body
            lists.append(
                [
                    name, body["year"], body["name"], body["unit"], body["state"], body["note"], entry.source,
                    entry.data_date.isoformat(), ORIGIN_NAMES[entry.origin],
                ]
            )  # fmt: skip
    fill(book, "四张清单", lists)
    if staff:
        voices: list[Sequence[Cell]] = [("序号", "内容", "来源", "日期", "标记")]
        voices += [
            [one.no or "", said(one, staff=True), one.source, one.data_date.isoformat(), ORIGIN_NAMES[one.origin]]
            for one in told.voices
        ]
        fill(book, "困难问题与建议", voices)
    target_file = io.BytesIO()
    book.save(target_file)
    return target_file.getvalue()


def fill(book: Workbook, title: str, rows: Sequence[Sequence[Cell]], *, first: bool = False, head: int = 1) -> None:
    """Put rows on a sheet of their own; ``head`` lines of headers stay in sight."""
    sheet = book.active if first else book.create_sheet()
    assert sheet is not None
    sheet.title = title
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            if isinstance(value, str):
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
                cell.data_type = "s"
            else:
                cell.value = value
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number <= head:
                cell.font = Font(bold=True)
    for place in range(1, len(rows[head - 1]) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 14 if place not in (2, 4, 12, 16) else 32
    sheet.freeze_panes = f"A{head + 1}"
