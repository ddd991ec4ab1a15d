"""Candidates: who agrees on what gets which points, and that a stranger's batch of the same day is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.bulletins.matching import LEAST, MOST, WEIGHTS, Lot, Wanted, rank, score, similarity

DAY = date(2026, 5, 2)
WANTED = Wanted("山城试验食品有限公司", "SC10499999900113", "酱卤鸭", DAY, "A1")
LOT = Lot(7, "山城试验食品有限公司", ("SC10499999900113",), "酱卤鸭", DAY, "A1")


def test_full_agreement_has_all_the_points() -> None:
    found = score(WANTED, LOT)
    assert found.points == sum(WEIGHTS.values())
    assert len(found.reasons) == 5


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("山城试验食品有限公司", "山城试验食品厂", 0.8, 0.99),
        ("山城试验食品有限公司（演示）", "山城试验食品有限公司", 0.99, 1.0),
        ("重庆山城试验食品有限公司", "山城试验食品有限公司", 0.8, 0.99),
        ("山城食品有限公司", "海滨调味品有限公司", 0.0, 0.49),
        ("", "山城", 0.0, 0.0),
        ("有限公司", "有限公司", 1.0, 1.0),
    ],
)
def test_names(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(one, other) <= most


def test_each_point_of_comparison_says_why() -> None:
    far = replace(LOT, produced_on=DAY + timedelta(days=40), lot="B9", product="香辣鸭脖", codes=("SC1",))
    found = score(WANTED, far)
    text = "\n".join(found.reasons)
    for words in ("许可证或信用代码不同", "企业名称相同", "产品名称", "生产日期不同", "批号不同"):
        assert words in text
    near = score(WANTED, replace(LOT, produced_on=DAY + timedelta(days=1)))
    assert "差 1 天" in "\n".join(near.reasons)
    assert LEAST < near.points < sum(WEIGHTS.values())
    silent = score(Wanted("", "", "", None, ""), LOT)
    assert silent.points == 0
    assert "公告没有写企业名称" in silent.reasons


def test_an_alias_of_the_lot_counts() -> None:
    assert score(WANTED, replace(LOT, lot="X", aliases=("a1",))).points == sum(WEIGHTS.values())


def test_a_stranger_of_the_same_day_and_product_is_no_candidate() -> None:
    stranger = replace(LOT, maker="海滨调味品有限公司", codes=())
    assert rank(WANTED, [stranger]) == []
    assert rank(replace(WANTED, maker="", maker_code=""), [LOT]) == [], "a bulletin without a maker names nobody"
    assert [c.lot.batch_id for c in rank(replace(WANTED, maker=""), [LOT])] == [7], "the licence names it"


@given(st.lists(st.builds(lambda i, d, lot: replace(LOT, batch_id=i, produced_on=DAY + timedelta(days=d), lot=lot),
                          st.integers(1, 99), st.integers(-9, 9), st.sampled_from(["A1", "B"])), max_size=30))  # fmt: skip
def test_the_list_is_ordered_short_and_complete_at_the_top(lots: list[Lot]) -> None:
    found = rank(WANTED, lots)
    points = [one.points for one in found]
    assert points == sorted(points, reverse=True)
    assert len(found) == min(MOST, len(lots))
    if lots:
        assert points[0] == max(score(WANTED, lot).points for lot in lots)
    if len({lot.batch_id for lot in lots}) == len(lots):
        assert rank(WANTED, list(reversed(lots))) == found, "the order of the rows changes nothing"
