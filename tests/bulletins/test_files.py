"""What a file may be, and what is refused before it is read: bombs, far cells, garbage, the wrong kind, too much."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from trace.bulletins import packed, sheets
from trace.bulletins.files import read_file
from trace.bulletins.models import MAX_ROWS
from trace.bulletins.words import load_words
from trace.errors import InvalidInput

WORDS = load_words()
HEADERS = ["抽样编号", "食品名称", "不合格项目", "检验结果", "标准值"]
ROW = ["S1", "酱卤鸭", "铅(以Pb计)", "9.9mg/kg", "≤0.5mg/kg"]


def workbook(rows: list[list[Any]], **sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    for name, lines in {"附件": rows, **sheets}.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    del book["Sheet"]
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def refused(name: str, content: bytes) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_file(name, content, WORDS)
    (error,) = caught.value.errors
    assert error.pointer == "/file"
    assert any("\u4e00" <= c <= "\u9fff" for c in error.detail)
    return error.code, error.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_of_every_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    text = "\r\n".join(delimiter.join(line) for line in (HEADERS, ROW)) + "\r\n"
    table = read_file("公告.csv", text.encode(encoding), WORDS)
    assert table.headers == tuple(HEADERS)
    assert [row.number for row in table.rows] == [2]
    assert list(table.rows[0].cells.values()) == ROW


def test_a_csv_cell_may_hold_lines_and_delimiters() -> None:
    text = '抽样编号,食品名称,"不合格项目║检验结果║标准值"\nS1,鸭,"铅║9.9mg/kg║≤0.5mg/kg\n镉║1,5mg/kg║≤0.1mg/kg"\nS2,鹅,x\n'
    table = read_file("a.csv", text.encode(), WORDS)
    assert table.rows[0].cells[table.headers[2]].count("\n") == 1
    assert [row.number for row in table.rows] == [2, 4], "the number is the line the row begins on"


def test_a_workbook_under_titles_with_numbers_and_dates() -> None:
    import datetime

    rows = [
        ["某局公告附件"],
        [],
        [*HEADERS, "生产日期"],
        ["S1", "酱卤鸭", "铅", 9.9, "≤0.5", datetime.date(2026, 5, 2)],
    ]
    rows.append([20260502, "鸭", "铅", "1mg/kg", "≤0.5mg/kg", 45945.0])
    table = read_file("公告.XLSX", workbook(rows), WORDS)
    assert table.sheet == "附件"
    assert [row.number for row in table.rows] == [4, 5]
    assert table.rows[0].cells["检验结果"] == "9.9"
    assert table.rows[0].cells["生产日期"] == "2026-05-02"
    assert table.rows[1].cells["抽样编号"] == "20260502"
    assert table.rows[1].cells["生产日期"] == "45945"


def test_an_old_workbook() -> None:
    table = read_file("附件.xls", (Path(__file__).parent / "small.xls").read_bytes(), WORDS)
    assert table.kind == "xls"
    assert table.rows[0].cells["食品名称"] == "酱卤鸭"
    assert table.rows[0].cells["生产日期"] == "45945"


def test_the_sheet_with_the_samples_is_found_and_two_of_them_are_not_guessed_between() -> None:
    notes = [["说明"], ["以下样品不合格"]]
    table = read_file("a.xlsx", workbook(notes, 样品=[HEADERS, ROW]), WORDS)
    assert (table.sheet, len(table.rows)) == ("样品", 1)
    code, detail = refused("a.xlsx", workbook([HEADERS, ROW], 餐饮=[HEADERS, ROW]))
    assert code == "several_sheets"
    assert "餐饮" in detail


def test_json_in_both_shapes_and_nested_failures() -> None:
    failed = [
        {"item": "铅", "result": "9.9mg/kg", "limit": "≤0.5mg/kg"},
        {"项目": "镉", "检验结果": "1mg/kg", "标准值": "≤0.1mg/kg"},
    ]
    records = [{"id": "r1", "food": "鸭", "failed": failed, "produced": 20260502, "说明": None}]
    for shape in (records, {"about": "虚构", "records": records}):
        table = read_file("a.json", json.dumps(shape).encode(), WORDS)
        assert table.rows[0].cells["failed"] == "铅║9.9mg/kg║≤0.5mg/kg\n镉║1mg/kg║≤0.1mg/kg"
        assert table.rows[0].cells["produced"] == "20260502"
        assert table.rows[0].cells["说明"] == ""


def test_headers_lose_their_line_breaks_and_no_cell_is_lost_by_it() -> None:
    table = read_file("a.csv", '"食品\n名称",备注\n鸭,x\n'.encode(), WORDS)
    assert table.headers == ("食品 名称", "备注")
    table = read_file("a.json", json.dumps([{"a\nb": "1", "a b": "2"}]).encode(), WORDS)
    assert sorted(table.rows[0].cells.values()) == ["1", "2"]


def test_json_rows_that_are_no_text_are_marked_not_lost() -> None:
    data = [{"food": {"a": 1}}, "鸭", {"food": "鹅", "failed": ["铅"]}, {"food": "\ud800"}, {"food": True}]
    table = read_file("a.json", json.dumps(data).encode(), WORDS)
    assert len(table.rows) == 5
    assert all(row.broken for row in table.rows)
    for row in table.rows:
        "".join(row.cells.values()).encode()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.csv", b"  \n ", "empty"),
        ("a.json", b"[]", "empty"),
        ("a.json", b"{", "bad_json"),
        ("a.json", b"[" * 100_000, "bad_json"),
        ("a.json", b"[NaN]", "bad_json"),
        ("a.json", b'{"rows": []}', "bad_shape"),
        ("a.json", b"3", "bad_shape"),
        ("a.pdf", b"%PDF-1.7", "unknown_type"),
        ("noextension", b"x", "unknown_type"),
        ("a.xlsx", b"food,item\n", "wrong_extension"),
        ("a.xls", b"PK\x03\x04rest", "wrong_extension"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "wrong_extension"),
        ("a.csv", b"PK\x03\x04rest", "wrong_extension"),
        ("a.xlsx", b"PK\x03\x04" + b"\x00" * 200, "unreadable"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 2000, "unreadable"),
        ("a.csv", bytes(range(256)) * 20, "not_text"),
        ("a.csv", b"\x00\x01\x02", "not_text"),
        ("a.csv", b"x" * (5 * 1024 * 1024 + 1), "too_large"),
    ],
)  # fmt: skip
def test_what_is_refused(name: str, content: bytes, code: str) -> None:
    assert refused(name, content)[0] == code


@given(st.binary(min_size=1, max_size=3000), st.sampled_from([".xlsx", ".xls", ".csv", ".json"]))
def test_garbage_is_refused_or_read_and_never_breaks(content: bytes, suffix: str) -> None:
    for body in (content, b"PK\x03\x04" + content, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content):
        read = None
        with contextlib.suppress(InvalidInput):
            read = read_file("x" + suffix, body, WORDS)
        assert read is None or len(read.rows) <= MAX_ROWS


def test_20001_rows_are_refused_in_every_format() -> None:
    many = MAX_ROWS + 1
    assert refused("a.json", json.dumps([{"food": "鸭"}] * many).encode())[0] == "too_many_rows"
    lines = "\n".join(["食品名称,不合格项目,检验结果,标准值", *["鸭,铅,1mg/kg,≤0.5mg/kg"] * many])
    assert refused("a.csv", lines.encode())[0] == "too_many_rows"
    book = Workbook(write_only=True)
    sheet = book.create_sheet("附件")
    sheet.append(HEADERS)
    for _ in range(many):
        sheet.append(["1", "鸭"])
    target = io.BytesIO()
    book.save(target)
    assert refused("a.xlsx", target.getvalue())[0] == "too_many_rows"


def test_20000_rows_are_read() -> None:
    lines = "\n".join(["食品名称,不合格项目,检验结果,标准值", *["鸭,铅,1mg/kg,≤0.5mg/kg"] * MAX_ROWS])
    assert len(read_file("a.csv", lines.encode(), WORDS).rows) == MAX_ROWS


def test_far_cells_are_refused_before_they_cost_anything() -> None:
    for cell, code in (("A1000000", "too_many_rows"), ("XFD2", "too_many_columns")):
        book = Workbook()
        assert book.active is not None
        book.active["A1"] = "食品名称"
        book.active[cell] = "远"
        target = io.BytesIO()
        book.save(target)
        began = time.monotonic()
        assert refused("a.xlsx", target.getvalue())[0] == code
        assert time.monotonic() - began < 5


def test_many_sheets_with_far_corners_are_refused() -> None:
    book = Workbook()
    for number in range(4):
        sheet = book.create_sheet(f"表{number}")
        sheet["A1"], sheet["BH15000"] = "食品名称", "远"
    target = io.BytesIO()
    book.save(target)
    assert refused("a.xlsx", target.getvalue())[0] == "too_many_cells"


def repacked(content: bytes, name: str, replacement: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, replacement if entry == name else old.read(entry))
    return target.getvalue()


def test_a_zip_bomb_is_refused_also_when_it_lies_about_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED", 2 * 1024 * 1024)
    bomb = repacked(workbook([HEADERS, ROW]), "xl/theme/theme1.xml", b" " * (4 * 1024 * 1024))
    assert refused("a.xlsx", bomb)[0] == "unpacks_too_large"
    with zipfile.ZipFile(io.BytesIO(bomb)) as package:
        size = package.getinfo("xl/theme/theme1.xml").file_size
    lying = bomb.replace(struct.pack("<I", size), struct.pack("<I", 10))
    assert lying != bomb
    assert refused("a.xlsx", lying)[0] == "unpacks_too_large"


def test_a_zip_that_is_no_workbook_and_one_with_too_many_parts() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("mimetype", "x")
    assert refused("a.xlsx", target.getvalue())[0] == "wrong_extension"
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("xl/workbook.xml", "x")
        for number in range(packed.MAX_ENTRIES):
            package.writestr(f"x/{number}", "")
    assert refused("a.xlsx", target.getvalue())[0] == "unpacks_too_large"


def test_references_that_hide_are_refused() -> None:
    sheet = "xl/worksheets/sheet1.xml"
    plain = workbook([HEADERS, ROW])
    for body in (b'<worksheet><row r="&#49;000000"/></worksheet>', "<worksheet/>".encode("utf-16")):
        assert refused("a.xlsx", repacked(plain, sheet, body))[0] in ("too_many_rows", "unreadable")


def test_formulas_are_not_calculated() -> None:
    table = read_file(
        "a.xlsx", workbook([HEADERS, ["S1", "鸭", "铅", '=HYPERLINK("x","9.9mg/kg")', "≤0.5mg/kg"]]), WORDS
    )
    assert table.rows[0].cells["检验结果"] == "", "a formula without a stored result is an empty cell"
    table = read_file("a.csv", "食品名称,检验结果,标准值\n=1+1,@SUM(A1),+1\n".encode(), WORDS)
    assert list(table.rows[0].cells.values()) == ["=1+1", "@SUM(A1)", "+1"]


def test_an_error_cell_is_what_it_shows_and_not_empty() -> None:
    content = workbook([["产品名称", "标称生产企业", "检验结果"], ["酱卤鸭", "#N/A", "#REF!"]])
    (row,) = read_file("a.xlsx", content, WORDS).rows
    assert list(row.cells.values()) == ["酱卤鸭", "#N/A", "#REF!"]
    clean = workbook([["产品名称"], ["酱卤鸭"]])
    assert sheets.with_errors_as_text(clean) is clean


def old_workbook(lines: list[list[str | int]], *, padding: int, gap: int = 0) -> bytes:
    """An .xls in memory: a text is a text, 256 + n an error cell of code n, n below 256 a formula whose result is error n.

    ``padding``: bytes after the workbook, so that it is kept in small or in whole sectors; ``gap``: sectors between
    each two of its sectors, so that it does not lie in one piece.
    """

    def record(code: int, body: bytes) -> bytes:
        return struct.pack("<HH", code, len(body)) + body

    cells = b""
    for row, line in enumerate(lines, 2):
        for column, value in enumerate(line, 1):
            at = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                cells += record(0x0204, at + struct.pack("<HB", len(value), 1) + text)
            elif value >= 256:
                cells += record(0x0205, at + bytes((value - 256, 1)))
            else:
                result = b"\x02\x00" + bytes((value,)) + b"\x00\x00\x00\xff\xff"
                cells += record(0x0006, at + result + struct.pack("<HIH", 0, 0, 2) + bytes((0x1C, value)))
    bof = [record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0)) for kind in (5, 0x10)]
    chart = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x20, 0, 0, 0, 0)) + record(0x0A, b"")
    name = struct.pack("<BB", 2, 1) + "名单".encode("utf-16-le")
    start = len(bof[0]) + 4 + 6 + len(name) + 4
    book = bof[0] + record(0x85, struct.pack("<IBB", start, 0, 0) + name) + record(0x0A, b"")
    book += bof[1] + chart + cells + record(0x0A, b"")
    book += b"\x00" * padding
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    unit = 64 if len(book) < 4096 else 512
    parts = [book[at : at + unit].ljust(unit, b"\x00") for at in range(0, len(book), unit)]
    sectors: dict[int, bytes] = {}
    table = {0: 0xFFFFFFFD, 1: end}  # 0: the table itself, 1: the directory

    def put(pieces: list[bytes], first: int) -> int:
        places = [first + n * (gap + 1) for n in range(len(pieces))]
        sectors.update(zip(places, pieces, strict=True))
        table.update(zip(places, [*places[1:], end], strict=True))
        return places[0]

    def entry(name: str, kind: int, start: int, size: int) -> bytes:
        text = name.encode("utf-16-le")
        return (text.ljust(64, b"\x00") + struct.pack("<HBB", len(text) + 2, kind, 1) + struct.pack("<III", free, free, 1 if kind == 5 else free)
                + b"\x00" * 36 + struct.pack("<IQ", start, size))  # fmt: skip

    small_table = end
    if unit == 64:
        store = b"".join(parts).ljust(-(-len(book) // 512) * 512, b"\x00")
        root = put([store[at : at + 512] for at in range(0, len(store), 512)], 3)
        after = struct.pack(f"<{len(parts)}I", *range(1, len(parts)), end)
        sectors[2], table[2], small_table = after.ljust(512, b"\xff"), end, 2
        directory = entry("Root Entry", 5, root, len(store)) + entry("Workbook", 2, 0, len(book))
    else:
        directory = entry("Root Entry", 5, end, 0) + entry("Workbook", 2, put(parts, 2), len(book))
    sectors[0] = struct.pack("<128I", *(table.get(n, free) for n in range(128)))
    sectors[1] = directory.ljust(512, b"\x00")
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    )
    head += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, small_table, int(unit == 64), end, 0, 0)
    head += b"\xff" * (512 - len(head))
    return head + b"".join(sectors.get(n, b"\x00" * 512) for n in range(max(sectors) + 1))


@pytest.mark.parametrize(("padding", "gap"), [(0, 0), (0, 1), (6000, 0), (6000, 2)])
def test_an_error_cell_of_an_old_workbook_is_what_it_shows(padding: int, gap: int) -> None:
    """Typed in or the result of a formula; whether the workbook lies in one piece, in small sectors, or scattered."""
    lines: list[list[str | int]] = [
        ["产品名称", "标称生产企业", "检验结果"], ["酱卤鸭", 256 + 0x2A, 0x17], ["豆干", "甲厂", 256 + 0x07],
    ]  # fmt: skip
    table = read_file("a.xls", old_workbook(lines, padding=padding, gap=gap), WORDS)
    assert [list(row.cells.values()) for row in table.rows] == [
        ["酱卤鸭", "#N/A", "#REF!"],
        ["豆干", "甲厂", "#DIV/0!"],
    ]
    assert [row.number for row in table.rows] == [4, 5]


def test_more_cells_than_headers_are_marked() -> None:
    table = read_file("a.csv", "食品名称,检验结果,标准值\n鸭,1,2,多出\n".encode(), WORDS)
    assert table.rows[0].broken == (("第 4 列（没有列名）", "多出"),)


def test_nameless_and_repeated_headers_get_names_of_their_own() -> None:
    table = read_file("a.csv", "食品名称,,备注,备注\n鸭,x,a,b\n".encode(), WORDS)
    assert table.headers == ("食品名称", "第2列", "备注", "备注（2）")


SHEET = "xl/worksheets/sheet1.xml"
OPENED = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSED = b"</sheetData></worksheet>"


def corners(many: int) -> bytes:
    """A sheet with a value in two opposite corners, its cells without references."""
    value = b'<c t="str"><v>a</v></c></row>'
    return OPENED + b"<row>" + b"<c/>" * many + value + b"<row/>" * many + b"<row>" + value + CLOSED


def test_cells_without_references_in_opposite_corners_cost_nothing_here() -> None:
    """Five kilobytes that asked the parser for 28 GB, which ended the whole server."""
    assert refused("a.xlsx", repacked(workbook([HEADERS, ROW]), SHEET, corners(30_000)))[0] == "unreadable"


def test_cells_without_references_are_read_where_the_sheet_is_small() -> None:
    cells = [b"".join(b"<c t='str'><v>%b</v></c>" % text.encode() for text in line) for line in (HEADERS, ROW)]
    body = OPENED + b"".join(b"<row>" + one + b"</row>" for one in cells) + CLOSED
    table = read_file("a.xlsx", repacked(workbook([HEADERS, ROW]), SHEET, body), WORDS)
    assert list(table.rows[0].cells.values()) == ROW


def test_an_old_workbook_with_a_far_corner_costs_nothing_here() -> None:
    plain = bytearray((Path(__file__).parent / "small.xls").read_bytes())
    last = plain.rfind(b"\xfd\x00\x0a\x00")
    struct.pack_into("<HH", plain, last + 4, 65535, 65535)
    assert refused("a.xls", bytes(plain))[0] == "unreadable"


def test_a_reader_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "WALL_SECONDS", 0.001)
    assert refused("a.xlsx", workbook([HEADERS, ROW]))[0] == "unreadable"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.json", json.dumps([{f"k{i}": 1 for i in range(60_000)}]).encode(), "too_many_columns"),
        ("a.csv", ("食品名称" + ",x" * 2_000_000).encode(), "unreadable"),
        ("a.csv", b"food\n" + b"\n" * 5_000_000, "too_many_rows"),
        ("a.xlsx", repacked(workbook([HEADERS, ROW]), SHEET, OPENED + (b'<c r="' + b"A" * 250_000) * 10 + CLOSED),
         "too_many_columns"),
    ],
    ids=["keys", "wide", "empty lines", "endless reference"],
)  # fmt: skip
def test_small_files_that_would_cost_seconds_are_refused_at_once(name: str, content: bytes, code: str) -> None:
    began = time.process_time()
    assert refused(name, content)[0] == code
    assert time.process_time() - began < 4
