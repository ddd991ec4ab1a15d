"""Excel cells as text, read in a process of its own with bounded memory and time.

The parser is native code: a few kilobytes with cells in opposite corners (also an .xls, and an .xlsx whose
cells carry no references) make it ask for the whole rectangle, and a failed allocation there ends the process.
So it never runs in the one that answers requests. This file is also the program of that process: it imports
nothing of ours.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 20
WALL_SECONDS = 60
MAX_SHEETS = 50
_ERROR = re.compile(rb"""(<(?:\w{1,20}:)?c\s(?:[^<>]{0,200}\s)?t=)["']e["']""")

Sheet = tuple[str, int, list[list[str]]]
"""Name, number of the first row, cells as text."""


class Unreadable(Exception):
    """The workbook cannot be read, or only at a price that no announcement is worth."""


class TooLarge(Exception):
    """A sheet is larger than asked for: ``rows`` and ``columns``; both 0 where all sheets together are."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(rows, columns)
        self.rows, self.columns = rows, columns


def read_sheets(content: bytes, rows: int, columns: int, cells: int) -> list[Sheet]:
    """Visible, filled worksheets of a workbook. Raises Unreadable, or TooLarge beyond the numbers given."""
    command = [sys.executable, "-P", str(Path(__file__)), str(rows), str(columns), str(cells)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, fixed arguments
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Unreadable from None
    if done.returncode != 0:
        raise Unreadable
    told = json.loads(done.stdout)
    if "too_large" in told:
        raise TooLarge(*told["too_large"])
    return [(name, first, lines) for name, first, lines in told["sheets"]]


# what the process does -----------------------------------------------------------------------------


def text_of(value: Any) -> str:
    """A cell as a person sees it: whole numbers without .0, dates as year-month-day."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, timedelta | time):
        return str(value)
    return str(value).strip()


def with_errors_as_text(content: bytes) -> bytes:
    """An .xlsx whose error cells (#N/A, #REF!) are texts: the parser would give them as empty, and so as 未知."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = [name for name in package.namelist() if name.lower().startswith("xl/worksheets/")]
        wrong = {name: text for name in names if _ERROR.search(text := package.read(name))}
        if not wrong:
            return content
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as written:
            for name in dict.fromkeys(package.namelist()):
                text = _ERROR.sub(rb'\1"str"', wrong[name]) if name in wrong else package.read(name)
                written.writestr(name, text)
    return made.getvalue()


def _told(content: bytes, rows: int, columns: int, cells: int) -> dict[str, Any]:
    import python_calamine

    found: list[Sheet] = []
    seen = 0
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(with_errors_as_text(content))) as book:
        visible = [
            meta.name
            for meta in book.sheets_metadata
            if meta.visible == python_calamine.SheetVisibleEnum.Visible
            and meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        for name in visible[:MAX_SHEETS]:
            sheet = book.get_sheet_by_name(name)
            if not (sheet.height and sheet.width):
                continue
            seen += sheet.height * sheet.width
            if sheet.height > rows or sheet.width > columns:
                return {"too_large": [sheet.height, sheet.width]}
            if seen > cells:
                return {"too_large": [0, 0]}
            first = (sheet.start or (0, 0))[0] + 1
            lines = sheet.to_python(skip_empty_area=True)
            found.append((name, first, [[text_of(value) for value in line] for line in lines]))
    return {"sheets": found}


def main() -> None:
    """Bound this process, read the workbook from standard input, write its sheets as JSON."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = _told(sys.stdin.buffer.read(), *(int(one) for one in sys.argv[1:4]))
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=True).encode())


if __name__ == "__main__":
    main()
