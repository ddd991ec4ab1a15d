"""The refused rows as a workbook that a person mends and sends again: the same columns, the reasons beside them."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from trace.bulletins.models import MAX_CELL, Reading
from trace.bulletins.reading import ERROR_COLUMN, IGNORED
from trace.bulletins.words import header_key

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW_COLUMN = "原行号"
_WIDTH = 22
_MARK = PatternFill("solid", fgColor="FFF2CC")
_WRAP = Alignment(wrap_text=True, vertical="top")
_BOLD = Font(bold=True)


def error_file(reading: Reading) -> bytes:
    """An .xlsx with every refused row as it was; wrong cells are marked. Cells are text: nothing is a formula."""
    by_row = reading.errors_of()
    headers = [h for h in reading.table.headers if header_key(h) not in IGNORED]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "待改的行"
    lines = [[*headers, ERROR_COLUMN, ROW_COLUMN]]
    marked: list[set[str]] = [set()]
    for row in reading.table.rows:
        errors = by_row.get(row.number)
        if errors:
            why = "\n".join(dict.fromkeys(error.detail for error in errors))
            lines.append([*(row.cells.get(h, "") for h in headers), why, str(row.number)])
            marked.append({error.column for error in errors})
    for number, line in enumerate(lines, 1):
        for place, text in enumerate(line, 1):
            cell = sheet.cell(number, place)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text[: MAX_CELL + 1])
            cell.data_type = "s"
            cell.number_format = "@"
            if number == 1:
                cell.font = _BOLD
            elif place <= len(headers) and headers[place - 1] in marked[number - 1]:
                cell.fill = _MARK
            cell.alignment = _WRAP
    for place in range(1, len(lines[0]) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTH
    sheet.column_dimensions[get_column_letter(len(headers) + 1)].width = 60
    sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
