"""What must hold for any value: worse never helps, units and order never matter."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.standards.helpers import ask, day_for, judged, one, product_for
from trace.standards import load_book

BOOK = load_book()
LIMITS = [clause for clause in BOOK.clauses.values() if clause.judged and clause.maximum is not None]
PLANS = [clause for clause in BOOK.clauses.values() if clause.plan is not None]
MASS_UNITS = sorted({unit.name for unit in BOOK.units.by_key.values() if unit.dimension == "质量分数"})
RANK = {"pass": 0, "insufficient_evidence": 1, "needs_review": 1, "fail": 2}
values = st.decimals(min_value=0, max_value=90, places=6)
counts = st.integers(min_value=0, max_value=10**6)


def statuses(clause_id: str, *texts: str, unit: str, parameter: str | None = None) -> list[str]:
    clause = BOOK.clauses[clause_id]
    answer = ask(product_for(clause), day_for(clause), one(parameter or clause.parameter_name, *texts, unit=unit))
    return [finding.status for finding in judged(answer)]


@settings(max_examples=150)
@given(st.sampled_from(LIMITS), values, values)
def test_a_worse_value_never_turns_fail_into_pass(clause, first, second) -> None:  # type: ignore[no-untyped-def]
    low, high = sorted((first, second))
    assert clause.unit is not None
    better = statuses(clause.id, str(low), unit=clause.unit.name)
    worse = statuses(clause.id, str(high), unit=clause.unit.name)
    assert max(RANK[one] for one in better) <= max(RANK[one] for one in worse)


@settings(max_examples=150)
@given(st.sampled_from(PLANS), st.lists(counts, min_size=1, max_size=7), st.integers(0, 6), counts)
def test_a_worse_sample_never_turns_fail_into_pass(clause, samples, place, extra) -> None:  # type: ignore[no-untyped-def]
    unit = clause.unit.name if clause.unit else "/25g"
    worse = list(samples)
    worse[place % len(worse)] += extra
    before = statuses(clause.id, *map(str, samples), unit=unit)
    after = statuses(clause.id, *map(str, worse), unit=unit)
    assert not ("fail" in before and "fail" not in after)
    assert not ("pass" not in before and "pass" in after)


@settings(max_examples=100)
@given(
    st.sampled_from(PLANS),
    st.lists(counts, min_size=1, max_size=6).flatmap(
        lambda samples: st.tuples(st.just(samples), st.permutations(samples))
    ),
)
def test_the_order_of_samples_never_matters(clause, pair) -> None:  # type: ignore[no-untyped-def]
    unit = clause.unit.name if clause.unit else "/25g"
    assert statuses(clause.id, *map(str, pair[0]), unit=unit) == statuses(clause.id, *map(str, pair[1]), unit=unit)


@settings(max_examples=150)
@given(
    st.sampled_from([c for c in LIMITS if c.unit and c.unit.dimension == "质量分数"]),
    values,
    st.sampled_from(MASS_UNITS),
)
def test_a_change_of_unit_never_changes_the_verdict(clause, value, unit_name) -> None:  # type: ignore[no-untyped-def]
    unit = BOOK.units.find(unit_name)
    assert unit is not None
    assert clause.unit is not None
    converted = BOOK.units.convert(value, clause.unit, unit)
    assert converted is not None
    text = f"{converted:f}"
    if len(text) > 24 or Decimal(text) != converted:
        return
    assert statuses(clause.id, str(value), unit=clause.unit.name) == statuses(clause.id, text, unit=unit_name)
