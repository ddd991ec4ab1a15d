"""Rows become samples or errors, none is lost, nothing is guessed; what is refused can be mended and sent again."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.fixtures.announced import LEAD, reading_of, record
from trace.bulletins.dates import Day, read_day
from trace.bulletins.errorfile import error_file
from trace.bulletins.failures import BadCell, check_failure, read_limit, split_apart, split_combined
from trace.bulletins.files import read_file
from trace.bulletins.models import Defaults, Failure, Reading, Row, Table
from trace.bulletins.reading import ERROR_COLUMN, guess_mapping, missing_columns, read_samples, settle_mapping
from trace.bulletins.words import load_words
from trace.errors import InvalidInput

WORDS = load_words()


@pytest.mark.parametrize(
    ("text", "day", "note"),
    [
        ("2026-05-02", date(2026, 5, 2), ""),
        ("2025/05/2", date(2025, 5, 2), ""),
        (" 2025/05/2", date(2025, 5, 2), ""),
        ("2025.5.2", date(2025, 5, 2), ""),
        ("2025年5月2日", date(2025, 5, 2), ""),
        ("20250502", date(2025, 5, 2), ""),
        ("２０２５－０５－０２", date(2025, 5, 2), ""),
        ("45945.0", date(2025, 10, 15), ""),
        ("45945", date(2025, 10, 15), ""),
        ("2025-07-20（购进日期）", date(2025, 7, 20), "购进日期"),
        ("2025-07-20 (加工日期)", date(2025, 7, 20), "加工日期"),
        ("2025-07-20 00:00:00", date(2025, 7, 20), ""),
        ("/", None, ""),
        ("", None, ""),
    ],
)
def test_dates_as_bulletins_write_them(text: str, day: date | None, note: str) -> None:
    assert read_day(text, WORDS) == Day(day, note)


@pytest.mark.parametrize(
    "text", ["2025-13-01", "2025-02-30", "1925-01-01", "2025-05-02;2025-05-03", "2025-05-02（大概）", "2026-12-31", "见包装 2025-05-02"]
)  # fmt: skip
def test_dates_that_are_refused(text: str) -> None:
    found = read_day(text, WORDS, lots=True, today=date(2026, 11, 24))
    assert found.day is None
    assert found.wrong


def test_what_is_no_date_is_a_lot_only_where_lots_are_asked() -> None:
    assert read_day("A20250502-1", WORDS, lots=True) == Day(lot="A20250502-1")
    assert read_day("A20250502-1", WORDS).wrong


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("≤5mg/kg", "at_most"), ("50CFU/g", "at_most"), ("≤≤100mg/kg", "at_most"), ("不大于0.25g/100g", "at_most"), ("<=5 mg/kg", "at_most"),
        ("≤10³CFU/g", "at_most"), ("≤1.0×10³CFU/g", "at_most"), ("≤10^3CFU/g", "at_most"), ("≤1E3CFU/g", "at_most"), ("≤2mg/每日", "at_most"),
        ("≥5g/100g", "at_least"), ("≥10⁶CFU/g", "at_least"), ("≥1.5 倍", "at_least"), ("≥8%vol", "at_least"),
        ("18-30mg/kg", "range"), ("5~8 %vol", "range"), ("10%-30%", "range"), ("52%vol～54%vol", "range"), ("1.2-4.8mg/每日", "range"),
        ("≤12±1.0%vol", "tolerance"),
        ("n=5,c=2,m=10⁴,M=10⁵CFU/g", "plan"), ("n=5，c=2，m=10⁴，M=10⁵CFU/g", "plan"), ("≤n=5,c=0,m=0CFU/250mL", "plan"), ("n=5,c=0,m=0/25g", "plan"),
        ("不得使用", "sentence"), ("不得检出", "sentence"), ("不得检出/50cm²", "sentence"), ("0", "at_most"),
    ],
)  # fmt: skip
def test_limits_as_bulletins_write_them(text: str, kind: str) -> None:
    assert read_limit(text, WORDS) == kind


@pytest.mark.parametrize(
    "text",
    [
        "", "≤/g/100g", "≤0.2mg/kg↵三唑磷", "≤0.02mg/kg,吡唑醚菌酯", "不得使用,亮蓝", "n=5,c=2,m=10,M=10²CFU/g；霉菌", "≤0.075g/kg 甜蜜素",
        "见标准", "≤", "n=5", "大肠菌群", "不得使用\n日落黄",
    ],
)  # fmt: skip
def test_limits_that_are_none(text: str) -> None:
    assert read_limit(text, WORDS) is None


@pytest.mark.parametrize(
    ("failure", "column", "code"),
    [
        (("20000CFU/mL", "n=5,c=2,m=100,M=10000CFU/mL↵大肠菌群", "n=5"), "item", "value_as_item"),
        (("<1CFU/mL", "1", "≤1"), "item", "value_as_item"),
        (("≤0.5mg/kg", "1mg/kg", "≤1mg/kg"), "item", "value_as_item"),
        (("不得使用", "1mg/kg", "≤1mg/kg"), "item", "value_as_item"),
        (("", "1mg/kg", "≤1mg/kg"), "item", "required"),
        (("/", "1mg/kg", "≤1mg/kg"), "item", "required"),
        (("铅↵镉", "1mg/kg", "≤1mg/kg"), "item", "not_an_item"),
        (("123", "1mg/kg", "≤1mg/kg"), "item", "value_as_item"),
        (("铅", "", "≤1mg/kg"), "result", "required"),
        (("铅", "很多", "≤1mg/kg"), "result", "not_a_result"),
        (("铅", "n=5,c=2,m=10,M=100CFU/g↵霉菌", "≤1mg/kg"), "result", "not_a_result"),
        (("铅", "1mg/kg", "/"), "limit", "required"),
        (("铅", "1mg/kg", "≤0.2mg/kg↵三唑磷"), "limit", "not_a_limit"),
    ],
)
def test_mangled_items_are_refused_and_say_which_part(failure: tuple[str, str, str], column: str, code: str) -> None:
    with pytest.raises(BadCell) as caught:
        check_failure(Failure(*failure), WORDS)
    assert (caught.value.column, caught.value.code) == (column, code)


COLONY = "菌落总数║2.0×10⁵；1.2×10⁵║n=5,c=2,m=10⁴,M=10⁵CFU/g"


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("铅║9.9mg/kg║≤0.5mg/kg", ["铅"]),
        ("铅|9.9mg/kg|≤0.5mg/kg", ["铅"]),
        ("铅||9.9mg/kg||≤0.5mg/kg", ["铅"]),
        ("铅｜9.9mg/kg｜≤0.5mg/kg", ["铅"]),
        (f"铅║9.9mg/kg║≤0.5mg/kg\n{COLONY}", ["铅", "菌落总数"]),
        (f"铅║9.9mg/kg║≤0.5mg/kg;镉║1mg/kg║≤0.1mg/kg；{COLONY}", ["铅", "镉", "菌落总数"]),
    ],
)
def test_items_in_one_cell(text: str, items: list[str]) -> None:
    found = split_combined(text, WORDS)
    assert [one.item for one in found] == items
    for one in found:
        check_failure(one, WORDS)


@pytest.mark.parametrize(
    "text", ["", "铅", "铅║9.9mg/kg", "铅║1║2║3", "铅║1║≤1镉║2║≤2", "铅║1║≤1；镉；镍║2║≤2", "铅║9.9\nmg/kg║≤1"]
)
def test_items_that_do_not_come_apart(text: str) -> None:
    with pytest.raises(BadCell) as caught:
        split_combined(text, WORDS)
    assert caught.value.column == "failed"


def test_items_in_three_cells() -> None:
    plain = split_apart("铅", "1mg/kg", "≤0.5mg/kg", WORDS)
    assert plain == [Failure("铅", "1mg/kg", "≤0.5mg/kg")]
    colony = split_apart("菌落总数", "20；30；50", "n=5,c=2,m=1,M=9", WORDS)
    assert colony[0].result == "20；30；50", "the samples of one item are not taken for items"
    both = split_apart("铅\n菌落总数", "1mg/kg\n20；30；50", "≤0.5mg/kg\nn=5,c=2,m=1,M=9", WORDS)
    assert [one.result for one in both] == ["1mg/kg", "20；30；50"]
    assert [one.item for one in split_apart("铅；镉", "1；2", "≤1；≤2", WORDS)] == ["铅", "镉"]
    for cells in (("铅\n镉", "1mg/kg", "≤0.5mg/kg\n≤1mg/kg"), ("铅\n镉", "1\n2", "≤0.5mg/kg"), ("", "1", "2")):
        with pytest.raises(BadCell):
            split_apart(*cells, WORDS)


def test_columns_are_guessed_and_a_person_overrides() -> None:
    headers = ("序号", "标称生产企业名称", "被抽样单位名称", "食品名称", "规格型号", "商标", "生产日期/批号", "不合格项目║检验结果║标准值", "分类", "公告号", "公告日期", "任务来源/项目名称", "备注")  # fmt: skip
    guessed = guess_mapping(headers, WORDS)
    assert set(guessed) == {
        "maker", "sampled_from", "food", "spec", "brand", "produced", "failed", "category", "bulletin", "issued_on", "origin", "remark",
    }  # fmt: skip
    assert missing_columns(guessed, WORDS) == []
    table = Table("csv", headers, ())
    assert settle_mapping(table, {"number": "序号", "remark": ""}, WORDS)["number"] == "序号"
    assert "remark" not in settle_mapping(table, {"remark": ""}, WORDS)
    for told, code in (({"colour": "分类"}, "unknown_column"), ({"food": "菜名"}, "unknown_header")):
        with pytest.raises(InvalidInput) as caught:
            settle_mapping(table, told, WORDS)
        assert caught.value.errors[0].code == code


def test_unmapped_columns_stop_everything() -> None:
    table = Table("csv", ("甲", "乙"), (Row(2, {"甲": "鸭", "乙": "x"}),))
    with pytest.raises(InvalidInput, match="食品名称") as caught:
        read_samples(table, {}, WORDS)
    assert caught.value.errors[0].pointer == "/mapping"


def test_a_whole_row() -> None:
    row = record(
        生产日期="2025-07-20（购进日期）", 批号="/", 商标="鸭牌", 规格型号="500 g", 被抽样单位名称="某店", 公告日期="2026/3/1", 发布机关="试验局",
        生产许可证编号="SC10499999900113",
    )  # fmt: skip
    (sample,) = reading_of([row]).samples
    assert (sample.key, sample.task, sample.produced_on) == ("no:S1", "监督抽检", date(2025, 7, 20))
    assert (sample.lot, sample.brand, sample.spec, sample.sampled_from) == ("", "鸭牌", "500 g", "某店")
    assert (sample.issued_on, sample.issuer, sample.maker_code) == (date(2026, 3, 1), "试验局", "SC10499999900113")
    assert sample.failures == (Failure(**LEAD),)
    assert sample.row["商标"] == "鸭牌", "the row is kept as written"


def test_defaults_fill_what_rows_do_not_say_and_rows_win() -> None:
    bare = record()
    del bare["公告号"], bare["任务类型"]
    told = Defaults("第 3 号", "甲局", date(2026, 1, 1), "快检")
    first, second = reading_of([bare, record("S2")], told).samples
    assert (first.bulletin, first.task, first.issuer) == ("第 3 号", "快检", "甲局")
    assert (second.bulletin, second.task) == ("试验局 2026 年第 1 号", "监督抽检")
    codes = {error.code for error in reading_of([bare]).errors}
    assert codes == {"required"}
    assert {error.column for error in reading_of([bare]).errors} == {"公告号", "任务类型"}


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"食品名称": " "}, "食品名称", "required"),
        ({"食品名称": "鸭" * 201}, "食品名称", "too_long"),
        ({"任务类型": "抽查一下"}, "任务类型", "not_a_task"),
        ({"生产日期": "2026-02-30"}, "生产日期", "not_a_date"),
        ({"统一社会信用代码": "91500155MA5U7QX21A"}, "统一社会信用代码", "bad_code"),
        ({"备注": "x" * 2001}, "备注", "too_long"),
        ({"备注": "\x07响"}, "备注", "control_character"),
        ({"failed": []}, "failed", "required"),
        ({"failed": [LEAD] * 51}, "failed", "too_many"),
        ({"公告号": "号" * 101}, "公告号", "too_long"),
    ],
)
def test_row_errors_name_row_column_value_and_what_to_do(change: dict[str, Any], column: str, code: str) -> None:
    reading = reading_of([record("S0"), record(**change)])
    assert [one.number for one in reading.samples] == ["S0"]
    (error,) = reading.errors
    assert (error.row, error.column, error.code) == (2, column, code)
    assert len(error.detail) > 6


def test_one_number_twice_is_refused_unless_it_is_the_same_row() -> None:
    reading = reading_of([record(), record(), record(食品名称="另一只鸭")])
    assert len(reading.samples) == 2
    (error,) = reading.errors
    assert (error.row, error.code) == (3, "same_number")
    assert "第 1 行" in error.detail


def test_without_a_number_the_row_is_its_own_identity() -> None:
    rows = [record("/"), record("/"), record("/", 食品名称="别的")]
    keys = [one.key for one in reading_of(rows).samples]
    assert keys[0] == keys[1] != keys[2]
    assert keys[0].startswith("row:")


CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "/",
            "铅",
            "9.9mg/kg",
            "≤0.5mg/kg",
            "2026-05-02",
            "45945.0",
            "监督抽检",
            "试验 1 号",
            "不得使用",
            "=1+1",
            "a\nb",
        ]
    ),
    st.text(max_size=12),
)
HEADERS = ("抽样编号", "食品名称", "生产日期", "不合格项目", "检验结果", "标准值", "公告号", "任务类型", "说明栏")
GOOD = st.fixed_dictionaries(
    {
        "抽样编号": st.from_regex(r"[A-Z][0-9]{1,3}", fullmatch=True),
        "食品名称": st.just("鸭"),
        "生产日期": st.just("2026-05-02"),
        "不合格项目": st.just("铅"),
        "检验结果": st.just("9.9mg/kg"),
        "标准值": st.just("≤0.5mg/kg"),
        "公告号": st.just("一号"),
        "任务类型": st.just("监督抽检"),
        "说明栏": st.text("abc汉", max_size=3),
    }
)
ROWS = st.lists(st.one_of(GOOD, st.fixed_dictionaries(dict.fromkeys(HEADERS, CELLS))), max_size=12)


def as_read(rows: list[dict[str, str]]) -> Reading:
    table = Table("csv", HEADERS, tuple(Row(number, row) for number, row in enumerate(rows, 2)))
    return read_samples(table, settle_mapping(table, {}, WORDS), WORDS)


@given(ROWS)
def test_no_row_is_ever_lost(rows: list[dict[str, str]]) -> None:
    reading = as_read(rows)
    kept = {one.row_number for one in reading.samples}
    assert kept.isdisjoint(reading.refused)
    assert kept | set(reading.refused) == {row.number for row in reading.table.rows}
    assert len(reading.samples) + len(reading.refused) == len(rows)
    for error in reading.errors:
        assert error.detail
        assert error.column


@settings(max_examples=25)
@given(ROWS)
def test_the_file_of_refused_rows_comes_back_the_same(rows: list[dict[str, str]]) -> None:
    """Sent again unmended, the same cells are refused for the same reasons; nothing is added or forgotten."""
    reading = as_read(rows)
    again = read_file("待改.xlsx", error_file(reading), WORDS)
    told = {key: header for key, header in reading.mapping.items() if header in again.headers}
    second = read_samples(again, settle_mapping(again, told, WORDS), WORDS)
    # a number that clashed with an accepted row no longer does without it, and a control sign is shown as �
    alone = {e.row for e in reading.errors if e.code not in ("same_number", "control_character")}
    first_codes = [sorted(e.code for e in errors) for row, errors in reading.errors_of().items() if row in alone]
    by_row = {row.cells["原行号"]: second.errors_of().get(row.number, []) for row in again.rows}
    second_codes = [sorted(e.code for e in by_row[str(row)]) for row in sorted(alone)]
    assert len(again.rows) == len(reading.refused)
    assert second_codes == first_codes


def test_a_mended_row_goes_in_and_the_notes_are_no_part_of_it() -> None:
    reading = reading_of([record("S1"), record("S2", 生产日期="2026-13-01")])
    content = error_file(reading)
    import io

    book = load_workbook(io.BytesIO(content))
    sheet = book.active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    assert heads[-2:] == [ERROR_COLUMN, "原行号"]
    wrong = sheet.cell(2, heads.index("生产日期") + 1)
    assert wrong.fill.fgColor.rgb.endswith("FFF2CC")
    assert "2026-13-01" in sheet.cell(2, len(heads) - 1).value
    wrong.value = "2026-10-01"
    target = io.BytesIO()
    book.save(target)
    table = read_file("改好.xlsx", target.getvalue(), WORDS)
    mended = read_samples(table, settle_mapping(table, {}, WORDS), WORDS)
    (sample,) = mended.samples
    assert sample.number == "S2"
    assert ERROR_COLUMN not in sample.row
    whole = reading_of([record("S2", 生产日期="2026-10-01")]).samples[0]
    assert sample.digest == whole.digest, "the mended row is the row that the bulletin should have had"


def test_nothing_in_the_file_of_refused_rows_is_a_formula() -> None:
    import io

    reading = reading_of([record(备注='=HYPERLINK("http://x")', 食品名称="")])
    sheet = load_workbook(io.BytesIO(error_file(reading))).active
    assert sheet is not None
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "inlineStr"}
    assert all(cell.data_type != "f" for row in sheet for cell in row)


def test_a_json_list_of_records_with_half_characters_is_refused_row_by_row() -> None:
    table = read_file("a.json", json.dumps([record(备注="\ud800")]).encode(), WORDS)
    reading = read_samples(table, settle_mapping(table, {}, WORDS), WORDS)
    assert [error.code for error in reading.errors] == ["not_text"]
