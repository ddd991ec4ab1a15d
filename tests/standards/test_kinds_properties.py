"""What must hold of the newer kinds for any facts: worse never helps, order and units never matter."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standards.helpers import ask, one
from tests.standards.process import MAKE, Body, at, base, series
from trace.standards import evaluate, facts_from_request, load_book
from trace.standards.checks.recalls import working_days
from trace.standards.checks.supplied import Sample
from trace.standards.checks.temperatures import excursion_minutes, mean_kinetic
from trace.standards.clauses import Clause

BOOK = load_book()
RANK = {"pass": 0, "advisory": 0, "not_applicable": 0, "insufficient_evidence": 1, "needs_review": 1, "fail": 2}


def of(check: str) -> list[Clause]:
    return [clause for clause in BOOK.clauses.values() if clause.check == check]


def worst(body: Body, clause: Clause) -> int:
    found = evaluate(BOOK, facts_from_request(body)).findings
    return max((RANK[one.status] for one in found if one.clause_id == clause.id), default=0)


def statuses(body: Body, clause: Clause) -> list[str]:
    found = evaluate(BOOK, facts_from_request(body)).findings
    return [one.status for one in found if one.clause_id == clause.id]


celsius = st.decimals(min_value=-60, max_value=150, places=1)


@settings(max_examples=80)
@given(st.sampled_from(of("temperature_range")), st.lists(celsius, min_size=1, max_size=6), st.data())
def test_a_warmer_reading_never_turns_fail_into_pass_under_an_upper_bound(
    clause: Clause, values: list[Decimal], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    low, high = clause.terms.lowest, clause.terms.highest
    step = data.draw(st.decimals(min_value=0, max_value=50, places=1))
    worse = list(values)
    if high is not None and (low is None or values[place] > high):
        worse[place] += step
    elif low is not None and (high is None or values[place] < low):
        worse[place] -= min(step, worse[place] + 273)
    before = worst(base(clause) | {"temperatures": series(clause, *values)}, clause)
    after = worst(base(clause) | {"temperatures": series(clause, *worse)}, clause)
    assert before <= after


@settings(max_examples=60)
@given(
    st.sampled_from([c for c in BOOK.clauses.values() if c.kind == "temperature"]),
    st.lists(celsius, min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_readings_never_matters(clause: Clause, values: list[Decimal], rng: random.Random) -> None:
    one_way = series(clause, *values, max_celsius="4")
    other = [one_way[0] | {"readings": rng.sample(one_way[0]["readings"], len(values))}]
    both = [statuses(base(clause) | {"temperatures": given}, clause) for given in (one_way, other)]
    assert both[0] == both[1]


@settings(max_examples=60)
@given(st.sampled_from(of("between")), st.integers(-100, 8000), st.integers(0, 8000))
def test_a_longer_wait_never_turns_fail_into_pass(clause: Clause, minutes: int, more: int) -> None:
    def body(span: int) -> Body:
        events = [{"what": clause.terms.begins, "at": at(clause)}, {"what": clause.terms.ends, "at": at(clause, span)}]
        return base(clause) | {"events": events[:: 1 if span % 2 else -1]}

    first, second = statuses(body(minutes), clause), statuses(body(minutes + more), clause)
    if clause.terms.at_least:
        first, second = second, first
    if minutes >= 0:
        assert not (first == ["fail"] and second == ["pass"])


@settings(max_examples=60)
@given(st.sampled_from(of("waiting")), st.integers(0, 60), st.integers(0, 60), st.integers(0, 30))
def test_a_longer_interval_never_turns_fail_into_pass(clause: Clause, waited: int, days: int, more: int) -> None:
    def body(interval: int) -> Body:
        events = [
            {"what": clause.terms.begins, "at": at(clause)},
            {"what": clause.terms.ends, "at": at(clause, waited * 1440)},
        ]
        return base(clause) | {"events": events, "intervals": [{"what": clause.terms.interval, "days": interval}]}

    assert worst(body(days), clause) <= worst(body(days + more), clause)


@settings(max_examples=60)
@given(
    st.sampled_from([c for c in of("kept_record") if c.terms.keep]),
    st.integers(0, 2000),
    st.integers(0, 2000),
    st.data(),
)
def test_keeping_longer_or_filling_more_never_hurts(clause: Clause, days: int, more: int, data: st.DataObject) -> None:
    good, _ = MAKE["kept_record"](clause)
    record: dict[str, Any] = good["records"][0]
    made = date.fromisoformat(record["made_on"])
    names = list(record["fields"])
    kept = data.draw(st.sets(st.sampled_from(names))) if names else set()

    def body(until: int, fields: set[str]) -> Body:
        one = record | {"kept_until": str(made + timedelta(days=until)), "fields": dict.fromkeys(fields, "有")}
        return base(clause) | {"records": [one]}

    assert worst(body(days, kept), clause) >= worst(body(days + more, set(names)), clause)


@settings(max_examples=60)
@given(st.integers(0, 90), st.integers(0, 40), st.sampled_from(["一级", "二级", "三级"]))
def test_a_later_recall_never_turns_fail_into_pass(days: int, more: int, level: str) -> None:
    clause = next(one for one in of("recall_finish") if one.terms.level == level)

    def body(after: int) -> Body:
        last = str(date(2026, 10, 9) + timedelta(days=after))
        told = {
            "level": level,
            "known_at": "2026-10-09T08:00:00+08:00",
            "announced_on": "2026-10-09",
            "finished_on": last,
        }
        return {"product": {"name": "卤鸭"}, "produced_on": "2026-10-01", "recall": told | {"holidays": []}}

    assert worst(body(days), clause) <= worst(body(days + more), clause)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("ABCDEF"), st.sets(st.sampled_from("ABCDEFG")), st.sampled_from(["", "田", "进口"])), max_size=6, unique_by=lambda row: row[0]), st.randoms(use_true_random=False))  # fmt: skip
def test_the_order_of_lots_never_matters_and_loops_end(rows: list[Any], rng: random.Random) -> None:
    links = [{"lot": lot, "inputs": sorted(inputs), "origin": origin} for lot, inputs, origin in rows]
    body = {"product": {"name": "卤鸭"}, "produced_on": "2026-10-01"}
    shuffled = rng.sample(links, len(links))
    for clause in of("traceable") + of("own_evidence"):
        assert statuses(body | {"lineage": links}, clause) == statuses(body | {"lineage": shuffled}, clause)


grams = st.decimals(min_value=0, max_value=2, places=4)


@settings(max_examples=80)
@given(grams, grams, grams, st.sampled_from(["g/kg", "mg/kg", "%", "mg/100g"]))
def test_more_of_a_preservative_never_helps_and_units_never_matter(
    a: Decimal, b: Decimal, more: Decimal, unit: str
) -> None:
    def mixed(first: Decimal, second: Decimal, written: str = "g/kg") -> list[str]:
        given, wanted = BOOK.units.find("g/kg"), BOOK.units.find(written)
        assert given is not None
        assert wanted is not None
        amount = BOOK.units.convert(second, given, wanted)
        rows = one("山梨酸", f"{first:f}", unit="g/kg") + one("苯甲酸", f"{amount:f}", unit=written)
        answer = ask("蔬菜制品:酱腌菜", measurements=rows)
        return [finding.status for finding in answer.findings if finding.clause_id == "ADD-MIX"]

    before, after = mixed(a, b), mixed(a + more, b)
    assert not (before == ["fail"] and after != ["fail"])
    assert mixed(a, b, unit) == before
    if a and b:
        assert before == (["pass"] if a + b <= 1 else ["fail"])


@settings(max_examples=60)
@given(
    st.decimals(min_value=0, max_value=10, places=3),
    st.decimals(min_value=0, max_value=5, places=3),
    st.integers(1, 95),
)
def test_a_worse_dried_value_never_helps(value: Decimal, more: Decimal, lost: int) -> None:
    product = {"name": "样品", "category": "水产制品:干制水产品:甲壳类制品", "dehydration": str(lost)}
    ranks = [
        max(
            RANK[f.status]
            for f in ask(product, measurements=one("铅", str(x), unit="mg/kg")).findings
            if f.measurement == 0
        )
        for x in (value, value + more)
    ]
    assert ranks[0] <= ranks[1]


@given(st.lists(st.decimals(min_value=-40, max_value=80, places=1), min_size=1, max_size=20))
def test_kinetic_temperature_lies_between_mean_and_maximum(values: list[Decimal]) -> None:
    first = facts_from_request({"product": {"name": "x"}, "produced_on": "2026-10-01", "temperatures": [
        {"what": "车厢温度", "readings": [{"at": f"2026-10-01T08:{n:02d}:00+08:00", "celsius": str(v)} for n, v in enumerate(values)]}
    ]}).temperatures  # fmt: skip
    assert first is not None
    readings: tuple[Sample, ...] = first[0].readings
    mean = float(sum(values, Decimal(0)) / len(values))
    assert mean - 1e-6 <= mean_kinetic(readings) <= float(max(values)) + 1e-6
    assert excursion_minutes(readings, lambda celsius: False) == len(values) - 1
    assert excursion_minutes(readings, lambda celsius: True) == 0


def test_working_days() -> None:
    national = tuple(date(2026, 10, day) for day in range(1, 9))
    assert working_days(date(2026, 9, 30), date(2026, 10, 9), national, ()) == 1
    assert working_days(date(2026, 9, 30), date(2026, 10, 10), national, (date(2026, 10, 10),)) == 2
    assert working_days(date(2026, 10, 9), date(2026, 10, 16), (), ()) == 5
