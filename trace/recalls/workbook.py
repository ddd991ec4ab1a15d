"""The same report as a workbook: facts, lots with the legal fields and every cell of their accounts, holders, open points."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from trace.quantity import MICRO, show
from trace.recalls.models import FATES, PLACES, Account
from trace.recalls.paper import LEGAL, NOTICE, RecallPaper

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | Decimal
_CELLS = [(place, fate) for place in PLACES for fate in FATES]


def workbook(paper: RecallPaper) -> bytes:
    """An .xlsx of four sheets. Texts are texts and never formulas; quantities are numbers in the lot's unit."""
    book = Workbook()
    head = "（演练，不是真实召回）" if paper.mock else ""
    facts: list[Sequence[Cell]] = [[head + paper.title, ""], *paper.facts]
    facts += [["时限", one] for one in paper.clocks]
    facts += [["销毁", one] for one in paper.destructions]
    facts += [["没有落实", one] for one in paper.still_open]
    facts += [["打印", paper.printed], ["说明", NOTICE]]
    _fill(book, "概况", facts, first=True)
    columns = [*LEGAL[:5], "单位", "生产数量"]
    columns += [f"{PLACES[place]}·{FATES[fate]}" for place, fate in _CELLS]
    columns += ["已投入其他批次", "账实差异"]
    rows: list[Sequence[Cell]] = [columns]
    rows += [[*lot.legal[:5], _unit(lot.unit), *_numbers(lot.account)] for lot in paper.lots]
    rows += [[text, "", "", "", "", _unit(unit), *_numbers(account)] for text, account, unit in paper.totals]
    _fill(book, "批次与数量", rows)
    _fill(book, "持有单位", [["单位", "答复"], *paper.holders])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _unit(unit: str) -> str:
    return show(0, unit).removeprefix("0").strip()


def _numbers(account: Account) -> list[Cell]:
    amounts = [account.made, *(account.grid[cell] for cell in _CELLS), account.used, account.difference]
    return [Decimal(amount) / MICRO for amount in amounts]


def _fill(book: Workbook, title: str, rows: Sequence[Sequence[Cell]], *, first: bool = False) -> None:
    sheet = book.active if first else book.create_sheet()
    assert sheet is not None
    sheet.title = title
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            if isinstance(value, Decimal):
                cell.value = value
            else:
                cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
                cell.data_type = "s"
            if number == 1:
                cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for place in range(1, len(rows[0]) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 16
    sheet.freeze_panes = "A2"
