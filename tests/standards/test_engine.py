"""What is owed, what was not asked, where a product stands, and what a finding says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.helpers import ask, judged, one
from trace.standards import evaluation_to_json, load_book
from trace.standards.models import NOTICE

COOKED = {"name": "卤牛肉", "category": "肉制品-酱卤肉制品", "ready_to_eat": True, "prepackaged": True}
CLEAN = [
    {"parameter": "菌落总数", "values": ["100", "200", "10", "<10", "300"], "unit": "CFU/g"},
    {"parameter": "大肠菌群", "values": ["<10"] * 5, "unit": "CFU/g"},
]
SC = {"kind": "sc", "number": "SC10499900000001", "valid_from": "2024-01-01", "valid_to": "2028-12-31"}
WORKSHOP = {"kind": "workshop", "number": "演示坊0001", "valid_from": "2024-01-01", "valid_to": "2028-12-31"}
REPORT = {"kind": "出厂自检", "number": "R-1", "lot": "L1", "issued_on": "2026-10-02", "conclusion": "符合"}
INPUT = {
    "name": "牛腱", "quantity": "100 kg", "lot_or_date": "B7", "supplier": "演示屠宰场", "received_on": "2026-09-30",
    "documents": [{"kind": "动物检疫合格证明", "number": "D1", "valid_to": "2026-10-05"}],
}  # fmt: skip


def by_clause(answer: Any) -> dict[str, str]:
    return {finding.clause_id: finding.status for finding in answer.findings}


def test_a_clean_batch_passes_and_says_so_with_the_notice() -> None:
    answer = ask(COOKED, measurements=CLEAN)
    assert answer.verdict == "pass"
    shape = evaluation_to_json(answer)
    assert shape["notice"] == NOTICE == "系统比对，不是检验结论"
    assert shape["rulebook"] == load_book().version
    assert shape["product"]["category"] == "肉及肉制品:肉制品:熟肉制品:酱卤肉制品类"
    assert [finding["measurement"] for finding in shape["findings"]] == [0, 1]
    needed = {"status", "standard", "edition", "clause", "parameter", "value", "limit", "unit", "source", "confidence",
              "evidence", "reason", "measurement"}  # fmt: skip
    assert all(needed <= set(finding) for finding in shape["findings"])


def test_an_owed_release_test_that_is_missing_is_missing_evidence() -> None:
    answer = ask(COOKED, measurements=CLEAN[:1])
    assert answer.verdict == "insufficient_evidence"
    assert by_clause(answer)["2726-COLI"] == "insufficient_evidence"
    assert ask(COOKED).verdict == "insufficient_evidence"


def test_a_small_workshop_is_not_held_to_duties_of_licensed_factories() -> None:
    answer = ask(COOKED, maker=[WORKSHOP], reports=[], lot="L1")
    assert answer.verdict == "pass"
    assert by_clause(answer) == {"LIC-01": "pass"}


def test_what_nobody_supplied_is_not_asked() -> None:
    assert not {"LIC-01", "SUP-01", "REC-06", "REC-07"} & set(by_clause(ask(COOKED, measurements=CLEAN)))


def test_a_complete_stored_batch_passes() -> None:
    answer = ask(COOKED, measurements=CLEAN, maker=[SC], inputs=[INPUT], reports=[REPORT], lot="L1", stage="加工")
    assert answer.verdict == "pass"
    assert set(by_clause(answer)) == {"2726-APC", "2726-COLI", "LIC-01", "SUP-01", "REC-06", "REC-07"}


@pytest.mark.parametrize(
    ("change", "clause", "status"),
    [
        ({"maker": []}, "LIC-01", "insufficient_evidence"),
        ({"maker": [SC | {"valid_to": "2026-09-30"}]}, "LIC-01", "fail"),
        ({"maker": [SC | {"valid_to": None}]}, "LIC-01", "insufficient_evidence"),
        ({"maker": [{"kind": "filing", "number": "YB1"}]}, "LIC-01", "fail"),
        ({"inputs": []}, "REC-06", "insufficient_evidence"),
        ({"inputs": [INPUT | {"supplier": ""}]}, "REC-06", "insufficient_evidence"),
        ({"inputs": [INPUT | {"documents": []}]}, "SUP-01", "insufficient_evidence"),
        ({"inputs": [INPUT | {"documents": [{"kind": "检验报告", "valid_to": "2026-09-01"}]}]}, "SUP-01", "fail"),
        ({"reports": []}, "REC-07", "insufficient_evidence"),
        ({"reports": [REPORT | {"lot": "L2"}]}, "REC-07", "insufficient_evidence"),
        ({"reports": [REPORT | {"issued_on": "2026-09-30"}]}, "REC-07", "insufficient_evidence"),
        ({"reports": [REPORT | {"number": ""}]}, "REC-07", "insufficient_evidence"),
        ({"reports": [REPORT | {"conclusion": "不符合"}]}, "REC-07", "fail"),
    ],
)
def test_papers(change: dict[str, Any], clause: str, status: str) -> None:
    given: dict[str, Any] = {"maker": [SC], "inputs": [INPUT], "reports": [REPORT], "lot": "L1"} | change
    answer = ask(COOKED, measurements=CLEAN, **given)
    assert by_clause(answer)[clause] == status
    assert answer.verdict == status


def test_the_licence_category_must_cover_the_product() -> None:
    held = SC | {"sc_categories": ["0402"]}
    assert by_clause(ask(COOKED | {"sc_category": "0402"}, measurements=CLEAN, maker=[held]))["LIC-02"] == "pass"
    assert (
        by_clause(ask(COOKED | {"sc_category": "1102"}, measurements=CLEAN, maker=[held]))["LIC-02"] == "needs_review"
    )


def test_a_type_test_is_a_line_that_lowers_nothing() -> None:
    kind = {"kind": "型式", "number": "X-9", "issued_on": "2026-05-01", "conclusion": "符合"}
    kind |= {"laboratory": "演示检测中心", "cma": "演示CMA0001"}
    answer = ask(COOKED, measurements=CLEAN, maker=[WORKSHOP], reports=[kind])
    assert answer.verdict == "pass"
    assert "铅：本批未测；最近型式检验 2026-05-01·X-9·符合" in answer.notes
    assert not any("菌落总数" in note for note in answer.notes)
    listed = ask(COOKED, measurements=CLEAN, maker=[WORKSHOP], reports=[kind | {"parameters": ["铅(以Pb计)"]}])
    assert "铅：本批未测；最近型式检验 2026-05-01·X-9·符合" in listed.notes
    assert "镉：本批未测；最近型式检验 2026-05-01·X-9·符合，其中没有这一项" in listed.notes
    late = kind | {"number": "X-10", "issued_on": "2026-06-01", "parameters": ["铬"]}
    both = ask(COOKED, measurements=CLEAN, maker=[WORKSHOP], reports=[kind | {"parameters": ["铅"]}, late])
    assert "铅：本批未测；最近型式检验 2026-05-01·X-9·符合" in both.notes
    bad = ask(COOKED, measurements=CLEAN, maker=[WORKSHOP], reports=[kind | {"conclusion": "不符合"}])
    assert bad.verdict == "needs_review"


def test_fail_dominates_everything() -> None:
    rows = [*CLEAN[:1], *one("镉", "0.433", unit="mg/kg"), *one("不存在的项目", "1", unit="mg/kg")]
    answer = ask(COOKED, measurements=rows)
    assert {finding.status for finding in answer.findings} == {"pass", "fail", "needs_review", "insufficient_evidence"}
    assert answer.verdict == "fail"


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (one("镉", "未检出", unit="mg/kg", lod="0.003"), "pass"),
        (one("镉", "未检出", unit="mg/kg", lod="0.1"), "pass"),
        (one("镉", "未检出", unit="mg/kg", lod="0.2"), "insufficient_evidence"),
        (one("镉", "未检出", unit="mg/kg"), "insufficient_evidence"),
        (one("镉", "<0.05", unit="mg/kg"), "pass"),
        (one("镉", "<0.5", unit="mg/kg"), "insufficient_evidence"),
        (one("镉", ">0.5", unit="mg/kg"), "fail"),
        (one("镉", "检出", unit="mg/kg"), "insufficient_evidence"),
        (one("镉", "0.10000000001", unit="mg/kg"), "fail"),
        (one("镉", "100", unit="μg/kg"), "pass"),
        (one("镉", "100.1", unit="µg/kg"), "fail"),
        (one("镉（以Ｃｄ计）", "０.２", unit="ｍｇ/ｋｇ"), "fail"),
        (one("镉(干重计)", "0.2", unit="mg/kg"), "needs_review"),
        (one("镉(以CdO计)", "0.05", unit="mg/kg"), "needs_review"),
        (one("镉", "0.05", unit="mg/L"), "needs_review"),
    ],
)
def test_forms_of_a_result(row: list[dict[str, Any]], status: str) -> None:
    (finding,) = judged(ask(COOKED, measurements=row))
    assert finding.status == status
    assert finding.reason.count("。") == 0


@pytest.mark.parametrize("text", ["1.1×10⁵", "1.1×10^5", "1.1x10⁵", "110000", "1.1E5", "１.１×１０⁵", "1.1×105"])
def test_a_power_of_ten_written_seven_ways(text: str) -> None:
    (finding,) = judged(ask(COOKED, measurements=one("菌落总数", *["10"] * 4, text, unit="CFU/g")))
    assert finding.status == "fail"


def test_a_dry_weight_limit_wants_the_report_to_say_dry_weight() -> None:
    category = "食用菌及其制品:木耳及其制品、银耳及其制品"
    assert judged(ask(category, measurements=one("镉", "0.4", unit="mg/kg")))[0].status == "insufficient_evidence"
    assert judged(ask(category, measurements=one("镉(干重计)", "0.4", unit="mg/kg")))[0].status == "pass"
    assert judged(ask(category, measurements=one("镉", "0.6", unit="mg/kg")))[0].status == "fail"


@pytest.mark.parametrize(
    ("category", "value", "status"),
    [
        ("蔬菜及其制品:新鲜蔬菜", "0.05", "pass"),  # inside every narrower limit
        ("蔬菜及其制品:新鲜蔬菜", "0.15", "needs_review"),  # depends on which vegetable
        ("蔬菜及其制品:新鲜蔬菜", "0.31", "fail"),  # outside every narrower limit
        ("蔬菜及其制品:新鲜蔬菜（芸薹类蔬菜、叶菜蔬菜、豆类蔬菜、生姜、薯类除外）", "0.15", "fail"),
        ("新鲜蔬菜:叶菜蔬菜", "0.15", "pass"),
        ("蔬菜及其制品:新鲜蔬菜:菠菜", "0.15", "pass"),
        ("蔬菜及其制品:生姜", "0.15", "pass"),
        ("蔬菜-姜", "0.21", "fail"),
        ("食用农产品-蔬菜", "0.15", "needs_review"),
        ("肉及肉制品:肉制品", "0.31", "fail"),
        ("肉及肉制品:肉制品:畜禽内脏制品", "0.31", "pass"),
        ("水果及其制品:新鲜水果:浆果和其他小粒水果:蓝莓", "0.15", "fail"),
        ("谷物及其制品[麦片、面筋、粥类罐头、带馅(料)面米制品除外]", "0.21", "fail"),
    ],
)
def test_inheritance_and_exceptions(category: str, value: str, status: str) -> None:
    assert judged(ask(category, measurements=one("铅(以Pb计)", value, unit="mg/kg")))[0].status == status


def test_offal_named_is_offal() -> None:
    row = one("镉", "0.3", unit="mg/kg")
    assert judged(ask({"name": "卤猪肝", "category": "肉制品-酱卤肉制品"}, measurements=row))[0].status == "pass"
    assert judged(ask({"name": "卤牛肉", "category": "肉制品-酱卤肉制品"}, measurements=row))[0].status == "fail"
    assert (
        judged(ask({"name": "卤味杂拼", "category": "肉制品-酱卤肉制品"}, measurements=row))[0].status == "needs_review"
    )


def test_benzopyrene_is_for_smoked_and_roast_meat_only() -> None:
    row = one("苯并[a]芘", "5.1", unit="μg/kg")
    assert judged(ask("肉及肉制品:熟肉制品:熏、烧、烤肉类", measurements=row))[0].status == "fail"
    (other,) = judged(ask("肉及肉制品:熟肉制品:油炸肉类", measurements=row))
    assert other.status == "needs_review"
    assert "名录中没有适用于" in other.reason


def test_pathogens_only_bind_ready_to_eat_food() -> None:
    row = one("沙门氏菌", "检出", unit="/25g")
    frozen = {"name": "黑椒牛柳", "category": "速冻食品-速冻调理肉制品"}
    statuses = [
        judged(ask(frozen | extra, measurements=row))[0].status
        for extra in ({"ready_to_eat": True}, {"ready_to_eat": False}, {})
    ]
    assert statuses == ["fail", "needs_review", "needs_review"]


def test_low_confidence_never_decides() -> None:
    sauce = {"name": "香辣酱", "category": "调味品-其他半固体调味料", "ready_to_eat": True}
    (finding,) = judged(ask(sauce, measurements=one("金黄色葡萄球菌", *["99999"] * 5, unit="CFU/g")))
    assert (finding.status, finding.confidence) == ("needs_review", "L")


def test_medium_confidence_decides_and_says_so() -> None:
    answer = ask({"name": "冰棍", "category": "冷冻饮品"}, measurements=one("沙门氏菌", *["未检出"] * 5, unit="/25g"))
    assert judged(answer)[0].status == "pass"
    assert "待核原文" in judged(answer)[0].reason


def test_nothing_applicable_and_unplaceable() -> None:
    assert ask("饮料类:茶饮料").verdict == "not_applicable"
    unknown = ask({"name": "某某", "category": "没有的类别"})
    assert unknown.verdict == "needs_review"
    assert any("无法归入食品类别" in finding.reason for finding in unknown.findings)


def test_a_date_before_every_edition_needs_review() -> None:
    (finding,) = judged(ask(COOKED, "2010-01-01", one("镉", "0.01", unit="mg/kg")))
    assert finding.status == "needs_review"
    assert "没有生产日期 2010-01-01 当时施行的版本" in finding.reason


def test_a_stage_that_a_clause_does_not_cover() -> None:
    row = one("菌落总数", *["200000"] * 5, unit="CFU/g")
    assert judged(ask(COOKED, measurements=row, stage="生产加工"))[0].status == "fail"
    (finding,) = judged(ask({"name": "卤牛肉", "category": "餐饮食品-酱卤肉制品（自制）"}, measurements=row))
    assert finding.status == "needs_review"


@pytest.mark.parametrize(
    ("processing", "status"),
    [("即食", "fail"), ("即热", "needs_review"), ("非即食", "needs_review"), (None, "needs_review")],
)
def test_ready_to_eat_is_read_from_the_processing_class_when_not_ticked(processing: str | None, status: str) -> None:
    product = {"name": "香干", "category": "豆制品-非发酵性豆制品", "processing": processing}
    assert judged(ask(product, measurements=one("沙门氏菌", "检出", unit="/25g")))[0].status == status


@pytest.mark.parametrize("ready", [True, False, None])
@pytest.mark.parametrize("pathogen", ["沙门氏菌", "单核细胞增生李斯特氏菌"])
def test_cooked_meat_is_bound_by_the_pathogen_limits_ready_to_eat_or_not(pathogen: str, ready: bool | None) -> None:
    """GB 29921-2021 table 1 names 熟肉制品: a stewed duck that is heated at home is under it too."""
    duck = {"name": "酱卤鸭", "category": "肉制品-酱卤肉制品", "ready_to_eat": ready, "prepackaged": True}
    (clean,) = judged(ask(duck, measurements=one(pathogen, *["未检出"] * 5, unit="/25g")))
    (found,) = judged(ask(duck, measurements=one(pathogen, "检出", *["未检出"] * 4, unit="/25g")))
    assert (clean.status, found.status) == ("pass", "fail")
    assert "即食" not in clean.reason, "no assumption is told that decided nothing"
    (loose,) = judged(ask(duck | {"prepackaged": False}, measurements=one(pathogen, "检出", unit="/25g")))
    both = "fail" if pathogen == "沙门氏菌" and ready is not False else "needs_review"
    assert loose.status == both, "sold loose it is under GB 31607 when it is eaten as it is"


def test_raw_meat_products_are_bound_only_when_ready_to_eat() -> None:
    sausage = {"name": "腊肠", "category": "肉及肉制品:肉制品:预制肉制品:腌腊肉制品类", "prepackaged": True}
    row = one("沙门氏菌", "检出", unit="/25g")
    assert judged(ask(sausage | {"ready_to_eat": True}, measurements=row))[0].status == "fail"
    assert judged(ask(sausage | {"ready_to_eat": False}, measurements=row))[0].status == "needs_review"


def test_frozen_dishes_of_cooked_meat_are_bound_only_when_ready_to_eat() -> None:
    """The sampling plan says 限即食类 for frozen prepared meat, cooked or not."""
    frozen = {"name": "小酥肉", "category": "速冻食品-速冻调理肉制品", "prepackaged": True}
    row = one("沙门氏菌", "检出", unit="/25g")
    assert judged(ask(frozen | {"ready_to_eat": True}, measurements=row))[0].status == "fail"
    assert judged(ask(frozen | {"ready_to_eat": False}, measurements=row))[0].status == "needs_review"


@pytest.mark.parametrize(
    ("category", "parameter", "limit"),
    [
        ("肉及肉制品:肉类:猪肉", "铅", "0.2"),
        ("肉及肉制品:猪肝", "镉", "0.5"),
        ("肉及肉制品:肉类:畜禽内脏:猪腰", "镉", "1.0"),
        ("蔬菜及其制品:新鲜蔬菜:豆类蔬菜、块根和块茎蔬菜、茎类蔬菜(芹菜除外)", "镉", "0.1"),
        ("饮料类:果蔬汁类及其饮料 [含浆果及小粒水果的果蔬汁类及其饮料、浓缩果蔬汁(浆)除外]", "铅", "0.03"),
        ("水产动物及其制品:水产制品:其他鱼类制品", "镉", "0.1"),
        ("水产动物及其制品:水产制品:鱼丸", "铅", "0.5"),
        ("食用菌及其制品：香菇及其制品", "镉", "0.5"),
        ("特殊膳食用食品:运动营养食品:液态", "铅", "0.05"),
        ("谷物及其制品:水饺", "铅", "0.5"),
        ("肉及肉制品:肉制品（畜禽内脏制品除外）:熟肉制品", "铅", "0.3"),
    ],
)
def test_paths_may_skip_levels_carry_exclusions_or_name_a_food(category: str, parameter: str, limit: str) -> None:
    assert judged(ask(category, measurements=one(parameter, limit, unit="mg/kg")))[0].status == "pass"
    assert judged(ask(category, measurements=one(parameter, limit + "01", unit="mg/kg")))[0].status == "fail"


def test_a_frozen_dish_is_not_asked_for_the_limits_of_other_product_types() -> None:
    """Stored frozen it may be a 速冻调制食品, never instant cereal, herbal tea or a health food."""
    duck = {"name": "酱卤鸭", "category": "肉制品-酱卤肉制品", "storage": "冷冻", "ready_to_eat": False}
    row = one("菌落总数", "8600", "12000", "120000", "9400", "15000", unit="CFU/g")
    assert {finding.clause_id for finding in judged(ask(duck, measurements=row))} == {"2726-APC"}


def test_nothing_found_of_what_the_book_does_not_limit_is_no_pass_and_no_burden() -> None:
    lettuce = {"name": "净菜青笋丝", "category": "蔬菜及其制品:新鲜蔬菜:茎类蔬菜"}
    clean = judged(ask(lettuce, measurements=one("毒死蜱", "未检出", unit="mg/kg", lod="0.005")))
    assert [finding.status for finding in clean] == ["advisory"]
    for values, more in ((("未检出",), {}), (("0.01",), {"lod": "0.005"}), (("检出",), {"lod": "0.005"})):
        found = judged(ask(lettuce, measurements=one("毒死蜱", *values, unit="mg/kg", **more)))
        assert [finding.status for finding in found] == ["needs_review"]


def test_what_exceeds_every_standard_it_may_be_under_fails() -> None:
    """A cake whose bracket says biscuit: 190 exceeds both, 100 only the biscuit's limit, 40 neither."""
    either = {"name": "可可奥巧（装饰饼干）", "category": "糕点"}
    statuses = {
        value: judged(ask(either, measurements=one("霉菌", value, unit="CFU/g")))[0].status
        for value in ("190", "100", "40")
    }
    assert statuses == {"190": "fail", "100": "needs_review", "40": "advisory"}


def test_a_release_report_without_a_conclusion_stands_by_its_results() -> None:
    def status(**report: object) -> str:
        reports = [REPORT | report]
        answer = ask(COOKED, measurements=CLEAN, maker=[SC], inputs=[INPUT], reports=reports, lot="L1", stage="加工")
        return by_clause(answer)["REC-07"]

    assert status(conclusion="", parameters=["菌落总数", "大肠菌群"]) == "pass"
    assert status(conclusion="", parameters=[]) == "insufficient_evidence"
    assert status(conclusion="待定", parameters=["菌落总数"]) == "insufficient_evidence"
    assert status(conclusion="不符合", parameters=["菌落总数"]) == "fail"
