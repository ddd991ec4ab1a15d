"""Every limit of the book, from the book: just inside never fails, just outside always does, in every unit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.standards.helpers import ask, day_for, judged, one, product_for
from trace.standards import load_book
from trace.standards.clauses import Clause

BOOK = load_book()
BOUNDED = [clause for clause in BOOK.clauses.values() if clause.judged and clause.maximum is not None]
COUNTED = [clause for clause in BOOK.clauses.values() if clause.plan and not clause.plan.absent]
PRESENCE = [clause for clause in BOOK.clauses.values() if clause.plan and clause.plan.absent]
UNKNOWN = [clause for clause in BOOK.clauses.values() if clause.judged and clause.unknown]


def name_of(clause: Clause) -> str:
    return f"{clause.parameter_name}({clause.basis})" if clause.basis else clause.parameter_name


def status_of(clause: Clause, *values: str, unit: str | None = None) -> str:
    text = unit if unit is not None else (clause.unit.name if clause.unit else "/25g")
    answer = ask(product_for(clause), day_for(clause), one(name_of(clause), *values, unit=text))
    mine = [finding for finding in judged(answer) if finding.clause_id == clause.id]
    assert len(mine) == 1, (clause.id, answer.findings)
    return mine[0].status


def test_every_judging_clause_is_one_of_these() -> None:
    judging = {clause.id for clause in BOOK.clauses.values() if clause.judged}
    assert judging == {clause.id for clause in [*BOUNDED, *COUNTED, *PRESENCE, *UNKNOWN]}
    assert len(judging) > 120


@pytest.mark.parametrize("clause", BOUNDED, ids=lambda clause: clause.id)
def test_numeric_limit(clause: Clause) -> None:
    assert clause.maximum is not None
    tiny = Decimal("1e-9") * clause.maximum
    assert status_of(clause, str(clause.maximum)) == "pass"
    assert status_of(clause, str(clause.maximum - tiny)) == "pass"
    assert status_of(clause, str(clause.maximum / 2)) == "pass"
    assert status_of(clause, str(clause.maximum + tiny)) == "fail"


@pytest.mark.parametrize("clause", BOUNDED, ids=lambda clause: clause.id)
def test_numeric_limit_in_every_unit_of_its_dimension(clause: Clause) -> None:
    assert clause.maximum is not None
    assert clause.unit is not None
    for unit in {unit.name: unit for unit in BOOK.units.by_key.values()}.values():
        if unit.dimension != clause.unit.dimension:
            continue
        limit = BOOK.units.convert(clause.maximum, clause.unit, unit)
        assert limit is not None
        assert status_of(clause, f"{limit:f}", unit=unit.name) == "pass"
        assert status_of(clause, f"{limit * Decimal('1.000001'):f}", unit=unit.name) == "fail"


@pytest.mark.parametrize("clause", COUNTED, ids=lambda clause: clause.id)
def test_sampling_plan(clause: Clause) -> None:
    plan = clause.plan
    assert plan is not None
    sure = clause.confidence != "L"
    expected_pass, expected_fail = ("pass", "fail") if sure else ("needs_review", "needs_review")
    m, more = str(plan.m), str(plan.m + 1)
    assert status_of(clause, *[m] * plan.n) == expected_pass
    assert status_of(clause, *[more] * plan.c, *[m] * (plan.n - plan.c)) == expected_pass
    assert status_of(clause, *[more] * (plan.c + 1), *[m] * (plan.n - plan.c - 1)) == expected_fail
    if sure:
        assert status_of(clause, *[m] * (plan.n - 1)) == "insufficient_evidence"
    if plan.upper is not None:
        assert status_of(clause, *["0"] * (plan.n - 1), str(plan.upper + 1)) == expected_fail
        assert status_of(clause, str(plan.upper + 1)) == expected_fail


@pytest.mark.parametrize("clause", PRESENCE, ids=lambda clause: clause.id)
def test_presence_plan(clause: Clause) -> None:
    plan = clause.plan
    assert plan is not None
    assert status_of(clause, *["未检出"] * plan.n) == "pass"
    assert status_of(clause, *["0/25g"] * plan.n) == "pass"
    assert status_of(clause, *["未检出"] * (plan.n - 1)) == "insufficient_evidence"
    assert status_of(clause, *["未检出"] * (plan.n - 1), "检出") == "fail"
    assert status_of(clause, "检出/25g") == "fail"


@pytest.mark.parametrize("clause", UNKNOWN, ids=lambda clause: clause.id)
def test_an_unknown_limit_never_decides(clause: Clause) -> None:
    product = {"name": "卤牛肉", "category": "肉制品-酱卤肉制品"}
    if clause.foods_text not in ("", "食品"):
        product = product_for(clause)
    for value in ("0", "0.0001", "1000"):
        answer = ask(product, day_for(clause), one(clause.parameter_name, value, unit="mg/kg"))
        (finding,) = [finding for finding in judged(answer) if finding.clause_id == clause.id]
        assert finding.status == "needs_review"
