"""Every clause about records, papers, labels, temperatures, times and descent is reached, kept and broken."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standards.process import MAKE, PANEL, SILENT, Body, base, label_day, label_for
from trace.standards import evaluate, facts_from_request, load_book
from trace.standards.checks.asking import ASK
from trace.standards.checks.terms import CHECKS
from trace.standards.clauses import Clause

BOOK = load_book()
ASKED = [clause for clause in BOOK.clauses.values() if clause.check in MAKE]
OLD = {"maker_licence", "sc_category", "input_documents", "input_records", "release_report"}
"""Tested in test_engine.py."""
LABELS = [clause for clause in BOOK.clauses.values() if CHECKS.get(clause.check, ("",))[0] == "label"]


def statuses(body: Body, clause: Clause) -> list[str]:
    found = [one for one in evaluate(BOOK, facts_from_request(body)).findings if one.clause_id == clause.id]
    assert all(one.reason and one.standard and one.source and one.evidence for one in found)
    return [one.status for one in found]


def held_back(clause: Clause, status: str) -> str:
    """What an answer becomes under the clause's own restraints."""
    if clause.kind == "advisory":
        return "advisory"
    if clause.unknown or (clause.confidence == "L" and status in ("pass", "fail")):
        return "needs_review"
    return status


def test_every_check_has_its_function_and_every_clause_its_test() -> None:
    assert set(ASK) == set(CHECKS)
    used = {clause.check for clause in BOOK.clauses.values() if clause.check}
    assert used == set(CHECKS)
    assert used == OLD | set(MAKE) | {clause.check for clause in LABELS}


def test_every_process_record_label_and_recall_rule_of_the_facts_is_in_the_book() -> None:
    wanted = {
        "GMP": 5, "SLT": 3, "AQ": 1, "QF": 1, "CK": 1, "FC": 1, "STER": 1, "MD": 1, "SUP": 1, "CC": 13, "CAT": 12,
        "LBL": 15, "NUT": 6, "REC": 12, "RCL": 7,
    }  # fmt: skip
    elsewhere = {"CAT-08": "2716-FRY-AV", "CAT-09": "14934-COLI"}  # limits of their own standards
    for family, count in wanted.items():
        for number in range(1, count + 1):
            plain, padded = f"{family}-{number}", f"{family}-{number:02d}"
            found = elsewhere.get(padded, padded)
            assert any(
                clause in (found, plain) or clause.startswith((f"{padded}-", f"{plain}-")) for clause in BOOK.clauses
            ), padded


@pytest.mark.parametrize("clause", ASKED, ids=lambda clause: clause.id)
def test_kept(clause: Clause) -> None:
    good, _ = MAKE[clause.check](clause)
    found = statuses(base(clause) | good, clause)
    if clause.check in SILENT:
        assert found == []
    elif clause.check == "recall_hint":
        assert found == ["advisory"]
    else:
        assert found
        assert set(found) == {held_back(clause, "pass")}


@pytest.mark.parametrize("clause", ASKED, ids=lambda clause: clause.id)
def test_broken(clause: Clause) -> None:
    _, bad = MAKE[clause.check](clause)
    for body in bad:
        found = statuses(base(clause) | body, clause)
        assert found, body
        assert set(found) != {"pass"}, body
        if clause.unknown:
            assert set(found) == {"needs_review"}
        elif clause.kind == "advisory":
            assert set(found) == {"advisory"}


@pytest.mark.parametrize("clause", [*ASKED, *LABELS], ids=lambda clause: clause.id)
def test_what_was_not_supplied_is_not_asked(clause: Clause) -> None:
    body = base(clause)
    assert statuses(body, clause) == []
    assert statuses(body | {"maker": [], "inputs": []}, clause) == []


def label_body(clause: Clause, product: Body | None = None, **more: Any) -> Body:
    made = {
        "name": "卤鸭",
        "category": "肉制品-酱卤肉制品",
        "storage": "冷藏",
        "shelf_life_days": 180,
        "ingredients": ["鸭肉", "食用盐"],
    }
    return {
        "product": made | (product or {}),
        "produced_on": label_day(clause),
        "lot": "L1",
        "stage": "加",
        "label": label_for(clause, **more),
    }


LABEL_CASES: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "label_edition": ({}, [{"edition": "", "nutrition_edition": ""}]),
    "label_fields": ({}, [{"fields": {}}]),
    "label_dates": ({}, [{"produced_on": "某年某月"}, {"expires_on": "2026-13-40"}]),
    "label_allergens": ({}, [{"allergens": None}]),
    "label_claims": ({"claims": ["传统工艺"]}, [{"claims": ["零添加防腐剂"]}, {"claims": ["不含防腐剂"]}, {"claims": ["不使用味精"]}]),
    "label_storage": ({}, [{"fields": {"贮存条件": "冷藏保存"}}]),
    "label_pattern": ({}, [{"fields": {"食品生产许可证编号": "SC123"}}]),
    "label_agrees": ({}, [{"lot": "L2"}, {"produced_on": "2026-09-30"}, {"produced_on": "昨天"}]),
    "label_shelf_life": ({}, [{"expires_on": "2027-03-29"}, {"expires_on": "2027-05-01"}, {"expires_on": "明年"}]),
    "nutrition_panel": ({}, [{"nutrition": PANEL[1:]}, {"nutrition": []}]),
    "nutrition_tolerance": ({}, [{"nutrition": [PANEL[1] | {"measured": "9.59"}]}, {"nutrition": [PANEL[2] | {"measured": "10.81"}]}, {"nutrition": [{"nutrient": "硒", "amount": "1", "unit": "µg", "measured": "1"}]}]),
    "nutrition_reference": ({}, [{"nutrition": [PANEL[0] | {"nrv": "11"}]}, {"nutrition": [PANEL[0] | {"unit": "kcal"}]}]),
    "nutrition_energy": ({}, [{"nutrition": [PANEL[0] | {"amount": "1200"}, *PANEL[1:]]}, {"nutrition": [PANEL[0] | {"unit": "kcal"}, *PANEL[1:]]}]),
}  # fmt: skip
"""check → what makes the label good, and changes that make it not good."""


@pytest.mark.parametrize("clause", LABELS, ids=lambda clause: clause.id)
def test_label(clause: Clause) -> None:
    if clause.check == "label_hint" or (clause.check == "label_allergens" and clause.kind == "advisory"):
        assert statuses(label_body(clause), clause) == ["advisory"]
        return
    if clause.check in ("label_words", "label_quantity", "nutrition_exempt"):
        return  # below: they are silent until the product or label gives cause
    good, bad = LABEL_CASES[clause.check]
    if clause.terms.audience:
        good = good | {"audience": clause.terms.audience}
        bad = [one | {"audience": clause.terms.audience} for one in bad]
    if clause.check == "label_edition" and clause.effective_from.year > 2026:
        body = label_body(clause) | {"produced_on": clause.effective_from.isoformat()}
        assert statuses(body, clause) == ["pass"]
        old = dict.fromkeys(("edition", "nutrition_edition"), "2011")
        assert statuses(body | {"label": label_for(clause, **old)}, clause) == ["fail"]
        assert statuses(body | {"label": label_for(clause, edition="", nutrition_edition="")}, clause) == [
            "insufficient_evidence"
        ]
        return
    found = statuses(label_body(clause, **good), clause)
    assert found, clause
    assert set(found) == {"pass"}
    for change in bad:
        found = statuses(label_body(clause, **change), clause)
        assert found, change
        assert "pass" not in found, change


@pytest.mark.parametrize("clause", [c for c in LABELS if c.check == "label_words"], ids=lambda clause: clause.id)
def test_irradiated_food_says_so_in_the_words_of_its_edition(clause: Clause) -> None:
    irradiated = {"processing": "辐照杀菌"}
    words = dict(clause.terms.groups)["标示"]
    assert statuses(label_body(clause), clause) == []
    assert statuses(label_body(clause, irradiated), clause) == ["fail"]
    assert statuses(label_body(clause, irradiated, fields={"说明": words[0]}), clause) == ["pass"]


@pytest.mark.parametrize("clause", [c for c in LABELS if c.check == "nutrition_exempt"], ids=lambda clause: clause.id)
def test_an_exemption_is_named_or_reviewed(clause: Clause) -> None:
    assert statuses(label_body(clause), clause) == []
    known = label_body(clause, nutrition=[], nutrition_exempt=clause.words[0])
    assert statuses(known, clause) == ["advisory"]
    assert statuses(label_body(clause, nutrition=[], nutrition_exempt="不想标"), clause) == ["needs_review"]


def test_an_ingredient_in_the_name_is_quantified() -> None:
    clause = BOOK.clauses["LBL-07"]
    assert statuses(label_body(clause), clause) == []
    named = label_for(clause)["fields"] | {"食品名称": "鸭肉煲"}
    assert statuses(label_body(clause, fields=named), clause) == ["pass"]
    assert statuses(label_body(clause, fields=named | {"配料表": "鸭肉、食用盐"}), clause) == ["needs_review"]


@pytest.mark.parametrize(
    ("edition", "produced_on", "status"),
    [
        ("2011", "2027-03-15", "pass"),
        ("2011", "2027-03-16", "fail"),
        ("2025", "2027-03-16", "pass"),
        ("2025", "2025-03-16", "pass"),
        ("2025", "2025-03-15", "needs_review"),
        ("GB 7718-2011", "2026-10-01", "pass"),
        ("", "2026-10-01", "insufficient_evidence"),
    ],
)
def test_the_edition_of_a_label_is_declared_never_inferred(edition: str, produced_on: str, status: str) -> None:
    body = {"product": {"name": "卤鸭"}, "produced_on": produced_on, "label": {"edition": edition}}
    answer = evaluate(BOOK, facts_from_request(body))
    found = [one.status for one in answer.findings if one.clause_id.startswith("LBL-ED")]
    assert found == [status]
    if not edition:
        assert not [one for one in answer.findings if one.clause_id.startswith("LBL-0")]


def test_only_the_declared_edition_is_asked() -> None:
    for edition, claim in (("2011", None), ("2025", "fail")):
        body = label_body(BOOK.clauses["LBL-08"], claims=["零添加"], edition=edition)
        assert statuses(body, BOOK.clauses["LBL-08"]) == ([claim] if claim else [])
        assert bool(statuses(body, BOOK.clauses["LBL-01-2011"])) == (edition == "2011")


@pytest.mark.parametrize(
    ("ingredients", "allergens", "status"),
    [
        (["鸭肉", "小麦粉"], [], "fail"),
        (["鸭肉", "小麦粉"], ["含麸质的谷物"], "pass"),
        (["鸭肉", "小麦粉"], ["小麦"], "pass"),
        (["鸭肉", "大豆油"], [], "needs_review"),
        (["鸭肉"], [], "pass"),
        (None, [], "insufficient_evidence"),
    ],
)
def test_allergens_of_the_recipe_stand_on_the_label(ingredients: Any, allergens: list[str], status: str) -> None:
    clause = BOOK.clauses["LBL-05"]
    assert statuses(label_body(clause, {"ingredients": ingredients}, allergens=allergens), clause) == [status]


def test_the_end_date_may_stand_alone_with_a_lot() -> None:
    clause = BOOK.clauses["LBL-01"]
    half_year = {"shelf_life_days": 200}
    assert statuses(label_body(clause, half_year, produced_on=None), clause) == ["pass"]
    assert statuses(label_body(clause, half_year, produced_on=None, lot=None), clause) == ["insufficient_evidence"]
    assert statuses(label_body(clause, produced_on=None), clause) == ["insufficient_evidence"]
    assert statuses(label_body(clause, produced_on=None, area_cm2=20), clause) == ["pass"]


@pytest.mark.parametrize(
    ("text", "status"), [("6个月", "pass"), ("1年", "fail"), ("182天", "pass"), ("181天", "needs_review")]
)
def test_shelf_life_is_end_date_minus_production_date(text: str, status: str) -> None:
    clause = BOOK.clauses["LBL-15-2"]
    body = label_body(clause, produced_on="2026-10-01", expires_on="2027-04-01", shelf_life=text)
    assert statuses(body, clause) == [status]


def test_without_a_stage_other_stages_are_not_owed_but_what_was_supplied_is_judged() -> None:
    body: Body = {"product": {"name": "卤鸭", "category": "肉制品-酱卤肉制品"}, "produced_on": "2026-10-01"}
    nothing = evaluate(BOOK, facts_from_request(body | {"records": []}))
    owed = {one.clause_id for one in nothing.findings if one.status == "insufficient_evidence"}
    assert {"GMP-01", "REC-09"} <= owed
    assert not {"REC-01", "REC-04", "CC-07-1"} & owed
    kept = [{"kind": "留样记录", "fields": {"品名": "鸭"}}]
    assert statuses(body | {"records": kept}, BOOK.clauses["CAT-07-1"]) == ["insufficient_evidence"]


def test_an_older_edition_of_the_hygiene_code_judges_older_batches() -> None:
    for day, edition in (("2026-09-01", "GMP-05"), ("2026-09-02", "GMP-04")):
        body = {"product": {"name": "卤鸭", "shelf_life_days": 90}, "produced_on": day, "stage": "加", "records": []}
        found = {one.clause_id for one in evaluate(BOOK, facts_from_request(body)).findings}
        assert {edition} == {"GMP-04", "GMP-05"} & found


def test_a_partial_excursion_gives_minutes_and_kinetic_temperature() -> None:
    readings = [{"at": f"2026-10-01T08:{5 * n:02d}:00+08:00", "celsius": c} for n, c in enumerate([-19, -19, -15, -19])]
    body = {
        "product": {"name": "卤鸭", "storage": "冷冻"}, "produced_on": "2026-10-01", "stage": "配",
        "temperatures": [{"what": "车厢温度", "readings": readings, "max_celsius": -18}],
    }  # fmt: skip
    found = {one.clause_id: one for one in evaluate(BOOK, facts_from_request(body)).findings}
    assert found["CC-04-1"].status == found["CC-13"].status == "needs_review"
    assert "超限约 10 分钟" in found["CC-13"].reason
    assert "MKT -17." in found["CC-13"].reason
    assert found["CC-01"].status == "insufficient_evidence"
    body["product"] = {"name": "卤鸭"}
    unsure = {one.clause_id: one.status for one in evaluate(BOOK, facts_from_request(body)).findings}
    assert unsure["CC-04-1"] == "needs_review"


def test_dates_at_the_end_of_time_do_not_overflow() -> None:
    clause = BOOK.clauses["REC-06-2"]
    record = {"kind": "原料进货查验记录", "fields": {}, "kept_until": "9999-12-31"}
    product = {"name": "卤鸭", "shelf_life_days": 39_000}
    body = {"product": product, "produced_on": "9999-12-01", "stage": "加", "records": [record]}
    assert statuses(body, clause) == ["insufficient_evidence"]


@pytest.mark.parametrize(
    ("claim", "status"),
    [("零添加", "fail"), ("不添加防腐剂", "fail"), ("不含防腐剂", "needs_review"), ("0糖", "needs_review"), ("10年老店", "pass"), ("不加热即食", "pass")],
)  # fmt: skip
def test_claims_of_the_new_edition(claim: str, status: str) -> None:
    clause = BOOK.clauses["LBL-08"]
    assert statuses(label_body(clause, claims=[claim]), clause) == [status]
