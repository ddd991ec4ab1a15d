"""Results that look good and prove nothing: too coarse a method, another way of counting, parts of a whole."""

from __future__ import annotations

import pytest

from tests.standards.helpers import ask, judged, one
from trace.errors import InvalidInput

FISH = {"name": "鲫鱼", "category": "食用农产品-水产品-淡水鱼"}
BEEF = {"name": "酱牛肉", "category": "肉制品-酱卤肉制品", "prepackaged": True}
PICKLE = {"name": "老坛泡菜", "category": "蔬菜制品-酱腌菜"}


@pytest.mark.parametrize(
    ("value", "lod", "status"),
    [
        ("未检出", "0.3", "pass"),
        ("未检出", "5000", "insufficient_evidence"),
        ("<0.3", "", "pass"),
        ("<100", "", "insufficient_evidence"),
        ("0.4", "5000", "insufficient_evidence"),
        ("6000", "5000", "fail"),
        ("检出", "5000", "fail"),
    ],
)
def test_a_forbidden_substance_needs_a_method_that_could_find_it(value: str, lod: str, status: str) -> None:
    (finding,) = judged(ask(FISH, measurements=one("氯霉素", value, unit="µg/kg", lod=lod)))
    assert finding.status == status


def test_the_sensitivity_is_the_same_in_every_unit() -> None:
    coarse = one("氯霉素", "未检出", unit="mg/kg", lod="0.1")
    assert judged(ask(FISH, measurements=coarse))[0].status == "insufficient_evidence"
    assert judged(ask(FISH, measurements=one("氯霉素", "未检出", unit="mg/kg", lod="0.0001")))[0].status == "pass"
    assert (
        judged(ask(FISH, measurements=one("氯霉素", "未检出", unit="mg/L", lod="0.0001")))[0].status == "needs_review"
    )


@pytest.mark.parametrize(("unit", "status"), [("/25g", "pass"), ("CFU/g", "needs_review"), ("MPN/g", "needs_review")])
@pytest.mark.parametrize("value", ["未检出", "0"])
def test_a_plate_count_says_nothing_of_a_portion(unit: str, status: str, value: str) -> None:
    assert judged(ask(BEEF, measurements=one("沙门氏菌", *[value] * 5, unit=unit)))[0].status == status


def test_not_found_in_another_count_is_not_compared() -> None:
    (finding,) = judged(ask(BEEF, measurements=one("大肠菌群", *["未检出"] * 5, unit="MPN/100g")))
    assert (finding.status, "MPN/100g" in finding.reason) == ("needs_review", True)


def test_preservatives_a_coarse_method_could_not_see_count_in_the_sum() -> None:
    sorbic = one("山梨酸", "0.6", unit="g/kg")
    assert ask(PICKLE, measurements=sorbic + one("苯甲酸", "<0.5", unit="g/kg")).verdict == "insufficient_evidence"
    assert ask(PICKLE, measurements=sorbic + one("苯甲酸", "<0.005", unit="g/kg")).verdict == "pass"
    coarse = one("脱氢乙酸", "未检出", unit="g/kg", lod="0.2")
    assert ask(PICKLE, measurements=sorbic + coarse).verdict == "insufficient_evidence"


def test_what_is_limited_together_is_added() -> None:
    pork = {"name": "猪肉", "category": "食用农产品-畜肉"}
    first = one("土霉素", "150", unit="µg/kg")
    assert ask(pork, measurements=first + one("金霉素", "0.04", unit="mg/kg")).verdict == "pass"
    answer = ask(pork, measurements=first + one("金霉素", "0.15", unit="mg/kg"))
    assert answer.verdict == "fail"
    assert any("合计 300" in finding.reason for finding in answer.findings)
    assert ask(pork, measurements=first * 2).verdict == "pass", "one substance twice is no sum"


def test_a_count_that_may_have_lost_its_power_is_asked_about() -> None:
    panel = one("大肠菌群", *["<10"] * 5, unit="CFU/g")
    lost = ask(BEEF, measurements=panel + one("菌落总数", "105", *["1.0×10³"] * 4, unit="CFU/g"))
    assert lost.verdict == "needs_review"
    assert any("10 的 5 次方" in finding.reason for finding in lost.findings)
    assert ask(BEEF, measurements=panel + one("菌落总数", "103", *["110"] * 4, unit="CFU/g")).verdict == "pass"
    with pytest.raises(InvalidInput) as refused:
        ask(BEEF, measurements=one("菌落总数", "10 5", unit="CFU/g"))
    assert refused.value.errors[0].code == "ambiguous_space"


def test_a_prohibition_that_may_apply_is_asked_about_beside_a_sure_limit() -> None:
    """Stored frozen it may be a 速冻调制食品, in which sorbic acid has no place."""
    roe = {"name": "鱼籽", "category": "鱼子制品", "storage": "冷冻"}
    statuses = [f.status for f in judged(ask(roe, measurements=one("山梨酸", "0.05", unit="g/kg")))]
    assert statuses == ["pass", "needs_review"]
    chilled = judged(ask(roe | {"storage": "冷藏"}, measurements=one("山梨酸", "0.05", unit="g/kg")))
    assert [f.status for f in chilled] == ["pass"]


def test_a_clean_result_burdens_nobody_though_its_limit_only_may_apply() -> None:
    base = {"name": "老灶火锅底料", "category": "调味品-火锅底料", "prepackaged": True}
    clean = one("沙门氏菌", *["未检出"] * 5, unit="/25g")
    assert judged(ask(base, measurements=clean))[0].status == "advisory"
    found = one("沙门氏菌", "检出", *["未检出"] * 4, unit="/25g")
    assert judged(ask(base, measurements=found))[0].status == "needs_review"
    plums = {"name": "柚皮糖", "category": "糖果制品-果脯蜜饯"}
    assert judged(ask(plums, measurements=one("甜蜜素", "未检出", unit="g/kg", lod="0.01")))[0].status == "advisory"
    assert judged(ask(plums, measurements=one("甜蜜素", "0.5", unit="g/kg")))[0].status == "needs_review"


DUCK = {"name": "酱卤鸭", "category": "肉制品-酱卤肉制品", "prepackaged": True}
GOOD = {"kind": "出厂自检", "number": "R1", "issued_on": "2026-10-02", "conclusion": "合格", "lot": "A1"}
THIRD = {"laboratory": "某检测中心", "cma": "210000000000"}


@pytest.mark.parametrize(
    ("reports", "verdict"),
    [
        ([GOOD], "pass"),
        ([GOOD, GOOD | {"number": "R2", "conclusion": "不合格"}], "fail"),
        ([GOOD | {"conclusion": "未检"}], "insufficient_evidence"),
        ([GOOD | {"conclusion": ""}], "insufficient_evidence"),
        ([GOOD | {"product": "香辣豆干"}], "insufficient_evidence"),
        ([GOOD | {"product": "香辣豆干"}, GOOD], "pass"),
        ([GOOD, GOOD | THIRD | {"kind": "监督抽检", "number": "J1", "conclusion": "不合格"}], "needs_review"),
        ([GOOD, GOOD | THIRD | {"kind": "监督抽检", "number": "J1", "conclusion": "不合格", "lot": "B2"}], "pass"),
        ([GOOD, GOOD | {"kind": "快检", "number": "K1", "conclusion": "阳性"}], "needs_review"),
        ([GOOD | {"kind": "快检", "number": "K1"}], "insufficient_evidence"),
    ],
)
@pytest.mark.parametrize("order", [1, -1], ids=["as given", "reversed"])
def test_reports_speak_for_the_batch_or_against_it(reports: list[dict[str, str]], verdict: str, order: int) -> None:
    panel = one("菌落总数", *["100"] * 5, unit="CFU/g") + one("大肠菌群", *["<10"] * 5, unit="CFU/g")
    licence = {"kind": "食品生产许可证", "number": "SC1", "valid_from": "2024-01-01", "valid_to": "2029-01-01"}
    answer = ask(DUCK, measurements=panel, lot="A1", maker=[licence], reports=reports[::order])
    assert answer.verdict == verdict, [f.reason for f in answer.findings if f.status != "pass"]


def test_a_clean_portion_of_what_is_not_limited_burdens_nobody() -> None:
    lettuce = {"name": "鲜切莴笋", "category": "食用农产品-蔬菜"}
    clean = one("沙门氏菌", *["未检出"] * 5, unit="/25g")
    assert judged(ask(lettuce, measurements=clean))[0].status == "advisory"


def test_a_unit_in_the_name_counts_and_must_not_contradict() -> None:
    assert judged(ask(BEEF, measurements=one("铅(μg/kg)", "301")))[0].status == "fail"
    for name, code in (("山梨酸(g/kg)", "contradiction"), ("菌落总数(lgCFU/g)", "logarithm")):
        with pytest.raises(InvalidInput) as refused:
            ask(BEEF, measurements=one(name, "0.5", unit="mg/kg"))
        assert code in [error.code for error in refused.value.errors]
    assert judged(ask(BEEF, measurements=one("铅(mg/kg)", "0.31", unit="mg/kg")))[0].status == "fail"
