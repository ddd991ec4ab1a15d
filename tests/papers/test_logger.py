"""Loggers' files: the columns are found, times follow the stated rule, wrong rows are named, and order never matters."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.papers import readings
from trace.context import SHANGHAI
from trace.errors import InvalidInput
from trace.journal.documents import OUR_CONTEXT
from trace.papers.logger import Taken, columns_of, read_log, readings_in, summary
from trace.papers.sensors import sensor_elements, series_in, within_limits
from trace.standards import evaluate, facts_from_request, load_book


def taken(text: str, name: str = "log.csv", encoding: str = "utf-8", **picked: str) -> Taken:
    log = read_log(name, text.encode(encoding))
    return readings_in(log, columns_of(log, picked))


@pytest.mark.parametrize(
    ("header", "row", "at", "celsius"),
    [
        ("时间,温度(℃)", "2026-11-23 08:05,-18.5", "2026-11-23T08:05:00+08:00", "-18.5"),
        ("记录时间,温度", "2026/11/23 8:05:30,-18.50 ℃", "2026-11-23T08:05:30+08:00", "-18.5"),
        ("序号,日期,时间,温度℃,湿度%", "1,2026-1-1,18:30,4,60", "2026-01-01T18:30:00+08:00", "4"),
        ("Date Time(UTC),Temperature(C)", "2026-11-23T00:05:00,−18", "2026-11-23T08:05:00+08:00", "-18"),
        ("Time (GMT+9),CH1", "2026-11-23 09:05,3.25", "2026-11-23T08:05:00+08:00", "3.25"),
        ("时间,温度", "2026-11-23T01:05:00+01:00,7", "2026-11-23T08:05:00+08:00", "7"),
        ("采集时间,温度上限,温度值", "2026年11月23日 下午3时5分,10,4.5", "2026-11-23T15:05:00+08:00", "4.5"),
        ("时间,温度", "2026-11-23 12:05:00 AM,0", "2026-11-23T00:05:00+08:00", "0"),
        ("时间\t温度", "2026.11.23 08:05\t＋1．5", "2026-11-23T08:05:00+08:00", "1.5"),
        ("时间;温度", "2026-11-23 08:04:59.999998;2", "2026-11-23T08:05:00+08:00", "2"),
    ],
)
def test_a_row_means_one_reading(header: str, row: str, at: str, celsius: str) -> None:
    found = taken(f"{header}\n{row}\n")
    assert found.errors == ()
    assert found.readings == ({"at": at, "celsius": celsius},)
    assert found.rows == (2,)


def test_settings_above_the_table_and_old_encodings_are_no_hindrance() -> None:
    text = "设备编号,TH-0231\n记录间隔,5 min\n\n序号,时间,温度(℃)\n1,2026-11-23 08:00,-19.1\n2,2026-11-23 08:05,-19.0\n"
    found = taken(text, encoding="gb18030")
    assert [one["celsius"] for one in found.readings] == ["-19.1", "-19"]
    assert found.rows == (5, 6)


def test_a_workbook_is_read_as_a_person_sees_it() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["时间", "1号探头温度(℃)"])
    start = datetime(2026, 11, 23, 23, 50, tzinfo=SHANGHAI).replace(tzinfo=None)
    for i in range(4):
        sheet.append([start + timedelta(minutes=5 * i), -18.5 + i / 10])
    kept = BytesIO()
    book.save(kept)
    log = read_log("探头.xlsx", kept.getvalue())
    found = readings_in(log, columns_of(log))
    assert [one["at"][11:16] for one in found.readings] == ["23:50", "23:55", "00:00", "00:05"]
    assert [one["celsius"] for one in found.readings] == ["-18.5", "-18.4", "-18.3", "-18.2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("时间,温度\n2026-11-23 08:00,-18\n11/23/2026 08:05,-18\n", "第 3 行：时间“11/23/2026 08:05”读不懂"),
        ("时间,温度\n2026-02-30 08:00,-18\n", "第 2 行：时间“2026-02-30 08:00”不是真实的时间"),
        ("时间,温度\n2026-11-23,-18\n", "第 2 行：时间“2026-11-23”只有日期"),
        ("时间,温度\n2026-11-23 08:00,关机\n", "第 2 行：温度“关机”不是一个数"),
        ('时间,温度\n2026-11-23 08:00,"-18,5"\n', "第 2 行：温度“-18,5”不是一个数"),
        ("时间,温度\n2026-11-23 08:00,\n", "第 2 行：温度是空的"),
        ("时间,温度\n,-18\n", "第 2 行：时间是空的"),
        ("时间,温度\n2026-11-23 08:00,40 °F\n", "第 2 行：温度“40 °F”是华氏度"),
        ("时间,温度(℉)\n2026-11-23 08:00,40\n", "“温度(℉)”是华氏度"),
        ("时间,湿度\n2026-11-23 08:00,40\n", "请选择温度列；文件的列有：时间、湿度"),
        ("时间,温度\n", "没有读数"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_taken(text: str, says: str) -> None:
    found = taken(text)
    assert found.readings == ()
    assert any(says in one.detail for one in found.errors), [one.detail for one in found.errors]


def test_a_person_picks_among_several_probes() -> None:
    text = "时间,车厢前温度,车厢后温度\n2026-11-23 08:00,-19,-15\n"
    assert taken(text).readings[0]["celsius"] == "-19"
    assert taken(text, temperature="车厢后温度").readings[0]["celsius"] == "-15"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"%PDF-", "不能读"),
        ("a.xlsx", b"time,temp", "不能读"),
        ("a.xlsx", b"PK\x03\x04 broken", "已损坏"),
        ("a.csv", b"", "空的"),
        ("a.csv", b"\x00\x01\xff", "编码"),
        ("a.csv", "说明\n没有表格\n".encode(), "没有找到表格"),
        ("a.csv", b"x" * (5 * 1024 * 1024 + 1), "5 MB"),
        ("a.csv", ("时间,温度\n" + "2026-11-23 08:00,-18\n" * 20_001).encode(), "最多 20000 个"),
        ("a.csv", ("时间,温度\n" + "2026-11-23 08:00,-18\n" * 100_000).encode(), "最多 20000 个"),
    ],
)
def test_a_file_that_is_no_series_is_refused_whole(name: str, content: bytes, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_log(name, content)
    assert says in refused.value.errors[0].detail


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_chinese(text: str) -> None:
    with suppress(InvalidInput):
        found = taken("时间,温度\n" + text)
        assert bool(found.readings) != bool(found.errors)


_series = st.lists(
    st.decimals(min_value=-40, max_value=95, places=1, allow_nan=False).map(lambda d: f"{d:f}"), min_size=1, max_size=30
)


@given(_series, st.randoms(use_true_random=False))
def test_the_order_of_readings_never_matters(values: list[str], chance: random.Random) -> None:
    rows = list(readings(values))
    mixed = rows[:]
    chance.shuffle(mixed)
    assert summary(rows) == summary(mixed)
    stated = {"what": "冷链配送食品温度", "interval_minutes": 5}
    events = [sensor_elements(stated | {"readings": one}, "TH-1") for one in (rows, mixed)]
    assert events[0] == events[1]
    elements, beside = events[0]
    taken_in, left = within_limits(series_in({"@context": [OUR_CONTEXT], "sensorElementList": elements} | beside))
    assert left == []
    assert [Decimal(one["celsius"]) for one in taken_in[0]["readings"]] == [Decimal(one) for one in values]
    book = load_book()

    def judged(given_rows: list[dict[str, str]]) -> object:
        request = {
            "product": {"name": "酱卤鸭", "category": "肉制品-酱卤肉制品", "storage": "冷藏"},
            "stage": "加",
            "any_stage": True,
            "produced_on": "2026-11-23",
            "temperatures": [stated | {"readings": given_rows}],
        }
        return evaluate(book, facts_from_request(request, book)).findings

    assert judged(rows) == judged(mixed)


def test_a_summary_says_what_is_missing_between() -> None:
    first = datetime(2026, 11, 23, 8, tzinfo=SHANGHAI)
    rows = [
        {"at": (first + timedelta(minutes=m)).isoformat(), "celsius": c}
        for m, c in ((0, "-19"), (5, "-18.5"), (10, "-12"), (55, "-18"))
    ]
    found = summary(rows)
    assert (found.count, found.lowest, found.highest) == (4, Decimal("-19"), Decimal("-12"))
    assert (found.usual_minutes, found.longest_minutes) == (5, 45)
    assert (found.first, found.last) == ("2026-11-23T08:00:00+08:00", "2026-11-23T08:55:00+08:00")
