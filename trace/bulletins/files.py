"""Bytes of an uploaded file as a Table: Excel (.xlsx, .xls), CSV in the usual Chinese encodings, JSON.

Whatever is not one of these, is too large, or would unpack to something too large is refused with the
reason before anything is read of it. Formulas are never calculated: a cell counts as its stored text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from trace.bulletins.models import ANNOUNCEMENT, MAX_COLUMNS, Limits, Row, Table
from trace.bulletins.packed import check_package
from trace.bulletins.records import table_of
from trace.bulletins.refusing import check_size, one_line, refuse
from trace.bulletins.sheets import TooLarge, Unreadable, read_sheets
from trace.bulletins.words import Words, header_key

KINDS = {".xlsx": "xlsx", ".xls": "xls", ".csv": "csv", ".txt": "csv"}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_ROWS = 20
"""How far down the line of headers may stand below titles."""
LINES_TO_A_ROW = 5
"""Cells may have line breaks, and rows may be empty; beyond so many lines to a row a file is no announcement."""
_HEADERS_LOOKED_AT = 4 * MAX_COLUMNS
"""Longer lines are refused later; to look all their cells up first would cost seconds."""
_DELIMITERS = (",", "\t", ";", "|")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Headers(Protocol):
    """What the line of headers is recognised by: folded header (``words.header_key``) → our key."""

    @property
    def by_header(self) -> Mapping[str, str]: ...


def read_file(name: str, content: bytes, words: Words, limits: Limits = ANNOUNCEMENT) -> Table:
    """Read an uploaded file. Raises InvalidInput with the reason when it cannot be an announcement."""
    if name.lower().endswith(".json"):
        _check_bytes(content, limits)
        return _json(content, words)
    return read_table(name, content, words, limits)


def _check_bytes(content: bytes, limits: Limits) -> None:
    if not content:
        raise refuse("empty", "文件是空的，请重新选择", "the file is empty")
    if len(content) > limits.bytes:
        most = limits.bytes // 1024 // 1024
        raise refuse(
            "too_large",
            f"文件有 {len(content) / 1024 / 1024:.1f} MB，最多 {most} MB，请拆成几份",
            f"the file is larger than {most} MB",
        )


def read_table(name: str, content: bytes, words: Headers, limits: Limits = ANNOUNCEMENT) -> Table:
    """Read an Excel or CSV file whose columns ``words`` knows. Raises InvalidInput with the reason."""
    _check_bytes(content, limits)
    dot = name.rfind(".")
    kind = KINDS.get(name[dot:].lower()) if dot >= 0 else None
    if kind is None:
        raise refuse("unknown_type", f"不能读“{name[-60:]}”，请用{limits.accepted}", "use .xlsx, .xls, .csv or .json")
    magic = {"xlsx": content.startswith(_ZIP), "xls": content.startswith(_OLE)}
    if kind in magic and not magic[kind]:
        right = "、".join(f".{other}" for other, fits in magic.items() if fits) or "其他格式"
        raise refuse(
            "wrong_extension",
            f"“{name[-60:]}”的内容不是 .{kind}（实际像{right}），请用 Excel 另存为 .xlsx 再传",
            "the content is not what the extension says",
        )
    if kind == "csv":
        if any(magic.values()):
            raise refuse("wrong_extension", "这是 Excel 文件，不是 CSV；请把扩展名改回 .xlsx 或 .xls", "this is Excel")
        return _csv(content, words, limits)
    return _excel(kind, content, words, limits)


# Excel ---------------------------------------------------------------------------------------------


def _excel(kind: str, content: bytes, words: Headers, limits: Limits) -> Table:
    if kind == "xlsx":
        check_package(content, limits)
    try:
        filled = read_sheets(content, limits.rows + _HEADER_ROWS, MAX_COLUMNS, limits.cells)
    except TooLarge as large:
        check_size(large.rows - _HEADER_ROWS, large.columns, limits)
        raise refuse(
            "too_many_cells", f"工作簿里的表太多太大，请只留{limits.name}那张，另存后再传", "too many cells"
        ) from None
    except Unreadable:
        raise refuse(
            "unreadable",
            "这个 Excel 文件打不开，可能已损坏或加了密码；请用 Excel 打开后另存为 .xlsx 再传",
            "unreadable",
        ) from None
    if not filled:
        raise refuse("empty", "工作簿里没有内容", "the workbook is empty")
    tables = [
        _table(kind, [(first + at, line) for at, line in enumerate(lines)], words, sheet, limits)
        for sheet, first, lines in filled
    ]
    best = max(tables, key=lambda table: (_known(table.headers, words), -tables.index(table)))
    others = [t for t in tables if t is not best and t.rows and _known(t.headers, words) >= 3]
    if others:
        names = "、".join(f"“{t.sheet}”" for t in others[:3])
        raise refuse(
            "several_sheets",
            f"工作簿里有几张表都像{limits.name}（“{best.sheet}”和{names}）。请每张表另存为一个文件，分别导入",
            "several sheets look alike",
        )
    return best


# CSV -----------------------------------------------------------------------------------------------


def decode(content: bytes) -> str:
    """Text in UTF-8 (with or without its mark) or GB 18030. Raises InvalidInput for anything else."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        return text
    raise refuse(
        "not_text", "文件不是 UTF-8 或 GB 18030 编码的文字；请用 Excel 另存为 .xlsx 再传", "not UTF-8 or GB 18030 text"
    )


def _csv(content: bytes, words: Headers, limits: Limits) -> Table:
    text = decode(content)
    if not text.strip():
        raise refuse("empty", "文件里没有内容", "the file is empty")
    if text.count("\n") + text.count("\r") > 2 * LINES_TO_A_ROW * limits.rows:
        raise refuse("too_many_rows", f"表格超过 {limits.rows} 行，请删去空行，或拆成几份", "too many rows")
    best: tuple[tuple[int, int], str] | None = None
    for delimiter in _DELIMITERS:
        head = _records(text, delimiter, _HEADER_ROWS)
        known = max((_known(line, words) for _, line in head), default=0)
        score = (known, max((len(line) for _, line in head), default=0))
        if best is None or score > best[0]:
            best = (score, delimiter)
    assert best is not None
    lines = _records(text, best[1], limits.rows + _HEADER_ROWS + 1)
    check_size(len(lines) - _HEADER_ROWS, max(len(line) for _, line in lines), limits)
    return _table("csv", lines, words, "", limits)


def _records(text: str, delimiter: str, most: int) -> list[tuple[int, list[str]]]:
    """Up to ``most`` filled records, each with the number of the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    begins = 1
    try:
        for line in reader:
            if any(cell.strip() for cell in line):
                found.append((begins, [cell.strip() for cell in line]))
            begins = reader.line_num + 1
            if len(found) >= most:
                break
    except csv.Error:
        raise refuse(
            "unreadable", "CSV 的引号或换行不成对，读不下去；请用 Excel 另存为 .xlsx 再传", "broken CSV"
        ) from None
    return found


# tables --------------------------------------------------------------------------------------------


def _known(line: Sequence[str], words: Headers) -> int:
    looked = line[:_HEADERS_LOOKED_AT]
    return len({words.by_header[key] for cell in looked if (key := header_key(cell)) in words.by_header})


def _table(kind: str, lines: Iterable[tuple[int, list[str]]], words: Headers, sheet: str, limits: Limits) -> Table:
    """Find the line of headers (the one with most known names among the first ones), then the rows below it."""
    filled = [(number, line) for number, line in lines if any(line)]
    if not filled:
        return Table(kind, (), (), sheet)
    at = max(range(min(len(filled), _HEADER_ROWS)), key=lambda i: (_known(filled[i][1], words), -i))
    headers = _headers(filled[at][1])
    rows = []
    for number, line in filled[at + 1 :]:
        cells = {header: line[i] if i < len(line) else "" for i, header in enumerate(headers)}
        beyond = tuple(
            (f"第 {i + 1} 列（没有列名）", value) for i, value in enumerate(line) if i >= len(headers) and value
        )
        rows.append(Row(number, cells, beyond))
    check_size(len(rows), len(headers), limits)
    return Table(kind, headers, tuple(rows), sheet)


def _headers(line: Sequence[str]) -> tuple[str, ...]:
    """Headers made unique; nameless columns get their number, trailing nameless ones are no columns."""
    last = max(i for i, cell in enumerate(line) if cell)
    found: list[str] = []
    for i, written in enumerate(line[: last + 1]):
        cell = one_line(written)
        name = cell or f"第{i + 1}列"
        copy = 2
        while name in found:
            name = f"{cell or f'第{i + 1}列'}（{copy}）"
            copy += 1
        found.append(name)
    return tuple(found)


# JSON ----------------------------------------------------------------------------------------------


def _json(content: bytes, words: Words) -> Table:
    try:
        data = json.loads(decode(content), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise refuse("bad_json", "不是合法的 JSON，请检查括号、引号和逗号", "not valid JSON") from None
    return table_of(data, words)


def _no_constant(name: str) -> None:
    raise ValueError(name)
