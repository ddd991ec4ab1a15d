"""Results that contradict each other, and no results at all, are named."""

from __future__ import annotations

import pytest

from tests.standards.helpers import ask, judged, one

BEEF = {"name": "卤牛肉", "category": "肉制品-酱卤肉制品", "ready_to_eat": True, "prepackaged": True}


@pytest.mark.parametrize("values", [("0.1", "0.5"), ("0.5", "0.1")])
def test_two_contradictory_results_go_to_a_person_and_the_failure_stands(values: tuple[str, str]) -> None:
    rows = [row for value in values for row in one("铅", value, unit="mg/kg")]
    answer = ask(BEEF, measurements=rows)
    assert answer.verdict == "fail"
    (told,) = [f for f in answer.findings if "互相矛盾" in f.reason]
    assert (told.status, told.clause_id, told.measurement) == ("needs_review", "PB-07-3", None)
    assert {f.status for index in (0, 1) for f in judged(answer, index)} == {"pass", "fail"}


def test_two_results_that_agree_are_no_contradiction() -> None:
    rows = [row for value in ("0.1", "0.2") for row in one("铅", value, unit="mg/kg")]
    assert not [f for f in ask(BEEF, measurements=rows).findings if "互相矛盾" in f.reason]


@pytest.mark.parametrize("product", [BEEF, {"name": "山药", "category": "食用农产品-蔬菜"}], ids=["beef", "yam"])
def test_an_empty_panel_is_no_pass_and_says_so(product: dict[str, object]) -> None:
    answer = ask(product)
    assert answer.verdict != "pass"
    assert any("没有检验结果" in f.reason for f in answer.findings)


def test_papers_in_order_are_no_pass_without_a_result() -> None:
    maker = [{"kind": "workshop", "number": "Z1", "valid_from": "2026-01-01", "valid_to": "2027-01-01"}]
    answer = ask({"name": "山药", "category": "食用农产品-蔬菜"}, maker=maker)
    assert {f.status for f in answer.findings if f.clause_id == "LIC-01"} == {"pass"}
    assert answer.verdict == "insufficient_evidence"
