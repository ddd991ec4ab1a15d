"""Rulings are tied to what was found, lapse with it, and alone open the way to a release; notes stand beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.database import Database
from tests.fixtures.record import Org, line, organisation, release_report
from trace.batches import lifecycle
from trace.errors import Conflict, InvalidInput, NotFound
from trace.evidence.models import NewMeasurement
from trace.journal import store as journal
from trace.verdicts import priority, rulings, store
from trace.verdicts.findings import gravest_first, key_of
from trace.verdicts.priority import Case

BASIS = "查阅工艺文件与配料单"


def odd(org: Org, value: str = "0.05") -> int:
    """A batch with a result on a parameter that the book does not limit for it: 需人工核对."""
    report = release_report(measurements=[NewMeasurement("过氧化值(以脂肪计)", [value], "g/100g")])
    item = org.product("五香豆花", food_category="", ready_to_eat=False, storage="ambient")
    return org.register(item, [line(org.receive().batch_id, "5")], reports=[report]).batch_id


def doubts(org: Org, batch_id: int) -> list[dict[str, Any]]:
    with org.db.read() as conn:
        row = store.latest_verdict(conn, batch_id)
    return [f for f in json.loads(row.findings) if f["status"] == "needs_review"]


def test_a_release_waits_for_every_ruling_and_the_verdict_stays(db: Database) -> None:
    org = organisation(db)
    batch_id = odd(org)
    found = doubts(org, batch_id)
    assert found
    with db.read() as conn:
        before = [tuple(v) for v in store.verdicts_of(conn, batch_id)]
    with pytest.raises(Conflict) as refused:
        org.do(lambda c: lifecycle.release(c, batch_id, "凭证与记录已核对"))
    assert refused.value.code == "needs_ruling"
    keys = [key_of(f) for f in found]
    org.do(lambda c: lifecycle.rule(c, batch_id, keys, "not_conforming", BASIS))
    with pytest.raises(Conflict):
        org.do(lambda c: lifecycle.release(c, batch_id, "凭证与记录已核对"))
    org.do(lambda c: lifecycle.rule(c, batch_id, keys, "conforms", BASIS))
    org.do(lambda c: lifecycle.release(c, batch_id, "凭证与记录已核对"))
    with db.read() as conn:
        assert [tuple(v) for v in store.verdicts_of(conn, batch_id)] == before, "no ruling changes a verdict"
        made = journal.acts_of(conn, batch_id, ("ruling",))
    assert [json.loads(a.body)["conclusion"] for a in made] == ["not_conforming"] * len(keys) + ["conforms"] * len(keys)
    assert {json.loads(a.body)["finding"] for a in made} == set(keys)


def test_a_ruling_lapses_when_the_value_changes(db: Database) -> None:
    org = organisation(db)
    batch_id = odd(org)
    org.do(lambda c: lifecycle.rule(c, batch_id, [key_of(f) for f in doubts(org, batch_id)], "conforms", BASIS))
    with db.read() as conn:
        report = journal.acts_of(conn, batch_id, ("report",))[0].id
    org.do(lambda c: lifecycle.withdraw_report(c, batch_id, report, "数值抄错"))
    new = release_report("CC-2", measurements=[NewMeasurement("过氧化值(以脂肪计)", ["0.06"], "g/100g")])
    org.do(lambda c: lifecycle.add_report(c, batch_id, new))
    with db.read() as conn:
        acts = journal.acts_of(conn, batch_id, ("ruling",))
    lapsed = rulings.unruled(doubts(org, batch_id), acts)
    assert [f["value"] for f in lapsed if f["parameter"]] == ["0.06 g/100g"]


def test_a_ruling_names_a_finding_that_is_there(db: Database) -> None:
    org, other = organisation(db), organisation(db, "demo-other")
    batch_id = odd(org)
    key = key_of(doubts(org, batch_id)[0])
    for names, conclusion, basis, pointer in (
        ([], "conforms", BASIS, "/finding"),
        (["GB 1"], "conforms", BASIS, "/finding"),
        (["x"] * 51, "conforms", BASIS, "/finding"),
        ([key], "perhaps", BASIS, "/conclusion"),
        ([key], "conforms", "好", "/basis"),
    ):
        with pytest.raises(InvalidInput) as wrong:
            org.do(lambda c, a=(names, conclusion, basis): lifecycle.rule(c, batch_id, *a))  # type: ignore[misc]
        assert wrong.value.errors[0].pointer == pointer
    with pytest.raises(NotFound):
        other.do(lambda c: lifecycle.rule(c, batch_id, [key], "conforms", BASIS))


def test_a_supervisors_note_is_kept_and_changes_nothing(db: Database) -> None:
    org, bureau = organisation(db), organisation(db, "demo-bureau", "regulator")
    batch_id = odd(org)
    key = key_of(doubts(org, batch_id)[0])
    with db.read() as conn:
        before = len(store.verdicts_of(conn, batch_id))
    bureau.do(lambda c: rulings.note(c, batch_id, "doubt", "请补充原始记录", key))
    bureau.do(lambda c: rulings.note(c, batch_id, "agree", "现场查验记录一致"))
    with db.read() as conn:
        made = rulings.by_finding(journal.acts_of(conn, batch_id), "review.noted")
        assert len(store.verdicts_of(conn, batch_id)) == before
    assert {k: [json.loads(a.body)["stance"] for a in v] for k, v in made.items()} == {key: ["doubt"], "": ["agree"]}
    for values in (("perhaps", "请补充原始记录", ""), ("doubt", "好", ""), ("doubt", "请补充原始记录", "none")):
        with pytest.raises(InvalidInput):
            bureau.do(lambda c, v=values: rulings.note(c, batch_id, *v))  # type: ignore[misc]


_finding = st.fixed_dictionaries(
    {n: st.sampled_from(["", "a", "b"]) for n in ("clause_id", "standard", "edition", "clause", "parameter", "value",
                                                  "limit", "unit", "reason", "status")}
)  # fmt: skip


@given(_finding, _finding)
def test_a_findings_name_is_its_content(first: dict[str, str], second: dict[str, str]) -> None:
    content = [n for n in first if n not in ("reason", "status")]
    assert (key_of(first) == key_of(second)) is all(first[n] == second[n] for n in content)


def test_the_gravest_come_first() -> None:
    order = ["pass", "advisory", "needs_review", "fail", "insufficient_evidence", "odd"]
    assert [f["status"] for f in gravest_first([{"status": s} for s in order])] == [
        "fail", "needs_review", "insufficient_evidence", "pass", "advisory", "odd",
    ]  # fmt: skip


_case = st.builds(
    Case,
    batch_id=st.integers(1, 10**6),
    harm=st.sampled_from(sorted(priority.HARM)),
    strength=st.sampled_from(sorted(priority.STRENGTH)),
    ready_to_eat=st.booleans(),
    released=st.booleans(),
    downstream=st.integers(0, 10**6),
    holders=st.integers(0, 1000),
    reason=st.just("原因"),
)


@given(st.lists(_case, max_size=30), st.integers(0, 12))
def test_at_most_ten_a_day_and_the_weightiest(cases: list[Case], done: int) -> None:
    today, rest = priority.worklist(cases, done)
    assert len(today) + len(rest) == len(cases)
    assert len(today) <= max(0, priority.DAILY - done)
    if today and rest:
        assert min(w.score for w in today) >= max(w.score for w in rest)


@given(_case, st.integers(0, 1000))
def test_more_spread_or_a_ready_dish_never_weighs_less(case: Case, more: int) -> None:
    from dataclasses import replace

    base = priority.weigh(case).score
    assert priority.weigh(replace(case, downstream=case.downstream + more)).score >= base
    assert priority.weigh(replace(case, ready_to_eat=True)).score >= base
    assert priority.weigh(replace(case, released=True)).score >= base


def test_the_formula_as_published() -> None:
    case = Case(1, "pathogen", "surveillance", True, True, 8, 1, "原因")
    assert priority.weigh(case).score == 5.0 * 1.5 * (1 + 1) * 1.0
    assert priority.weigh(Case(1, "paper", "paper", False, False, 99, 99, "原因")).score == 0.6
    finding = {"parameter": "沙门氏菌", "standard": "GB 29921", "clause": "表1"}
    assert priority.harm_of(finding, "sampling") == "pathogen"
    assert priority.harm_of(finding | {"parameter": "克伦特罗"}, "prohibited") == "prohibited"
    assert priority.harm_of(finding | {"parameter": "铅"}, "limit") == "contaminant"
    assert priority.harm_of(finding | {"parameter": ""}, "record") == "paper"
    told = [("1", {"status": "fail", "parameter": "铅"}), ("1", {"status": "fail", "parameter": "铅"}),
            ("2", {"status": "fail", "parameter": "铅"}), ("2", {"status": "pass", "parameter": "镉"})]  # fmt: skip
    assert priority.trends(told) == [("fail", "铅", 2)]
