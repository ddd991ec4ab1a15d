"""Every limit of the book, from the book: just inside never fails, just outside always does, in every unit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.standards.helpers import ask, day_for, decided, judged, one, product_for
from trace.standards import load_book
from trace.standards.clauses import Clause

BOOK = load_book()
BOUNDED = [clause for clause in BOOK.clauses.values() if clause.judged and clause.maximum is not None]
FLOORED = [clause for clause in BOOK.clauses.values() if clause.judged and clause.minimum is not None]
FORBIDDEN = [clause for clause in BOOK.clauses.values() if clause.judged and clause.absent]
COUNTED = [clause for clause in BOOK.clauses.values() if clause.plan and not clause.plan.absent]
PRESENCE = [clause for clause in BOOK.clauses.values() if clause.plan and clause.plan.absent]
UNKNOWN = [clause for clause in BOOK.clauses.values() if clause.judged and clause.unknown]


def name_of(clause: Clause) -> str:
    return f"{clause.parameter_name}({clause.basis})" if clause.basis else clause.parameter_name


def portion_of(clause: Clause) -> str:
    return "/50cm²" if clause.plan and "50cm" in clause.plan.text else "/25g" if clause.plan else ""


def status_of(clause: Clause, *values: str, unit: str | None = None) -> str:
    text = unit if unit is not None else (clause.unit.name if clause.unit else portion_of(clause))
    more = {"lod": "0.000000001"} if clause.absent and clause.unit else {}
    answer = ask(product_for(clause), day_for(clause), one(name_of(clause), *values, unit=text, **more))
    mine = [finding for finding in judged(answer) if finding.clause_id == clause.id]
    assert len(mine) == 1, (clause.id, answer.findings)
    return mine[0].status


def test_every_judging_clause_is_one_of_these() -> None:
    judging = {clause.id for clause in BOOK.clauses.values() if clause.judged}
    assert judging == {clause.id for clause in [*BOUNDED, *FLOORED, *FORBIDDEN, *COUNTED, *PRESENCE, *UNKNOWN]}
    assert len(judging) > 120


@pytest.mark.parametrize("clause", BOUNDED, ids=lambda clause: clause.id)
def test_numeric_limit(clause: Clause) -> None:
    assert clause.maximum is not None
    tiny = Decimal("1e-9") * clause.maximum
    good, bad = decided(clause, "pass"), decided(clause, "fail")
    assert status_of(clause, str(clause.maximum)) == (bad if clause.strict else good)
    assert status_of(clause, str(clause.maximum - tiny)) == good
    assert status_of(clause, str(clause.maximum / 2)) == good
    assert status_of(clause, str(clause.maximum + tiny)) == bad


@pytest.mark.parametrize("clause", FLOORED, ids=lambda clause: clause.id)
def test_a_lower_bound(clause: Clause) -> None:
    assert clause.minimum is not None
    tiny = Decimal("1e-9") * clause.minimum
    assert status_of(clause, str(clause.minimum)) == decided(clause, "pass")
    assert status_of(clause, str(clause.minimum + tiny)) == decided(clause, "pass")
    assert status_of(clause, str(clause.minimum - tiny)) == decided(clause, "fail")


@pytest.mark.parametrize("clause", FORBIDDEN, ids=lambda clause: clause.id)
def test_what_must_not_be_found(clause: Clause) -> None:
    good, bad = decided(clause, "pass"), decided(clause, "fail")
    if clause.unit is None:
        assert status_of(clause, "符合", unit="") == good
        assert status_of(clause, "不符合", unit="") == status_of(clause, "检出", unit="") == bad
        return
    assert status_of(clause, "未检出") == good
    assert status_of(clause, "0.00000001") == bad
    assert status_of(clause, "检出") == bad


@pytest.mark.parametrize("clause", BOUNDED, ids=lambda clause: clause.id)
def test_numeric_limit_in_every_unit_of_its_dimension(clause: Clause) -> None:
    assert clause.maximum is not None
    assert clause.unit is not None
    for unit in {unit.name: unit for unit in BOOK.units.by_key.values()}.values():
        if unit.dimension != clause.unit.dimension:
            continue
        limit = BOOK.units.convert(clause.maximum, clause.unit, unit)
        assert limit is not None
        inside = limit * Decimal("0.999999") if clause.strict else limit
        assert status_of(clause, f"{inside:f}", unit=unit.name) == decided(clause, "pass")
        assert status_of(clause, f"{limit * Decimal('1.000001'):f}", unit=unit.name) == decided(clause, "fail")


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
    if plan.n > 1:
        assert status_of(clause, *["0/25g"] * plan.n) == "pass"
        assert status_of(clause, *["未检出"] * (plan.n - 1)) == "insufficient_evidence"
    assert status_of(clause, *["未检出"] * (plan.n - 1), "检出") == "fail"
    assert status_of(clause, f"检出{portion_of(clause)}") == "fail"


@pytest.mark.parametrize("clause", UNKNOWN, ids=lambda clause: clause.id)
def test_an_unknown_limit_never_decides(clause: Clause) -> None:
    unit = clause.unit.name if clause.unit else BOOK.dictionary.find(clause.parameter_name).parameter.units[0]  # type: ignore[union-attr]
    for value in ("0", "0.0001", "1"):
        answer = ask(product_for(clause), day_for(clause), one(clause.parameter_name, value, unit=unit))
        mine = [finding.status for finding in judged(answer) if finding.clause_id == clause.id]
        assert mine == ["needs_review"], answer.findings
        assert answer.verdict == "needs_review"
