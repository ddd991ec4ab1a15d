"""Is it 预制菜? Scope rules SCOPE-1..13 answer, say why, and say 不确定 when unsure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.helpers import ask, one

DISH = {
    "name": "酸菜鱼", "category": "速冻食品-速冻调制食品", "ready_to_eat": False, "prepackaged": True,
    "central_kitchen": False, "ingredients": ["草鱼", "食用盐"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "answer", "rule"),
    [
        ({}, "是", "SCOPE-1"),
        ({"name": "速冻水饺", "category": "速冻食品-速冻面米食品"}, "否", "SCOPE-2"),
        ({"name": "牛肉盖浇饭"}, "否", "SCOPE-2"),
        ({"name": "鲜切土豆丝（净菜）", "category": "蔬菜-马铃薯"}, "否", "SCOPE-3"),
        ({"ready_to_eat": True}, "否", "SCOPE-4"),
        ({"central_kitchen": True}, "否", "SCOPE-5"),
        ({"ingredients": ["草鱼", "山梨酸钾"]}, "否", "SCOPE-6"),
        ({"ingredients": ["草鱼", "郫县豆瓣"]}, "不确定", "SCOPE-7"),
        ({"ingredients": None}, "不确定", "SCOPE-1"),
        ({"ready_to_eat": None}, "不确定", "SCOPE-1"),
        ({"prepackaged": False}, "否", "SCOPE-1"),
        ({"name": "某某", "category": None}, "不确定", "SCOPE-1"),
    ],
)
def test_prepared_dish_or_not(change: dict[str, Any], answer: str, rule: str) -> None:
    first = ask(DISH | change).classification[0]
    assert (first.label, first.answer, first.rule) == ("预制菜", answer, rule)
    assert first.why


def test_a_detected_preservative_ends_the_claim_whatever_the_limits_say() -> None:
    answer = ask(DISH, measurements=one("山梨酸及其钾盐（以山梨酸计)", "0.05", unit="g/kg"))
    assert (answer.classification[0].answer, answer.classification[0].rule) == ("否", "SCOPE-6")
    assert {finding.status for finding in answer.findings if finding.clause_id.startswith("SCOPE")} == {"advisory"}


def test_the_grey_zone_goes_to_a_person() -> None:
    answer = ask(DISH | {"ingredients": ["榨菜"]})
    assert "SCOPE-7" in {finding.clause_id for finding in answer.findings if finding.status == "needs_review"}


def test_drafts_only_advise() -> None:
    answer = ask(DISH | {"shelf_life_days": 540, "heating": ""})
    drafts = {finding.clause_id: finding.status for finding in answer.findings if finding.clause_id.startswith("SCOPE")}
    assert drafts == {"SCOPE-8": "advisory", "SCOPE-10": "advisory"}
    assert answer.verdict == "not_applicable"


def test_the_five_labels() -> None:
    labels = {one.label: one.answer for one in ask(DISH).classification}
    assert labels == {"预制菜": "是", "主食": "否", "净菜": "否", "即食": "否", "中央厨房": "否"}


def test_nobody_said_ready_to_eat_so_the_claim_stays_open() -> None:
    unsaid = {key: value for key, value in DISH.items() if key != "ready_to_eat"}
    answer = ask(unsaid | {"name": "酱卤鸭", "category": "肉制品-熟肉制品-酱卤肉制品"})
    labels = {one.label: (one.answer, one.why) for one in answer.classification}
    assert labels["预制菜"] == ("不确定", "未说明是否须加热或熟制后食用")
    assert labels["即食"] == ("不确定", "未说明是否即食")
