"""Evaluate a batch: a pure function from the rulebook and the facts to findings and a verdict.

Order: place the product, run the scope rules, judge every measurement against the editions in force on the
production date, then ask for what the batch owes (release tests, licences, records). Findings never
overstate: a clause that only may apply gives a finding of needs_review unless every class the product may be
in agrees.
"""

from __future__ import annotations

from collections.abc import Iterable

from trace.standards.book import Rulebook
from trace.standards.clauses import Clause
from trace.standards.consistency import consistency
from trace.standards.duties import applies_to_maker, papers
from trace.standards.limits import Outcome, compare
from trace.standards.models import (
    ADVISORY,
    FAIL,
    INSUFFICIENT,
    NOT_APPLICABLE,
    PASS,
    REVIEW,
    VERDICT_ORDER,
    BatchFacts,
    Evaluation,
    Finding,
    Measurement,
    Report,
)
from trace.standards.placing import Placement, place
from trace.standards.scope import classify

YES, MAYBE, NO = 2, 1, 0


def evaluate(book: Rulebook, facts: BatchFacts) -> Evaluation:
    """Findings and verdict for one batch or product; see design section 5 for the shape."""
    placement = place(book, facts.product)
    stage = facts.stage or placement.stage
    classification, findings_of_scope = classify(book, facts, placement)
    findings: list[Finding] = list(findings_of_scope)
    measured: set[str] = set()
    for index, measurement in enumerate(facts.measurements):
        named = book.dictionary.find(measurement.parameter)
        if named.parameter is not None:
            measured.add(named.parameter.id)
        findings += _judge(book, facts, placement, stage, index, measurement)
    if not placement.placed:
        findings.append(_unplaced(facts))
    owed, notes = _owed(book, facts, placement, stage, measured)
    findings += owed
    findings += papers(book, facts, stage)
    findings += consistency(facts, findings)
    return Evaluation(
        verdict=verdict_of(findings),
        rulebook=book.version,
        name=facts.product.name,
        category=placement.path,
        category_why=placement.why,
        types=tuple(sorted(placement.types)),
        classification=classification,
        findings=tuple(findings),
        notes=tuple(notes),
    )


def verdict_of(findings: Iterable[Finding]) -> str:
    """fail > needs_review > insufficient_evidence > pass; nothing that counts is not_applicable."""
    seen = {finding.status for finding in findings}
    return next((status for status in VERDICT_ORDER if status in seen), NOT_APPLICABLE)


def relation(clause: Clause, placement: Placement, stage: str | None) -> tuple[int, str]:
    """Whether a clause covers the product: YES, NO, or MAYBE with what would have to be known.

    A MAYBE with an empty reason is only a matter of the narrower food class.
    """
    if stage and clause.stages and stage not in clause.stages:
        return NO, ""
    if clause.prepackaged is not None and placement.prepackaged == (not clause.prepackaged):
        return NO, ""
    if placement.types & set(clause.not_types):
        return NO, ""
    missing = ""
    if clause.types:
        allowed = set(clause.types)
        if not placement.types <= allowed or not placement.types:
            if not placement.types & allowed and not placement.maybe_types:
                return NO, ""
            missing = "是否速冻食品"
    if clause.foods is not None and not placement.mask & clause.foods:
        return NO, ""
    if clause.ready_to_eat is not None:
        if placement.ready_to_eat is None:
            missing = missing or "是否即食"
        elif placement.ready_to_eat != clause.ready_to_eat:
            return NO, ""
    if placement.traits & set(clause.not_processing):
        return NO, ""
    for process in clause.processing:
        if process not in placement.traits:
            missing = missing or f"是否{process}"
    if missing:
        return MAYBE, missing
    if clause.foods is not None and placement.mask & ~clause.foods:
        return MAYBE, ""
    return YES, ""


def _judge(
    book: Rulebook, facts: BatchFacts, placement: Placement, stage: str | None, index: int, measurement: Measurement
) -> list[Finding]:
    named = book.dictionary.find(measurement.parameter)
    if named.parameter is None:
        return [_uncovered(facts, placement, index, measurement, "名录中没有这个检验项目")]
    if not placement.placed:
        return [_uncovered(facts, placement, index, measurement, "产品无法归类，选不出适用条款")]
    rows = book.by_parameter.get(named.parameter.id, ())
    current = [clause for clause in rows if clause.in_force(facts.produced_on)]
    sure: list[Clause] = []
    groups: dict[str, list[tuple[Clause, str]]] = {}
    for clause in current:
        answer, missing = relation(clause, placement, stage)
        if answer == YES:
            sure.append(clause)
        elif answer == MAYBE:
            groups.setdefault(clause.standard, []).append((clause, missing))

    def judge(clause: Clause) -> Outcome:
        return compare(clause, measurement, named.basis, named.foreign_basis, book.units)

    made = [_finding(clause, judge(clause), placement, index, measurement) for clause in sure]
    settled = {clause.standard for clause in sure}
    for standard, candidates in groups.items():
        if standard in settled:
            continue
        outcomes = [(clause, missing, judge(clause)) for clause, missing in candidates]
        finding = _uncertain(placement, index, measurement, outcomes)
        if not made or finding.status == FAIL or any(outcome.status == FAIL for _, _, outcome in outcomes):
            made.append(finding)
    if made:
        return made
    if not rows:
        why = "名录中没有这个项目的限量"
    elif not current:
        why = f"名录中没有生产日期 {facts.produced_on} 当时施行的版本"
    else:
        why = f"名录中没有适用于“{placement.path or facts.product.name}”的限量"
    return [_uncovered(facts, placement, index, measurement, why)]


def _written(measurement: Measurement) -> str:
    value = "；".join(measurement.values)
    if measurement.unit_text and not value.endswith(measurement.unit_text):
        return f"{value} {measurement.unit_text}"
    return value


def _finding(clause: Clause, outcome: Outcome, placement: Placement, index: int, measurement: Measurement) -> Finding:
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
    return _made(clause, status, index, measurement, clause.limit_text, why + ending)


def _made(clause: Clause, status: str, index: int, measurement: Measurement, limit: str, why: str) -> Finding:
    written = _written(measurement)
    return Finding(
        status=status,
        standard=clause.standard,
        edition=clause.edition,
        clause=clause.clause,
        clause_id=clause.id,
        parameter=clause.parameter_name,
        value=written,
        limit=limit,
        unit=clause.unit.name if clause.unit else "",
        source=clause.source,
        confidence=clause.confidence,
        evidence=clause.evidence,
        reason=f"{clause.standard} {clause.clause}：{clause.parameter_name}实测 {written}，限量 {limit}，{why}",
        measurement=index,
    )


def _uncertain(
    placement: Placement, index: int, measurement: Measurement, outcomes: list[tuple[Clause, str, Outcome]]
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
        return _made(first, status, index, measurement, limits, end)
    missing = "、".join(dict.fromkeys(text for _, text, _ in outcomes if text)) or "产品属于哪一个细分类别"
    scopes = "、".join(dict.fromkeys(clause.foods_text for clause, _, _ in outcomes if clause.foods_text))
    return _made(first, REVIEW, index, measurement, limits, f"须先核实{missing}（条款适用于：{scopes or '见条款'}）")


def _uncovered(facts: BatchFacts, placement: Placement, index: int, measurement: Measurement, why: str) -> Finding:
    written = _written(measurement)
    return Finding(
        REVIEW, "", "", "", "", measurement.parameter, written, "", measurement.unit_text, "", "", ("E1",),
        f"{measurement.parameter}实测 {written}：{why}，需人工核对", index,
    )  # fmt: skip


def _unplaced(facts: BatchFacts) -> Finding:
    product = facts.product
    given = f"名称“{product.name}”" + (f"、类别“{product.category}”" if product.category else "")
    return Finding(
        REVIEW, "", "", "", "", "", "", "", "", "", "", (), f"{given}无法归入食品类别，选不出适用条款，需人工归类"
    )


def _owed(
    book: Rulebook, facts: BatchFacts, placement: Placement, stage: str | None, measured: set[str]
) -> tuple[list[Finding], list[str]]:
    """What a processed batch must have been tested for before release, and lines for what it need not."""
    findings: list[Finding] = []
    notes: list[str] = []
    if not placement.placed:
        return findings, notes
    type_reports = [
        report
        for report in facts.reports or ()
        if report.kind == "型式"
        and report.issued_on is not None
        and report.issued_on <= facts.produced_on
        and (report.valid_to is None or facts.produced_on <= report.valid_to)
    ]
    latest = max(type_reports, key=lambda report: report.issued_on or facts.produced_on, default=None)
    in_processing = stage in (None, "加")
    for clause in book.release_tests:
        if clause.parameter in measured or not clause.in_force(facts.produced_on) or not in_processing:
            continue
        duty = next(owed for owed in clause.owed if owed.level == "required")
        if not applies_to_maker(duty.makers, facts):
            continue
        answer, missing = relation(clause, placement, stage)
        if answer == NO:
            continue
        if answer == YES:
            status, why = INSUFFICIENT, f"应逐批检验，本批没有{clause.parameter_name}结果"
        elif missing or not placement.types:
            status, why = ADVISORY, f"不能确定是否应逐批检验{clause.parameter_name}，须先核实{missing or '细分类别'}"
        else:
            continue
        findings.append(
            Finding(
                status, clause.standard, clause.edition, clause.clause, clause.id, clause.parameter_name, "",
                clause.limit_text, clause.unit.name if clause.unit else "", duty.source or clause.source,
                duty.confidence or clause.confidence, ("E1", "E7"),
                f"{clause.standard} {clause.clause}：{why}（{duty.duty}；{duty.note or '待核原文'}）",
            )
        )  # fmt: skip
    if latest is None:
        return findings, notes

    def told(report: Report) -> str:
        return f"最近型式检验 {report.issued_on}·{report.number}·{report.conclusion or '未写结论'}"

    line = told(latest)
    untested = dict.fromkeys(
        (parameter, clause.parameter_name)
        for parameter, rows in book.by_parameter.items()
        if parameter not in measured
        for clause in rows
        if clause.in_force(facts.produced_on)
        and any(owed.duty == "周期型式检验" for owed in clause.owed)
        and relation(clause, placement, stage)[0] == YES
    )
    if "不" in latest.conclusion:
        findings.append(
            Finding(REVIEW, "", "", "", "", "", latest.number, "", "", "", "", ("E1",), f"{line}，须核实整改情况")
        )
        return findings, notes
    for parameter, name in untested:
        # A report that lists its parameters speaks only for those; one that lists none is taken whole.
        covering = [report for report in type_reports if not report.parameters or parameter in _named(book, report)]
        best = max(covering, key=lambda report: report.issued_on or facts.produced_on, default=None)
        notes.append(f"{name}：本批未测；{told(best)}" if best else f"{name}：本批未测；{line}，其中没有这一项")
    return findings, notes


def _named(book: Rulebook, report: Report) -> set[str]:
    found = (book.dictionary.find(name).parameter for name in report.parameters)
    return {parameter.id for parameter in found if parameter is not None}
