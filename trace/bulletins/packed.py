"""An .xlsx is a zip that may be a bomb: measured by unpacking it in small pieces before any reader sees it. Pure."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from trace.bulletins.models import ANNOUNCEMENT, MAX_COLUMNS, Limits
from trace.errors import InvalidInput

MAX_UNPACKED = 80 * 1024 * 1024
MAX_ENTRIES = 500
_PIECE = 256 * 1024
_SLACK = 100
"""Rows that titles and notes may take beside the samples."""
_LETTERS = 3
"""The last column of any sheet is XFD."""
_REFERENCE = re.compile(rb"""[\s<]r\s*+=\s*+["']\s*+([A-Za-z]*+)(\d*+)([^"']{0,40}+)["']""")
"""Possessive: a reference that never ends must not be tried at every length."""


def _refuse(code: str, detail: str, detail_en: str) -> InvalidInput:
    return InvalidInput.of("/file", code, detail, detail_en)


def check_package(content: bytes, limits: Limits = ANNOUNCEMENT) -> None:
    """Refuse a package that is no workbook, unpacks to too much, or whose sheets reach too far.

    Sizes that a zip declares may lie, so every entry is really unpacked and counted. A sheet with two cells
    in opposite corners would cost its reader the whole rectangle, so cell references are looked at too.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error):
        raise _refuse("unreadable", "这个 .xlsx 文件已损坏，请用 Excel 打开后另存再传", "a damaged package") from None
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise _refuse("wrong_extension", "这个文件不是 Excel 工作簿，请用 Excel 另存为 .xlsx 再传", "not a workbook")
    if len(entries) > MAX_ENTRIES:
        raise _too_much(limits)
    left = limits.unpacked or MAX_UNPACKED
    for entry in entries:
        sheet = entry.filename.lower().startswith("xl/worksheets/")
        left -= _measure(content, entry, left, sheet, limits)


def _too_much(limits: Limits) -> InvalidInput:
    return _refuse(
        "unpacks_too_large",
        f"这个 .xlsx 解开后过大，不能导入；请只留{limits.name}那张表，另存后再传",
        "the package unpacks to too much",
    )


def _measure(content: bytes, entry: zipfile.ZipInfo, left: int, sheet: bool, limits: Limits) -> int:
    """How many bytes one entry really unpacks to; refuses above ``left``."""
    start = entry.header_offset
    head = content[start : start + 30]
    if len(head) < 30 or head[:4] != b"PK\x03\x04" or entry.flag_bits & 0x1 or entry.compress_type not in (0, 8):
        raise _refuse("unreadable", "这个 .xlsx 已损坏或加了密码，请去掉密码另存后再传", "damaged or encrypted")
    names = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = content[start + 30 + names : start + 30 + names + entry.compress_size]
    if entry.compress_type == 0:
        if len(packed) > left:
            raise _too_much(limits)
        if sheet:
            _check_references(packed, limits)
        return len(packed)
    unpacker = zlib.decompressobj(-15)
    total = 0
    tail = b""
    waiting = packed
    try:
        while waiting or not unpacker.eof:
            piece = unpacker.decompress(waiting, _PIECE)
            waiting = unpacker.unconsumed_tail
            total += len(piece)
            if total > left:
                raise _too_much(limits)
            if sheet:
                _check_references(tail + piece, limits)
                tail = piece[-64:]
            if not piece and not waiting:
                break
    except zlib.error:
        raise _refuse("unreadable", "这个 .xlsx 文件已损坏，请用 Excel 打开后另存再传", "a damaged package") from None
    return total


def _check_references(piece: bytes, limits: Limits) -> None:
    if piece.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in piece:
        raise _refuse("unreadable", "工作表的编码读不了，请用 Excel 打开后另存再传", "an unusual encoding")
    for letters, digits, rest in _REFERENCE.findall(piece):
        if b"&" in rest or len(digits) > 7 or (digits and int(digits) > limits.rows + _SLACK):
            raise _refuse(
                "too_many_rows",
                f"表格超过 {limits.rows} 行，请拆成几份（常见原因是表格下方有看不见的内容）",
                f"more than {limits.rows} rows",
            )
        column = 0
        for letter in letters[:_LETTERS].upper():
            column = column * 26 + letter - 64
        if column > MAX_COLUMNS or len(letters) > _LETTERS:
            raise _refuse(
                "too_many_columns",
                f"表格超过 {MAX_COLUMNS} 列，请删去右侧多余的列",
                f"more than {MAX_COLUMNS} columns",
            )
