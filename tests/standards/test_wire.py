"""Bad input is a named field error, never a crash and never a pass."""

from __future__ import annotations

import copy
import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trace.errors import InvalidInput
from trace.standards import evaluate, facts_from_request, load_book

GOOD: dict[str, Any] = {
    "product": {"name": "卤牛肉", "category": "肉制品-酱卤肉制品"},
    "produced_on": "2026-10-01",
    "measurements": [{"parameter": "铅", "values": ["0.1"], "unit": "mg/kg"}],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    body = copy.deepcopy(GOOD)
    *way, last = path.split("/")
    place: Any = body
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "pointer", "code"),
    [
        ("product", ..., "/product", "required"),
        ("product", "卤牛肉", "/product", "required"),
        ("product/name", "", "/product/name", "required"),
        ("product/name", 5, "/product/name", "not_text"),
        ("product/storage", "放在柜子里", "/product/storage", "unknown_value"),
        ("product/storage", "10-18℃", "/product/storage", "unknown_value"),
        ("product/heating", 5, "/product/heating", "not_text"),
        ("product/ready_to_eat", "是", "/product/ready_to_eat", "not_boolean"),
        ("product/shelf_life_days", -1, "/product/shelf_life_days", "out_of_range"),
        ("produced_on", ..., "/produced_on", "required"),
        ("produced_on", "2026-13-01", "/produced_on", "bad_date"),
        ("produced_on", "昨天", "/produced_on", "bad_date"),
        ("produced_on", 20261001, "/produced_on", "bad_date"),
        ("produced_on", "2027-01-01", "/produced_on", "future_date"),
        ("stage", "太空", "/stage", "unknown_value"),
        ("measurements", {}, "/measurements", "not_a_list"),
        ("measurements", ["铅"], "/measurements/0", "not_an_object"),
        ("measurements", [GOOD["measurements"][0]] * 1001, "/measurements", "too_many"),
        ("measurements/0/parameter", "", "/measurements/0/parameter", "required"),
        ("measurements/0/unit", "斤", "/measurements/0/unit", "unknown_unit"),
        ("measurements/0/unit", "", "/measurements/0/unit", "required"),
        ("measurements/0/values", [], "/measurements/0/values", "required"),
        ("measurements/0/values", ["很多"], "/measurements/0/values/0", "not_a_number"),
        ("measurements/0/values", ["NaN"], "/measurements/0/values/0", "not_a_number"),
        ("measurements/0/values", [float("nan")], "/measurements/0/values/0", "not_a_number"),
        ("measurements/0/values", ["Infinity"], "/measurements/0/values/0", "not_a_number"),
        ("measurements/0/values", ["-0.1"], "/measurements/0/values/0", "out_of_range"),
        ("measurements/0/values", ["0.1", "1e99"], "/measurements/0/values/1", "out_of_range"),
        ("measurements/0/values", ["2000000"], "/measurements/0/values/0", "out_of_range"),
        ("measurements/0/values", ["1,000"], "/measurements/0/values/0", "ambiguous_comma"),
        ("measurements/0/values", [None], "/measurements/0/values/0", "not_text"),
        ("measurements/0/values", ["1"] * 101, "/measurements/0/values", "too_many"),
        ("measurements/0/lod", "0", "/measurements/0/lod", "out_of_range"),
        ("measurements/0/lod", "低", "/measurements/0/lod", "not_a_number"),
        ("measurements/0", {"parameter": "pH", "values": ["15"], "unit": "pH"}, "/measurements/0/values/0", "out_of_range"),
        ("maker", [{"kind": "海盗", "number": "1"}], "/maker/0/kind", "unknown_value"),
        ("reports", [{"kind": "传说"}], "/reports/0/kind", "unknown_value"),
        ("inputs", [{"name": "盐", "received_on": "昨天"}], "/inputs/0/received_on", "bad_date"),
    ],
)  # fmt: skip
def test_each_wrong_field_is_named(path: str, value: Any, pointer: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        facts_from_request(changed(path, value), today=date(2026, 11, 24))
    assert (pointer, code) in {(error.pointer, error.code) for error in refused.value.errors}
    assert all(error.detail and error.detail_en for error in refused.value.errors)


def test_all_errors_come_together() -> None:
    body = changed("measurements/0/unit", "斤")
    body["produced_on"] = "x"
    with pytest.raises(InvalidInput) as refused:
        facts_from_request(body)
    assert {error.pointer for error in refused.value.errors} == {"/produced_on", "/measurements/0/unit"}


@pytest.mark.parametrize("body", [None, [], "x", 3, {}])
def test_not_even_an_object(body: Any) -> None:
    with pytest.raises(InvalidInput):
        facts_from_request(body)


def test_contradictory_measurements_are_both_judged() -> None:
    row = GOOD["measurements"][0]
    body = GOOD | {"measurements": [row, row | {"values": ["0.9"]}]}
    answer = evaluate(load_book(), facts_from_request(body))
    assert [f.status for f in answer.findings if f.measurement is not None] == ["pass", "fail"]
    assert answer.verdict == "fail"


def test_a_thousand_measurements_are_taken() -> None:
    body = GOOD | {"measurements": GOOD["measurements"] * 1000}
    assert len(facts_from_request(body).measurements) == 1000


text = st.text(max_size=20)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)
row = st.fixed_dictionaries(
    {}, optional={"parameter": anything | st.just("铅"), "values": anything | st.lists(text), "unit": anything, "lod": anything}
)  # fmt: skip


@settings(max_examples=300)
@given(st.fixed_dictionaries({}, optional={
    "product": anything | st.fixed_dictionaries({"name": text}, optional={"category": text, "storage": text}),
    "produced_on": anything | st.dates().map(str),
    "measurements": anything | st.lists(row, max_size=3),
    "maker": anything, "inputs": anything, "reports": anything, "stage": anything,
}))  # fmt: skip
def test_no_body_crashes(body: dict[str, Any]) -> None:
    try:
        facts = facts_from_request(body)
    except InvalidInput:
        return
    evaluate(load_book(), facts)


@settings(max_examples=300)
@given(st.text(alphabet="卤牛肉()（）:：-—、除外及其制品以上的新鲜蔬菜罐头abc[]", max_size=40), st.text(max_size=10))
def test_no_category_crashes(category: str, name: str) -> None:
    body = GOOD | {"product": {"name": "名" + name, "category": category}}
    evaluate(load_book(), facts_from_request(body))


@pytest.mark.parametrize(
    ("written", "meaning"),
    [("常温", "常温"), ("置阴凉干燥处", "常温"), ("冷藏", "冷藏"), ("chilled", "冷藏"), ("－18℃以下", "冷冻"), ("≤ -18 °C", "冷冻"), ("frozen", "冷冻"), ("", None)],
)  # fmt: skip
def test_storage_is_understood_or_refused(written: str, meaning: str | None) -> None:
    body = {"product": {"name": "样品", "storage": written}, "produced_on": "2026-10-01"}
    assert facts_from_request(body).product.storage == meaning


@pytest.mark.parametrize(
    "day",
    ["2026-W40-4", "0001-01-01", "1899-12-31", "２０２６-10-01", 10**5000, [["2026"] * 9], {"a": 1}],
    ids=range(7),
)
def test_a_day_is_written_one_way_and_possible(day: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        facts_from_request({"product": {"name": "卤鸭"}, "produced_on": day})
    (error,) = refused.value.errors
    assert (error.pointer, len(error.detail) < 120) == ("/produced_on", True)


def test_an_endless_number_is_refused_by_name() -> None:
    huge = 10**5000
    body = {"product": {"name": "干香菇", "dehydration": huge}, "produced_on": "2026-10-01"}
    row = {"parameter": "铅", "values": [huge], "unit": "mg/kg", "lod": huge}
    with pytest.raises(InvalidInput) as refused:
        facts_from_request(body | {"measurements": [row]})
    pointers = [error.pointer for error in refused.value.errors]
    assert pointers == ["/product/dehydration", "/measurements/0/values/0", "/measurements/0/lod"]


def test_results_are_bounded_in_all() -> None:
    body = {"product": {"name": "卤鸭"}, "produced_on": "2026-10-01"}
    for values in (["10"] * 6, ["10;10;10;10;10;10"]):
        row = {"parameter": "菌落总数", "values": values, "unit": "CFU/g"}
        with pytest.raises(InvalidInput) as refused:
            facts_from_request(body | {"measurements": [row] * 1000})
        assert [(error.pointer, error.code) for error in refused.value.errors] == [("/measurements", "too_many")]


@pytest.mark.parametrize("category", ["肉" + "a" * 990, "肉类、" * 330, "(" * 500 + ")" * 500])
def test_a_strange_category_is_only_strange(category: str) -> None:
    started = time.process_time()
    evaluate(
        load_book(),
        facts_from_request({"product": {"name": "卤鸭", "category": category}, "produced_on": "2026-10-01"}),
    )
    assert time.process_time() - started < 1


def test_a_long_recipe_is_read_once() -> None:
    body = {"product": {"name": "卤鸭", "ingredients": ["鸭" * 200] * 500}, "produced_on": "2026-10-01"}
    facts = facts_from_request(
        body | {"measurements": [{"parameter": "铅", "values": ["0.1"], "unit": "mg/kg"}] * 1000}
    )
    started = time.process_time()
    evaluate(load_book(), facts)
    assert time.process_time() - started < 1
