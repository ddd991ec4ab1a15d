"""Judge measurements against the limits in force, and several together where their ratios are summed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from trace.standards.book import Rulebook
from trace.standards.clauses import Clause
from trace.standards.judging.applying import MAYBE, NO, YES, relation
from trace.standards.judging.drying import compare_dried
from trace.standards.judging.limits import Outcome, compare
from trace.standards.judging.ratios import summed
from trace.standards.models import (
    ADVISORY,
    FAIL,
    INSUFFICIENT,
    NOT_APPLICABLE,
    PASS,
    REVIEW,
    BatchFacts,
    Finding,
    Measurement,
)
from trace.standards.vocabulary.dictionary import Parameter
from trace.standards.vocabulary.placing import Placement
from trace.standards.vocabulary.readings import Sort
from trace.standards.vocabulary.text import name_key


def judge_measurement(
    book: Rulebook,
    facts: BatchFacts,
    placement: Placement,
    stage: str | None,
    measured: frozenset[str],
    index: int,
    measurement: Measurement,
) -> list[Finding]:
    """The findings for one measurement; ``measured`` are the ids of all parameters that were measured."""
    named = book.dictionary.find(measurement.parameter)
    if named.parameter is None:
        return [_uncovered(facts, placement, index, measurement, "名录中没有这个检验项目")]
    if not placement.placed:
        return [_uncovered(facts, placement, index, measurement, "产品无法归类，选不出适用条款")]
    parameter = named.parameter
    rows = book.by_parameter.get(parameter.id, ())
    species = book.by_total.get(parameter.id, ())
    more = _recipe_traits(book, facts.product.ingredients) if facts.product.ingredients else frozenset()
    current, sure, groups = _candidates(book, parameter.id, facts.produced_on, placement, stage, more)
    fresh = book.drying.fresh(placement.mask)

    def judge(clause: Clause) -> Outcome:
        def against(row: Clause) -> Outcome:
            return compare(row, measurement, named.basis, named.foreign_basis, book.units, parameter)

        if fresh and clause.dries and not clause.basis and not clause.unknown:
            same = [row for row in book.by_parameter[clause.parameter] if row.in_force(facts.produced_on)]
            outcome = compare_dried(clause, fresh, same, facts.product.concentration, against)
        else:
            outcome = against(clause)
        if clause.total == parameter.id:
            return _from_total(clause, outcome, parameter.name, clause.parameter in measured)
        return outcome

    made = [_finding(clause, judge(clause), placement, parameter, index, measurement) for clause in sure]
    if not made and len(groups) > 1:
        # Whichever of the classes it is, its own standard's limit is exceeded: that needs no further question.
        every = [(clause, missing, judge(clause)) for _, some in groups for clause, missing in some]
        if all(outcome.status == FAIL for _, _, outcome in every):
            finding = _uncertain(placement, parameter, index, measurement, every)
            if finding.status == FAIL:
                return [finding, *_method(current, [finding], measurement)]
    settled = {clause.standard for clause in sure}
    for standard, candidates in groups:
        outcomes = [(clause, missing, judge(clause)) for clause, missing in candidates]
        if standard in settled:
            # A sure limit stands; one that only may apply is asked about where it would forbid the value.
            by_process = any(clause.processing for clause in sure if clause.standard == standard)
            failed = any(one.status == FAIL for one in made if one.standard == standard)
            outcomes = [one for one in outcomes if one[2].status == FAIL and one[1]]
            if not outcomes or by_process or failed:
                continue
        finding = _uncertain(placement, parameter, index, measurement, outcomes)
        decided = any(one.status != ADVISORY for one in made)
        if not decided or finding.status == FAIL or any(outcome.status == FAIL for _, _, outcome in outcomes):
            made.append(finding)
    # That one standard's limit would be kept is no answer where another's is in question.
    made = [one for one in made if one.status != ADVISORY] or made
    if made:
        return made + _method(current, made, measurement)
    if not current and not rows and not species:
        why = "名录中没有这个项目的限量"
    elif not current:
        why = f"名录中没有生产日期 {facts.produced_on} 当时施行的版本"
    else:
        why = f"名录中没有适用于“{placement.path or facts.product.name}”的限量"
        if _clean(measurement):
            return [_nothing_found(index, measurement, why)]
    return [_uncovered(facts, placement, index, measurement, why)]


@lru_cache(maxsize=16_384)
def _candidates(
    book: Rulebook, parameter: str, on: date, placement: Placement, stage: str | None, more: frozenset[str]
) -> tuple[tuple[Clause, ...], tuple[Clause, ...], tuple[tuple[str, tuple[tuple[Clause, str], ...]], ...]]:
    """The clauses in force for a parameter, those that cover the product, and by standard those that may."""
    rows = (*book.by_parameter.get(parameter, ()), *book.by_total.get(parameter, ()))
    current = tuple(clause for clause in rows if clause.in_force(on))
    sure: list[Clause] = []
    groups: dict[str, list[tuple[Clause, str]]] = {}
    for clause in current:
        answer, missing = relation(clause, placement, stage, more)
        if answer == YES:
            sure.append(clause)
        elif answer == MAYBE:
            groups.setdefault(clause.standard, []).append((clause, missing))
    return current, tuple(sure), tuple((standard, tuple(found)) for standard, found in groups.items())


def judge_ratio(book: Rulebook, facts: BatchFacts, placement: Placement, stage: str | None) -> list[Finding]:
    """Findings of the ratio clauses over several measurements (SEM-9)."""
    made: list[Finding] = []
    for clause in book.ratios if placement.placed and len(facts.measurements) > 1 else ():
        if not clause.in_force(facts.produced_on):
            continue
        answer, _ = relation(clause, placement, stage)
        found = summed(book, facts, placement, stage, clause) if answer != NO else None
        if found is None:
            continue
        outcome, value = found
        status, why = outcome.status, outcome.why
        if status in (PASS, FAIL) and (answer == MAYBE or clause.confidence == "L"):
            status, why = REVIEW, f"{why}，须先核实本条是否适用"
        made.append(
            Finding(
                status, clause.standard, clause.edition, clause.clause, clause.id, clause.parameter_name, value,
                clause.limit_text, "", clause.source, clause.confidence, clause.evidence,
                f"{clause.standard} {clause.clause}（{clause.title}）：{value}，{why}",
            )
        )  # fmt: skip
    return made


_IN_RECIPE = ("添加酸水解植物蛋白",)
"""Traits that one ingredient gives the whole product; a peeled ingredient makes no 净菜."""


@lru_cache(maxsize=256)
def _recipe_traits(book: Rulebook, ingredients: tuple[str, ...]) -> frozenset[str]:
    text = name_key(" ".join(ingredients))
    traits = book.categories.traits
    return frozenset(trait for trait in _IN_RECIPE if any(word in text for word in traits.get(trait, ())))


def _from_total(clause: Clause, outcome: Outcome, total: str, species_measured: bool) -> Outcome:
    """A total result against a species limit (SEM-5): within it conforms, above it the species must be known."""
    species = clause.parameter_name
    if outcome.status == PASS:
        return Outcome(PASS, f"{total}{outcome.why}，可判定{species}符合，不必测定{species}")
    if outcome.status not in (FAIL, INSUFFICIENT):
        return outcome
    if species_measured:
        return Outcome(NOT_APPLICABLE, f"{total}不能说明{species}符合，按{species}结果判定")
    above = f"{total}高于{species}限量" if outcome.status == FAIL else f"{total}{outcome.why}"
    return Outcome(INSUFFICIENT, f"{above}，缺少{species}结果，须测定{species}再判")


_METHOD = re.compile(r"(?:gb(?:/t)?|sn/t|ny/t|ny|sc/t|bjs|db\w*(?:/t)?)\d+(?:\.\d+)?")


def _method(current: Sequence[Clause], made: list[Finding], measurement: Measurement) -> list[Finding]:
    """An advisory when the report's method is none of those that the judging clauses bind."""
    if not measurement.method:
        return []
    judging = {finding.clause_id for finding in made}
    first = next((clause for clause in current if clause.id in judging and clause.methods), None)
    if first is None:
        return []
    bound = dict.fromkeys(method for clause in current if clause.id in judging for method in clause.methods)
    used = _METHOD.findall(name_key(measurement.method))
    if any(name_key(method) in used for method in bound):
        return []
    why = f"报告方法“{measurement.method}”不在列（{'、'.join(bound)}），请核对方法是否适用"
    return [
        Finding(
            ADVISORY, first.standard, first.edition, first.clause, first.id, first.parameter_name, measurement.method,
            "、".join(bound), "", first.source, first.confidence, first.evidence,
            f"{first.standard} {first.clause}：{measurement.parameter}的{why}",
        )
    ]  # fmt: skip


def _written(measurement: Measurement) -> str:
    value = "；".join(measurement.values)
    if measurement.unit_text and not value.endswith(measurement.unit_text):
        return f"{value} {measurement.unit_text}"
    return value


def _finding(
    clause: Clause, outcome: Outcome, placement: Placement, parameter: Parameter, index: int, measurement: Measurement
) -> Finding:
    status, why = outcome.status, outcome.why
    if clause.confidence == "L" and status in (PASS, FAIL):
        status, why = REVIEW, f"数值{why}，但条款可信度低，不自动判定"
    if clause.stricter and status == PASS:
        status, why = REVIEW, f"{why}，但{clause.stricter}可能更严，须核对"
    remarks = []
    if clause.confidence == "M":
        remarks.append("待核原文")
    if status in (PASS, FAIL):
        remarks += [why for fact, why in placement.assumed if getattr(clause, fact) is not None]
    ending = f"（{'；'.join(remarks)}）" if remarks else ""
    return _made(clause, status, parameter, index, measurement, clause.limit_text, why + ending)


def _made(
    clause: Clause, status: str, parameter: Parameter, index: int, measurement: Measurement, limit: str, why: str
) -> Finding:
    written = _written(measurement)
    # A total judged by a species limit is told under the name it was measured by.
    of = clause.parameter_name if clause.total == parameter.id else ""
    return Finding(
        status=status,
        standard=clause.standard,
        edition=clause.edition,
        clause=clause.clause,
        clause_id=clause.id,
        parameter=parameter.name,
        value=written,
        limit=limit,
        unit=clause.unit.name if clause.unit else "",
        source=clause.source,
        confidence=clause.confidence,
        evidence=clause.evidence,
        reason=f"{clause.standard} {clause.clause}：{parameter.name}实测 {written}，{of}限量 {limit}，{why}",
        measurement=index,
    )


def _uncertain(
    placement: Placement,
    parameter: Parameter,
    index: int,
    measurement: Measurement,
    outcomes: list[tuple[Clause, str, Outcome]],
) -> Finding:
    """One finding for clauses of one standard of which we cannot tell which applies."""
    first = outcomes[0][0]
    limits = "；".join(dict.fromkeys(clause.limit_text for clause, _, _ in outcomes))
    statuses = {outcome.status for _, _, outcome in outcomes}
    covered = 0
    for clause, _, _ in outcomes:
        covered |= clause.foods or 0
    only_class = all(not missing for _, missing, _ in outcomes) and placement.mask & ~covered == 0
    low = any(clause.confidence == "L" for clause, _, _ in outcomes)
    if only_class and len(statuses) == 1 and not low and statuses <= {PASS, FAIL}:
        status = statuses.pop()
        end = "各细分类别的限量都" + ("未超过" if status == PASS else "已超过")
        if any(clause.confidence == "M" for clause, _, _ in outcomes):
            end += "（待核原文）"
        return _made(first, status, parameter, index, measurement, limits, end)
    missing = "、".join(dict.fromkeys(text for _, text, _ in outcomes if text)) or "产品属于哪一个细分类别"
    may_stand = parameter.family in _LIMITED_BY_TABLE or _clean(measurement)
    if statuses == {PASS} and not low and may_stand and not any(clause.stricter for clause, _, _ in outcomes):
        why = f"能不能适用须先核实{missing}，可能适用的限量都未超过，不作判定"
        return _made(first, ADVISORY, parameter, index, measurement, limits, why)
    scopes = "、".join(dict.fromkeys(clause.foods_text for clause, _, _ in outcomes if clause.foods_text))
    return _made(
        first, REVIEW, parameter, index, measurement, limits, f"须先核实{missing}（条款适用于：{scopes or '见条款'}）"
    )


_LIMITED_BY_TABLE = ("微生物", "致病菌", "理化", "污染物", "真菌毒素")
"""Families whose tables say what is limited; what stands in none is free. An additive in none is forbidden."""


def _clean(measurement: Measurement) -> bool:
    """Whether every sample was tested and nothing found, with a limit of detection or a portion to say so."""
    units = [own or measurement.unit for own in measurement.reading_units]
    told = measurement.lod is not None or all(unit is not None and unit.dimension == "每份检出" for unit in units)
    return told and all(one.sort is Sort.NOT_DETECTED for one in measurement.readings)


def _nothing_found(index: int, measurement: Measurement, why: str) -> Finding:
    """Nothing found of what the book does not limit here: no pass, and no worse than not having tested."""
    written = _written(measurement)
    return Finding(
        ADVISORY, "", "", "", "", measurement.parameter, written, "", measurement.unit_text, "", "", ("E1",),
        f"{measurement.parameter}实测 {written}：{why}，未检出，不作判定", index,
    )  # fmt: skip


def _uncovered(facts: BatchFacts, placement: Placement, index: int, measurement: Measurement, why: str) -> Finding:
    written = _written(measurement)
    return Finding(
        REVIEW, "", "", "", "", measurement.parameter, written, "", measurement.unit_text, "", "", ("E1",),
        f"{measurement.parameter}实测 {written}：{why}，需人工核对", index,
    )  # fmt: skip
