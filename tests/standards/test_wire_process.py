"""Bad facts about records, labels, documents, temperatures, times, recalls and descent are named field errors."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.errors import InvalidInput
from trace.standards import evaluate, facts_from_request, load_book
from trace.standards.requests.process import MAX_READINGS

GOOD: dict[str, Any] = {"product": {"name": "卤鸭"}, "produced_on": "2026-10-01"}
T = "2026-10-01T08:00:00+08:00"
READING = {"at": T, "celsius": "-18"}


def temps(*readings: Any, **more: Any) -> dict[str, Any]:
    return {"temperatures": [{"what": "车厢温度", "readings": list(readings)} | more]}


def recall(**more: Any) -> dict[str, Any]:
    return {"recall": {"level": "一级", "known_at": T} | more}


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({"records": {}}, "/records", "not_a_list"),
        ({"records": ["留样"]}, "/records/0", "not_an_object"),
        ({"records": [{}]}, "/records/0/kind", "required"),
        ({"records": [{"kind": "日记"}]}, "/records/0/kind", "unknown_value"),
        ({"records": [{"kind": "留样记录", "fields": ["品名"]}]}, "/records/0/fields", "not_an_object"),
        ({"records": [{"kind": "留样记录", "fields": {"品名": 3}}]}, "/records/0/fields/品名", "not_text"),
        ({"records": [{"kind": "留样记录", "fields": {"a/b": 3}}]}, "/records/0/fields/a~1b", "not_text"),
        ({"records": [{"kind": "留样记录", "fields": {"品名": "字" * 5001}}]}, "/records/0/fields/品名", "too_long"),
        ({"records": [{"kind": "留样记录", "kept_until": "永远"}]}, "/records/0/kept_until", "bad_date"),
        ({"records": [{"kind": "留样记录", "made_on": "2026-10-02", "kept_until": "2026-10-01"}]}, "/records/0/kept_until", "reversed"),
        ({"records": [{"kind": "留样记录"}] * 501}, "/records", "too_many"),
        ({"documents": 3}, "/documents", "not_a_list"),
        ({"documents": [{"kind": "驾驶证"}]}, "/documents/0/kind", "unknown_value"),
        ({"documents": [{"kind": "承诺达标合格证", "valid_from": "2026-10-02", "valid_to": "2026-10-01"}]}, "/documents/0/valid_to", "reversed"),
        ({"documents": [{"kind": "承诺达标合格证", "used_on": 20261001}]}, "/documents/0/used_on", "bad_date"),
        ({"label": []}, "/label", "not_an_object"),
        ({"label": {"edition": "2018"}}, "/label/edition", "unknown_value"),
        ({"label": {"edition": 2025}}, "/label/edition", "not_text"),
        ({"label": {"audience": "外星人"}}, "/label/audience", "unknown_value"),
        ({"label": {"fields": "食品名称"}}, "/label/fields", "not_an_object"),
        ({"label": {"allergens": "花生"}}, "/label/allergens", "not_a_list"),
        ({"label": {"claims": [3]}}, "/label/claims", "not_a_list"),
        ({"label": {"area_cm2": -1}}, "/label/area_cm2", "out_of_range"),
        ({"label": {"nutrition": {}}}, "/label/nutrition", "not_a_list"),
        ({"label": {"nutrition": [{"nutrient": "钠", "unit": "mg"}]}}, "/label/nutrition/0/amount", "required"),
        ({"label": {"nutrition": [{"nutrient": "钠", "amount": "很咸", "unit": "mg"}]}}, "/label/nutrition/0/amount", "not_a_number"),
        ({"label": {"nutrition": [{"nutrient": "钠", "amount": "-1", "unit": "mg"}]}}, "/label/nutrition/0/amount", "out_of_range"),
        ({"label": {"nutrition": [{"nutrient": "钠", "amount": "1", "unit": "mg", "nrv": True}]}}, "/label/nutrition/0/nrv", "not_a_number"),
        ({"label": {"nutrition": [{"nutrient": "钠", "amount": "1", "unit": "mg"}] * 2}}, "/label/nutrition/1/nutrient", "duplicate"),
        ({"temperatures": {}}, "/temperatures", "not_a_list"),
        (temps(READING, what="月球"), "/temperatures/0/what", "unknown_value"),
        (temps("冷"), "/temperatures/0/readings/0", "not_an_object"),
        (temps({"at": T}), "/temperatures/0/readings/0/celsius", "required"),
        (temps({"celsius": 1}), "/temperatures/0/readings/0/at", "required"),
        (temps({"at": T, "celsius": "-300"}), "/temperatures/0/readings/0/celsius", "out_of_range"),
        (temps({"at": T, "celsius": "5000"}), "/temperatures/0/readings/0/celsius", "out_of_range"),
        (temps({"at": T, "celsius": "冷"}), "/temperatures/0/readings/0/celsius", "not_a_number"),
        (temps({"at": T, "celsius": float("nan")}), "/temperatures/0/readings/0/celsius", "not_a_number"),
        (temps({"at": T, "celsius": float("inf")}), "/temperatures/0/readings/0/celsius", "not_a_number"),
        (temps({"at": "2026-10-01T08:00:00", "celsius": 1}), "/temperatures/0/readings/0/at", "naive_time"),
        (temps({"at": "早上八点", "celsius": 1}), "/temperatures/0/readings/0/at", "bad_time"),
        (temps({"at": 1790000000, "celsius": 1}), "/temperatures/0/readings/0/at", "bad_time"),
        (temps({"at": "0001-01-01T00:00:00+08:00", "celsius": 1}), "/temperatures/0/readings/0/at", "out_of_range"),
        (temps({"at": "2026-12-01T08:00:00+08:00", "celsius": 1}), "/temperatures/0/readings/0/at", "future_time"),
        (temps(READING, READING), "/temperatures/0/readings/1/at", "duplicate"),
        (temps(READING, interval_minutes=0), "/temperatures/0/interval_minutes", "out_of_range"),
        (temps(READING, interval_minutes="十分钟"), "/temperatures/0/interval_minutes", "out_of_range"),
        (temps(READING, min_celsius="10", max_celsius="0"), "/temperatures/0/max_celsius", "reversed"),
        (temps(READING, calibration_due="明年"), "/temperatures/0/calibration_due", "bad_date"),
        (temps(*[READING] * (MAX_READINGS + 1)), "/temperatures/0/readings", "too_many"),
        ({"temperatures": [{"what": "车厢温度", "readings": []}] * 51}, "/temperatures", "too_many"),
        ({"events": "烧熟"}, "/events", "not_a_list"),
        ({"events": [{"what": "起床", "at": T}]}, "/events/0/what", "unknown_value"),
        ({"events": [{"what": "留样"}]}, "/events/0/at", "required"),
        ({"events": [{"what": "留样", "at": "2026-10-01"}]}, "/events/0/at", "bad_time"),
        ({"events": [{"what": "留样", "at": T}, {"what": "留样", "at": T}]}, "/events/1/what", "duplicate"),
        ({"intervals": [{"what": "安全间隔期"}]}, "/intervals/0/days", "required"),
        ({"intervals": [{"what": "安全间隔期", "days": -7}]}, "/intervals/0/days", "out_of_range"),
        ({"intervals": [{"what": "安全间隔期", "days": True}]}, "/intervals/0/days", "out_of_range"),
        ({"intervals": [{"what": "午休", "days": 1}]}, "/intervals/0/what", "unknown_value"),
        ({"intervals": [{"what": "休药期", "days": 1}] * 2}, "/intervals/1/what", "duplicate"),
        ({"recall": []}, "/recall", "not_an_object"),
        (recall(level="五级"), "/recall/level", "unknown_value"),
        (recall(known_at="2026-10-01T08:00:00"), "/recall/known_at", "naive_time"),
        (recall(started_at="2026-10-01T07:00:00+08:00"), "/recall/started_at", "reversed"),
        (recall(announced_on="2026-10-02", finished_on="2026-10-01"), "/recall/finished_on", "reversed"),
        (recall(scope="全球"), "/recall/scope", "unknown_value"),
        (recall(holidays="国庆"), "/recall/holidays", "not_a_list"),
        (recall(holidays=["国庆"]), "/recall/holidays/0", "bad_date"),
        ({"lineage": {}}, "/lineage", "not_a_list"),
        ({"lineage": [{}]}, "/lineage/0/lot", "required"),
        ({"lineage": [{"lot": "A"}, {"lot": "A"}]}, "/lineage/1/lot", "duplicate"),
        ({"lineage": [{"lot": "A", "origin": "天上"}]}, "/lineage/0/origin", "unknown_value"),
        ({"lineage": [{"lot": "A", "inputs": "B"}]}, "/lineage/0/inputs", "not_a_list"),
        ({"reports": [{"kind": "委托", "sampled_on": "前天"}]}, "/reports/0/sampled_on", "bad_date"),
        ({"product": {"name": "虾干", "dehydration": "100"}}, "/product/dehydration", "out_of_range"),
        ({"product": {"name": "虾干", "moisture_fresh": "80"}}, "/product/moisture_dried", "required"),
        ({"product": {"name": "虾干", "moisture_fresh": "20", "moisture_dried": "80"}}, "/product/moisture_dried", "reversed"),
        ({"product": {"name": "虾干", "moisture_fresh": "80", "moisture_dried": "20", "dehydration": "10"}}, "/product/dehydration", "contradiction"),
    ],
)  # fmt: skip
def test_each_wrong_field_is_named(given: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        facts_from_request(GOOD | given, today=date(2026, 11, 25))
    assert (pointer, code) in {(error.pointer, error.code) for error in refused.value.errors}
    assert all(error.detail and error.detail_en for error in refused.value.errors)


class Endless(list[Any]):
    """A list that says it holds a thousand million readings, without the memory for them."""

    def __len__(self) -> int:
        return 10**9


def test_a_thousand_million_readings_are_refused_by_count() -> None:
    with pytest.raises(InvalidInput) as refused:
        facts_from_request(GOOD | temps() | {"temperatures": [{"what": "车厢温度", "readings": Endless()}]})
    (error,) = refused.value.errors
    assert error.code == "too_many"
    assert str(MAX_READINGS) in error.detail
    assert "1000000000" in error.detail


def test_the_count_holds_for_all_series_together() -> None:
    half = MAX_READINGS // 2 + 1
    one = {"what": "车厢温度", "readings": [{"at": T, "celsius": 1}] * half}
    with pytest.raises(InvalidInput) as refused:
        facts_from_request(GOOD | {"temperatures": [one, one]})
    assert ("/temperatures/1/readings", "too_many") in {(e.pointer, e.code) for e in refused.value.errors}


def test_absent_is_not_asked_and_empty_is_missing() -> None:
    none = facts_from_request(GOOD)
    members = ("records", "documents", "label", "temperatures", "events", "recall", "lineage")
    assert all(getattr(none, member) is None for member in members)
    empty = facts_from_request(GOOD | {"records": [], "documents": [], "temperatures": [], "events": [], "lineage": []})
    assert empty.records == empty.documents == empty.temperatures == empty.lineage == ()
    assert empty.events is not None
    assert empty.events.events == ()
    quiet = {one.clause_id for one in evaluate(load_book(), none).findings}
    loud = {one.clause_id for one in evaluate(load_book(), empty).findings}
    assert {"REC-09", "SUP-01-2", "LIN-01"} <= loud - quiet


def test_readings_in_any_order_and_zone_are_one_series() -> None:
    late = {"at": "2026-10-01T01:00:00Z", "celsius": "-17"}
    facts = facts_from_request(GOOD | temps(late, READING))
    assert facts.temperatures is not None
    assert [str(one.celsius) for one in facts.temperatures[0].readings] == ["-18", "-17"]


text = st.text(max_size=12)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text | st.datetimes().map(str) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
BOOK = load_book()


def rows(*names: str, **fixed: Any) -> st.SearchStrategy[Any]:
    keys = dict.fromkeys(names, anything) | {key: st.sampled_from(value) | anything for key, value in fixed.items()}
    return anything | st.lists(st.fixed_dictionaries({}, optional=keys), max_size=3)


@settings(max_examples=200)
@given(st.fixed_dictionaries({}, optional={
    "records": rows("fields", "made_on", "kept_until", kind=BOOK.words["records"]),
    "documents": rows("fields", "number", "valid_to", "used_on", kind=BOOK.words["documents"]),
    "label": anything | st.fixed_dictionaries({}, optional=dict.fromkeys(
        ("edition", "fields", "produced_on", "expires_on", "shelf_life", "claims", "allergens", "nutrition", "area_cm2"), anything
    )),
    "temperatures": rows("readings", "interval_minutes", "calibration_due", "max_celsius", what=BOOK.words["temperatures"]),
    "events": rows("at", "of", what=BOOK.words["events"]),
    "intervals": rows("days", "of", what=BOOK.words["intervals"]),
    "recall": anything | st.fixed_dictionaries({"level": st.just("一级"), "known_at": st.just(T)}, optional=dict.fromkeys(
        ("started_at", "announced_on", "finished_on", "holidays", "fields", "scope"), anything
    )),
    "lineage": rows("lot", "inputs", "documents", origin=("田", "进口")),
    "stage": st.sampled_from(["田", "市", "加", "配", "餐", "桌"]),
}))  # fmt: skip
def test_no_body_crashes(body: dict[str, Any]) -> None:
    try:
        facts = facts_from_request(GOOD | body)
    except InvalidInput:
        return
    evaluate(BOOK, facts)


def test_a_broken_line_of_many_lots_is_told_briefly() -> None:
    links = [{"lot": f"L{n}", "inputs": [f"{n}-{m}" for m in range(200)]} for n in range(200)]
    answer = evaluate(load_book(), facts_from_request(GOOD | {"lineage": links}))
    told = [finding.reason for finding in answer.findings if "凭证" in finding.reason]
    assert any("等共 40000 个" in reason for reason in told)
    assert all(len(reason) < 2000 for reason in told)
