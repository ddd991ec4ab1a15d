"""Two-step species, dried food, sums of ratios, bound methods, third-party reports, type tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.helpers import ask, judged, one
from trace.standards import Evaluation

FISH = "水产动物及其制品:非肉食性鱼类"
DRIED_SHRIMP = "水产制品:干制水产品:甲壳类制品"
PICKLE = "蔬菜制品:酱腌菜"


def statuses(answer: Evaluation, clause: str) -> list[str]:
    return [finding.status for finding in answer.findings if finding.clause_id == clause]


# Species (SEM-5).


@pytest.mark.parametrize(
    ("total", "species", "statuses_"),
    [
        ("0.5", None, ["pass"]),
        ("0.51", None, ["insufficient_evidence"]),
        ("0.9", "0.5", ["not_applicable", "pass"]),
        ("0.9", "0.51", ["not_applicable", "fail"]),
        (None, "0.5", ["pass"]),
        (None, "0.51", ["fail"]),
    ],
)
def test_a_total_within_the_species_limit_conforms(
    total: str | None, species: str | None, statuses_: list[str]
) -> None:
    rows = one("总汞(以Hg计)", total, unit="mg/kg") if total else []
    rows += one("甲基汞(以Hg计)", species, unit="mg/kg") if species else []
    answer = ask(FISH, measurements=rows)
    assert statuses(answer, "HG-01-1") == statuses_


def test_the_missing_species_is_named() -> None:
    answer = ask({"name": "草鱼", "category": "水产品-淡水鱼"}, measurements=one("总砷", "0.2", unit="mg/kg"))
    (finding,) = judged(answer)
    assert (finding.status, finding.parameter) == ("insufficient_evidence", "总砷")
    assert "缺少无机砷结果" in finding.reason
    assert answer.verdict == "insufficient_evidence"


def test_an_undetected_total_speaks_for_its_species() -> None:
    assert judged(ask(FISH, measurements=one("总汞", "未检出", unit="mg/kg", lod="0.01")))[0].status == "pass"
    (blind,) = judged(ask(FISH, measurements=one("总汞", "未检出", unit="mg/kg")))
    assert blind.status == "insufficient_evidence"
    assert "甲基汞" in blind.reason


def test_a_total_limit_of_its_own_stays_what_it_is() -> None:
    (finding,) = judged(ask("肉及肉制品:肉类", measurements=one("总汞", "0.06", unit="mg/kg")))
    assert (finding.clause_id, finding.status) == ("HG-02-3", "fail")


@pytest.mark.parametrize(
    ("food", "limit"),
    [("金枪鱼", "1.2"), ("金目鲷", "1.5"), ("枪鱼", "1.7"), ("鲨鱼", "1.6")],
)
def test_big_predators_have_limits_of_their_own(food: str, limit: str) -> None:
    category = f"{food}及其制品"
    assert judged(ask(category, measurements=one("甲基汞", limit, unit="mg/kg")))[0].status == "pass"
    assert judged(ask(category, measurements=one("甲基汞", limit + "1", unit="mg/kg")))[0].status == "fail"


# Dried food (SEM-6).


@pytest.mark.parametrize(
    ("value", "more", "status"),
    [
        ("0.5", {}, "pass"),
        ("0.8", {}, "insufficient_evidence"),
        ("0.8", {"dehydration": "75"}, "pass"),
        ("2.0", {"dehydration": "75"}, "pass"),
        ("2.01", {"dehydration": "75"}, "fail"),
        ("2.0", {"moisture_fresh": "80", "moisture_dried": "20"}, "pass"),
        ("2.01", {"moisture_fresh": "80", "moisture_dried": "20"}, "fail"),
    ],
)
def test_dried_shrimp_is_judged_by_the_fresh_limit_and_the_water_lost(
    value: str, more: dict[str, str], status: str
) -> None:
    product = {"name": "样品", "category": DRIED_SHRIMP} | more
    (finding,) = judged(ask(product, measurements=one("铅", value, unit="mg/kg")))
    assert finding.status == status
    if status == "insufficient_evidence":
        assert "脱水率" in finding.reason


def test_dried_fish_and_fungi_and_not_dried_meat() -> None:
    fish = {"name": "样品", "category": "水产制品:干制水产品:鱼类制品"}
    assert judged(ask(fish, measurements=one("铅", "0.6", unit="mg/kg")))[0].status == "insufficient_evidence"
    fungus = {"name": "样品", "category": "食用菌制品:干制食用菌:香菇制品", "dehydration": "90"}
    assert judged(ask(fungus, measurements=one("镉", "5.0", unit="mg/kg")))[0].status == "pass"
    assert judged(ask(fungus, measurements=one("镉", "5.1", unit="mg/kg")))[0].status == "fail"
    jerky = {"name": "牛肉干", "category": "肉制品-熟肉干制品", "dehydration": "90"}
    assert judged(ask(jerky, measurements=one("铅", "0.31", unit="mg/kg")))[0].status == "fail"


def test_an_unknown_fresh_food_is_reviewed_between_its_limits() -> None:
    """Dried seafood that may be shrimp (0.5), mussel (1.5) or another (1.0)."""
    product = {"name": "样品", "category": "水产制品:干制水产品（鱼类制品、海蜇制品除外）", "dehydration": "50"}
    for value, status in (("1.0", "pass"), ("2.0", "needs_review"), ("3.1", "fail")):
        assert judged(ask(product, measurements=one("铅", value, unit="mg/kg")))[0].status == status


def test_the_species_step_and_the_water_lost_together() -> None:
    product = {"name": "样品", "category": "水产制品:干制水产品:甲壳类制品", "dehydration": "50"}
    for value, status in (("1.0", "pass"), ("1.1", "insufficient_evidence")):
        assert judged(ask(product, measurements=one("总砷", value, unit="mg/kg")))[0].status == status


# Conditions of table notes.


def test_tin_binds_only_tinplate() -> None:
    can = {"name": "样品", "category": "蔬菜罐头"}
    row = one("锡", "251", unit="mg/kg")
    assert judged(ask(can, measurements=row))[0].status == "needs_review"
    assert judged(ask(can | {"processing": "马口铁罐装"}, measurements=row))[0].status == "fail"


def test_chloropropanediol_binds_seasoning_with_hydrolysed_protein() -> None:
    sauce = {"name": "样品", "category": "调味品:液体复合调味料"}
    row = one("3-氯-1,2-丙二醇", "0.41", unit="mg/kg")
    assert judged(ask(sauce, measurements=row))[0].status == "needs_review"
    with_it = sauce | {"ingredients": ["水", "酸水解植物蛋白调味液"]}
    assert judged(ask(with_it, measurements=row))[0].status == "fail"


# Sums of ratios (SEM-9).


@pytest.mark.parametrize(
    ("sorbic", "benzoic", "more", "status"),
    [
        ("0.5", "0.5", {}, ["pass"]),
        ("0.5", "0.501", {}, ["fail"]),
        ("500 mg/kg", "0.5 g/kg", {}, ["pass"]),
        ("0.9", "未检出", {}, []),
        ("未检出", "未检出", {}, []),
        ("0.9", "检出", {}, ["insufficient_evidence"]),
        ("1.1", "检出", {}, ["fail"]),
        ("0.9", "0.004", {"lod": "0.005"}, []),
        ("0.9", "0.2", {"lod": "0.3"}, ["insufficient_evidence"]),  # up to 0.3 of it may be there
    ],
)
def test_preservatives_together(sorbic: str, benzoic: str, more: dict[str, str], status: list[str]) -> None:
    rows = one("山梨酸及其钾盐(以山梨酸计)", sorbic, unit="g/kg") + one("苯甲酸及其钠盐", benzoic, unit="g/kg", **more)
    for measurements in (rows, rows[::-1]):
        assert statuses(ask(PICKLE, measurements=measurements), "ADD-MIX") == status


def test_an_additive_without_a_known_maximum_is_never_left_out() -> None:
    rows = one("山梨酸", "0.1", unit="g/kg") + one("丙酸", "0.1", unit="g/kg")
    answer = ask(PICKLE, measurements=rows)
    assert statuses(answer, "ADD-MIX") == ["needs_review"]
    assert "丙酸" in next(f.reason for f in answer.findings if f.clause_id == "ADD-MIX")


def test_an_undetected_third_one_counts_up_to_its_limit_of_detection() -> None:
    rows = one("山梨酸", "0.5", unit="g/kg") + one("苯甲酸", "0.4", unit="g/kg")
    undetected = one("脱氢乙酸", "未检出", unit="g/kg")
    assert statuses(ask(PICKLE, measurements=rows + undetected), "ADD-MIX") == ["insufficient_evidence"]
    for lod, status in (("0.01", "pass"), ("0.2", "insufficient_evidence")):
        assert statuses(ask(PICKLE, measurements=[*rows, undetected[0] | {"lod": lod}]), "ADD-MIX") == [status]


def test_several_samples_decide_only_where_all_do() -> None:
    rows = one("山梨酸", "0.1", "0.6", unit="g/kg") + one("苯甲酸", "0.6", "0.1", unit="g/kg")
    assert statuses(ask(PICKLE, measurements=rows), "ADD-MIX") == ["needs_review"]


@pytest.mark.parametrize(("value", "status"), [("1", "pass"), ("0.98", "pass"), ("1.38", "fail")])
def test_a_reported_sum_is_judged_by_itself(value: str, status: str) -> None:
    name = "防腐剂混合使用时各自用量占其最大使用量的比例之和"
    (finding,) = judged(ask({"name": "手工芥菜丝", "category": "蔬菜制品-酱腌菜"}, measurements=one(name, value)))
    assert (finding.clause_id, finding.status) == ("ADD-MIX", status)


# Methods and reports.


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("GB 5009.12", False),
        ("GB 5009.12-2023", False),
        ("ＧＢ5009.12—2017 第一法", False),
        ("GB 5009.123-2023", True),
        ("GB/T 5009.12", True),
        ("企业方法", True),
    ],
)
def test_a_method_that_is_not_bound_is_an_advisory(method: str, told: bool) -> None:
    answer = ask("肉制品-酱卤肉制品", measurements=one("铅", "0.1", unit="mg/kg", method=method))
    advice = [one for one in answer.findings if one.status == "advisory" and one.clause_id == "PB-07-3"]
    assert bool(advice) == told
    assert judged(answer)[0].status == "pass"
    assert all("GB 5009.12" in one.reason for one in advice)


COOKED = {"name": "卤牛肉", "category": "肉制品-酱卤肉制品", "executed_standard": "GB/T 23586-2022"}
REPORT = {"kind": "委托", "number": "W-1", "laboratory": "演示检测中心", "cma": "C1", "lot": "L1"}
TYPE = REPORT | {"kind": "型式", "number": "X-9", "lot": "", "issued_on": "2026-05-01", "conclusion": "符合"}


@pytest.mark.parametrize(
    ("report", "clause", "said"),
    [
        (REPORT | {"cma": ""}, "EVI-01", "没有写资质认定（CMA）编号"),
        (REPORT | {"kind": "监督抽检", "laboratory": ""}, "EVI-01", "没有写检验机构"),
        (TYPE | {"cma": ""}, "EVI-01", "型式检验报告 X-9"),
        (REPORT | {"sampled_on": "2026-09-30"}, "EVI-02", "早于生产日"),
        (REPORT | {"sampled_on": "2026-10-03", "issued_on": "2026-10-02"}, "EVI-02", "早于抽样日期"),
    ],
)
def test_a_report_that_proves_nothing_is_missing_evidence(report: dict[str, str], clause: str, said: str) -> None:
    answer = ask(COOKED, reports=[report], lot="L1")
    (finding,) = [one for one in answer.findings if one.clause_id == clause]
    assert finding.status == "insufficient_evidence"
    assert said in finding.reason


@pytest.mark.parametrize(
    "report",
    [
        REPORT,
        REPORT | {"kind": "出厂自检", "cma": "", "laboratory": ""},
        REPORT | {"kind": "快检", "cma": ""},
        TYPE | {"sampled_on": "2026-04-01"},
        REPORT | {"lot": "L2", "sampled_on": "2026-09-30"},
    ],
)
def test_a_sound_report_gives_no_such_finding(report: dict[str, str]) -> None:
    answer = ask(COOKED, reports=[report], lot="L1")
    assert not statuses(answer, "EVI-01") + statuses(answer, "EVI-02")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"executed_standard": "GB/T 23586-2009"}, "产品执行 GB/T 23586-2022，不计入"),
        ({"product": "卤鸭"}, "检验的是“卤鸭”，不是“卤牛肉”，不计入"),
        ({"valid_to": "2026-09-30"}, "已过期，不计入"),
        ({"issued_on": "2026-10-02"}, "晚于生产日"),
        ({"issued_on": ""}, "没有签发日期，不计入"),
    ],
)
def test_a_type_test_that_does_not_match_is_not_counted(change: dict[str, Any], said: str) -> None:
    notes = ask(COOKED, reports=[TYPE | change], lot="L1").notes
    assert any(said in note for note in notes)
    assert not any("本批未测" in note for note in notes)


def test_a_type_test_of_the_same_standard_counts_however_it_is_written() -> None:
    report = TYPE | {"executed_standard": "gb/t 23586—2022", "product": "卤牛肉"}
    assert any("铅：本批未测；最近型式检验 2026-05-01·X-9" in note for note in ask(COOKED, reports=[report]).notes)


def test_an_inaccurate_total_does_not_count_its_species_as_untested() -> None:
    fish = {"name": "草鱼", "category": FISH}
    rows = one("总汞", "0.1", unit="mg/kg")
    notes = ask(fish, reports=[TYPE], measurements=rows).notes
    assert not any(note.startswith("甲基汞：本批未测") for note in notes)
    assert any(note.startswith("甲基汞：本批未测") for note in ask(fish, reports=[TYPE]).notes)
