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
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
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


ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
Cell = tuple[int, int]
"""Row and column, from 0."""


def errors_of_xls(content: bytes) -> list[dict[Cell, str]]:
    """Error cells of every sheet of an .xls, in the order of its sheets; the parser would give them as empty too.

    Raises struct.error, IndexError or ValueError for what is no compound file with a workbook.
    """
    book = _workbook_stream(content)
    starts = [struct.unpack_from("<I", body)[0] for code, body in _records(book, 0) if code == 0x85]
    return [dict(_errors(book, start)) for start in starts]


def _errors(book: bytes, start: int) -> Iterator[tuple[Cell, str]]:
    for code, body in _records(book, start):
        if code in (0x0205, 0x0005) and body[7 if code == 0x0205 else 8] == 1:  # BOOLERR
            yield struct.unpack_from("<HH", body), ERRORS.get(body[6 if code == 0x0205 else 7], "#ERROR")
        elif code in (0x0006, 0x0206, 0x0406) and body[12:14] == b"\xff\xff" and body[6] == 2:  # FORMULA, of an error
            yield struct.unpack_from("<HH", body), ERRORS.get(body[8], "#ERROR")


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Records of one substream, from its BOF to its EOF; those of charts within it too."""
    depth = 0
    while at + 4 <= len(book):
        code, size = struct.unpack_from("<HH", book, at)
        yield code, book[at + 4 : at + 4 + size]
        at += 4 + size
        depth += {0x0809: 1, 0x0409: 1, 0x0209: 1, 0x0009: 1, 0x000A: -1}.get(code, 0)
        if depth <= 0:
            return


def _workbook_stream(content: bytes) -> bytes:
    """The stream Workbook (Book before 1997) of a compound file."""
    size, small = (1 << shift for shift in struct.unpack_from("<HH", content, 30))
    tables, directory, cutoff, small_table, more = (
        struct.unpack_from("<I", content, at)[0] for at in (44, 48, 56, 60, 68)
    )

    def sector(number: int) -> bytes:
        return content[size * (number + 1) : size * (number + 2)]

    def numbers(text: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(text) // 4}I", text[: len(text) // 4 * 4]))

    places = numbers(content[76:512])
    while more < 0xFFFFFFFA and len(places) < tables:
        *further, more = numbers(sector(more))
        places += further
    table = [number for place in places[:tables] for number in numbers(sector(place))]

    def chain(start: int, after: list[int]) -> Iterator[int]:
        for _ in range(len(after) + 1):
            if start >= 0xFFFFFFFA:
                return
            yield start
            start = after[start]
        raise ValueError("a ring of sectors")

    entries = b"".join(map(sector, chain(directory, table)))
    listed = [entries[at : at + 128] for at in range(0, len(entries) - 127, 128)]
    named = {
        one[: max(struct.unpack_from("<H", one, 64)[0] - 2, 0)].decode("utf-16-le").casefold(): one for one in listed
    }
    found = named.get("workbook") or named["book"]
    start, length = struct.unpack_from("<II", found, 116)
    if length >= cutoff:
        return b"".join(map(sector, chain(start, table)))[:length]
    smalls = numbers(b"".join(map(sector, chain(small_table, table))))
    store = b"".join(map(sector, chain(struct.unpack_from("<I", listed[0], 116)[0], table)))
    return b"".join(store[small * one : small * (one + 1)] for one in chain(start, smalls))[:length]


def _told(content: bytes, rows: int, columns: int, cells: int) -> dict[str, Any]:
    import python_calamine

    found: list[Sheet] = []
    seen = 0
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(with_errors_as_text(content))) as book:
        errors = {} if content.startswith(b"PK") else dict(enumerate(errors_of_xls(content)))
        visible = [
            (meta.name, errors.get(at, {}))
            for at, meta in enumerate(book.sheets_metadata)
            if meta.visible == python_calamine.SheetVisibleEnum.Visible
            and meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        for name, wrong in visible[:MAX_SHEETS]:
            sheet = book.get_sheet_by_name(name)
            if not (sheet.height and sheet.width):
                continue
            seen += sheet.height * sheet.width
            if sheet.height > rows or sheet.width > columns:
                return {"too_large": [sheet.height, sheet.width]}
            if seen > cells:
                return {"too_large": [0, 0]}
            top, left = sheet.start or (0, 0)
            lines = [[text_of(value) for value in line] for line in sheet.to_python(skip_empty_area=True)]
            for (row, column), text in wrong.items():
                lines[row - top][column - left] = text
            found.append((name, top + 1, lines))
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
