"""The figures of an announcement file, on a small fictional one and on the collected real ones where they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.announcements import figures, main, reading_of, reason_kind, table
from tests.fixtures.announced import COLONY, LEAD, record
from tests.standards.helpers import SHARED
from trace.bulletins.judging import ItemJudgement, judge, judge_facts
from trace.bulletins.models import Failure
from trace.standards import load_book

UNHEARD = {"item": "试验项目甲", "result": "1mg/kg", "limit": "≤0.5mg/kg"}
PASSES = {"item": "铅(以Pb计)", "result": "0.01mg/kg", "limit": "≤0.001mg/kg"}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    rows = [
        record("S1", failed=[LEAD, UNHEARD]),
        record("S2", failed=[COLONY]),
        record("S3", failed=[UNHEARD], 食品分类="饮料-茶饮料"),
        record("S4", 生产日期="2026-13-01"),
    ]
    target = tmp_path / "试验.json"
    target.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return target


def test_the_table_counts_samples_items_and_reasons(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = figures(reading_of(small), load_book())
    assert made.rows == 4
    assert len(made.refused) == 1
    meat = made.lines["肉制品"]
    assert (meat.samples, meat.items, meat.covered, meat.fail, meat.review, meat.passed) == (2, 3, 2, 2, 1, 0)
    assert made.total.samples == 3
    assert sum(made.reasons.values()) == 2
    text = "\n".join(table(made))
    assert "100.0%" in text
    assert "第 4 行 生产日期" in text
    assert main([str(small)]) == 0
    assert "合计 | 3 | 4 | 2 | 2 | 2 | 2 | 0" in capsys.readouterr().out
    assert main([]) == 2


def test_a_pass_is_a_fault_and_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "试验.json"
    target.write_text(json.dumps([record(failed=[PASSES])], ensure_ascii=False), encoding="utf-8")
    made = figures(reading_of(target), load_book())
    assert made.total.passed == 1
    assert "0.01mg/kg" in made.disagreements[0]
    assert main([str(target)]) == 1
    capsys.readouterr()


def test_a_sample_is_compared_item_by_item() -> None:
    book = load_book()
    failures = [Failure(**LEAD), Failure("铅(以Pb计)", "9.9", "≤0.5mg/kg"), Failure(**UNHEARD)]
    told = judge_facts("酱卤鸭", "肉制品-酱卤肉制品", "2026-10-05", failures, book)
    assert [one.outcome for one in told.items] == ["agree", "needs_review", "needs_review"]
    assert "没有单位" in told.items[1].reason, "one unreadable result does not silence the others"
    assert told.outcome == "needs_review"
    undated = judge_facts("酱卤鸭", "肉制品-酱卤肉制品", None, failures[:1], book)
    assert undated.outcome == "needs_review"
    assert "没有写生产日期" in undated.items[0].reason
    passing = judge_facts("酱卤鸭", "肉制品-酱卤肉制品", "2026-10-05", [Failure(**PASSES), failures[0]], book)
    assert passing.outcome == "disagree"


def test_like_reasons_are_counted_together() -> None:
    def item(name: str, food: str) -> ItemJudgement:
        reason = f"{name}实测 1mg/kg：名录中没有适用于“{food}”的限量"
        return ItemJudgement(name, "1mg/kg", "≤1", "needs_review", "needs_review", "", "", "", "", reason, False)

    assert reason_kind(item("铅", "碗")) == reason_kind(item("镉", "盘"))


def test_the_collected_announcements() -> None:
    """Every row is read or refused with a reason, none is judged a pass."""
    file = SHARED / "data" / "sampling-announcements-2026.json"
    if not file.exists():
        pytest.skip("the collected announcements are not here")
    reading = reading_of(file)
    made = figures(reading, load_book())
    assert made.rows == 588
    assert len(reading.samples) + len(reading.refused) == 588
    assert len(reading.refused) <= 25
    assert {error.code for error in reading.errors} <= {"not_a_limit", "value_as_item", "not_a_result"}
    assert made.total.passed == 0
    assert all(sample.produced_on is not None for sample in reading.samples)
    for sample in reading.samples[::7]:
        for one in judge(sample, load_book()).items:
            assert one.reason
