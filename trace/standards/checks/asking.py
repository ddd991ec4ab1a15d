"""Ask every clause about papers, labels, temperatures, times and descent whose facts were supplied.

Facts that were not supplied at all (None) are not asked; supplied and empty is evidence missing. A clause of
low confidence, or one whose value is unknown, never passes or fails by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from trace.standards.book import Rulebook
from trace.standards.checks import duties, labels, lineage, nutrition, recalls, records, temperatures, times
from trace.standards.checks.answers import Answer, Answers
from trace.standards.checks.terms import EDITION_BY_LABEL
from trace.standards.clauses import Clause
from trace.standards.judging.applying import NO, YES, relation
from trace.standards.models import ADVISORY, FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts, Finding
from trace.standards.vocabulary.placing import Placement


def _single(check: Callable[[Clause, BatchFacts], Answer | None]) -> Callable[[Clause, BatchFacts], Answers]:
    def ask(clause: Clause, facts: BatchFacts) -> Answers:
        answer = check(clause, facts)
        return [] if answer is None else [answer]

    return ask


ASK: dict[str, Callable[[Clause, BatchFacts], Answers]] = {
    "maker_licence": _single(duties.maker_licence),
    "sc_category": _single(duties.sc_category),
    "input_documents": _single(duties.input_documents),
    "input_records": _single(duties.input_records),
    "release_report": _single(duties.release_report),
    "third_party": duties.third_party,
    "report_dates": duties.report_dates,
    "kept_record": records.kept_record,
    "recorded_minimum": records.recorded_minimum,
    "valid_document": records.valid_document,
    "label_edition": labels.label_edition,
    "label_fields": labels.label_fields,
    "label_dates": labels.label_dates,
    "label_allergens": labels.label_allergens,
    "label_claims": labels.label_claims,
    "label_storage": labels.label_storage,
    "label_words": labels.label_words,
    "label_quantity": labels.label_quantity,
    "label_pattern": labels.label_pattern,
    "label_hint": labels.label_hint,
    "label_agrees": labels.label_agrees,
    "label_shelf_life": labels.label_shelf_life,
    "nutrition_panel": nutrition.nutrition_panel,
    "nutrition_tolerance": nutrition.nutrition_tolerance,
    "nutrition_reference": nutrition.nutrition_reference,
    "nutrition_energy": nutrition.nutrition_energy,
    "nutrition_exempt": nutrition.nutrition_exempt,
    "temperature_range": temperatures.temperature_range,
    "temperature_reached": temperatures.temperature_reached,
    "temperature_rise": temperatures.temperature_rise,
    "declared_margin": temperatures.declared_margin,
    "danger_zone": temperatures.danger_zone,
    "declared_range": temperatures.declared_range,
    "excursion": temperatures.excursion,
    "logging_interval": temperatures.logging_interval,
    "calibration": temperatures.calibration,
    "between": times.between,
    "waiting": times.waiting,
    "in_order": times.in_order,
    "recall_start": recalls.recall_start,
    "recall_finish": recalls.recall_finish,
    "recall_notice": recalls.recall_notice,
    "recall_hint": recalls.recall_hint,
    "traceable": lineage.traceable,
    "own_evidence": lineage.own_evidence,
}
"""The function of every check that a clause may name (``terms.CHECKS``)."""
ELSEWHERE = frozenset({"records", "documents", "temperatures", "events"})
"""Members that may come from another stage than the one the batch was made at."""


def papers(book: Rulebook, facts: BatchFacts, placement: Placement, stage: str | None) -> list[Finding]:
    """The findings of all clauses whose facts were supplied, in the order of the book."""
    made: list[Finding] = []
    for member, clauses in book.papers.items():
        if getattr(facts, member) is None:
            continue
        beyond = facts.any_stage and member in ELSEWHERE
        for clause in clauses:
            if _stands(clause, facts):
                made += _ask(clause, facts, placement, stage, beyond)
    return made


def _stands(clause: Clause, facts: BatchFacts) -> bool:
    """Whether this edition is the one to be asked: by production date, for labels by what the label declares."""
    on = facts.produced_on
    if clause.check not in EDITION_BY_LABEL:
        return clause.in_force(on)
    if facts.label is None or clause.edition != labels.declared(facts.label, clause.standard):
        return False
    return clause.in_force(on) or (clause.voluntary_from is not None and clause.voluntary_from <= on)


def _ask(clause: Clause, facts: BatchFacts, placement: Placement, stage: str | None, beyond: bool) -> list[Finding]:
    if not duties.applies_to_maker(clause.makers, facts):
        return []
    away = stage is not None and bool(clause.stages) and stage not in clause.stages
    answer, why_not = relation(clause, placement, None if away and beyond else stage)
    if answer == NO:
        return []
    if clause.storage:
        if facts.product.storage is None:
            answer, why_not = min(answer, 1), why_not or "储存方式"
        elif facts.product.storage not in clause.storage:
            return []
    found = ASK[clause.check](clause, facts)
    if away or (stage is None and clause.stages and "加" not in clause.stages):
        # Another stage, or nobody said which: what is missing elsewhere is not owed here, what was supplied is judged.
        found = [one for one in found if one[1] != "无"]
    doubt = "" if answer == YES else why_not or "产品属于哪一个细分类别"
    return [_finding(clause, one, doubt) for one in found]


def _finding(clause: Clause, answer: Answer, doubt: str) -> Finding:
    status, value, why = answer
    remarks = []
    if clause.unknown:
        status, why = (
            REVIEW,
            f"{why}；标准数值未知，名录中没有经核对的规定"
            if status == INSUFFICIENT
            else "标准数值未知，名录中没有经核对的规定",
        )
    elif clause.confidence == "L" and status in (PASS, FAIL):
        status, why = REVIEW, f"{why}；条款可信度低，不自动判定"
    elif doubt and status in (FAIL, INSUFFICIENT):
        status, why = REVIEW, f"{why}；须先核实{doubt}"
    if clause.kind == "advisory":
        status = ADVISORY
    if clause.confidence == "M" and not clause.unknown and status in (PASS, FAIL):
        remarks.append("待核原文")
    ending = f"（{'；'.join(remarks)}）" if remarks else ""
    return Finding(
        status, clause.standard, clause.edition, clause.clause, clause.id, "", value, clause.title, "",
        clause.source, clause.confidence, clause.evidence,
        f"{clause.standard} {clause.clause}（{clause.title}）：{why}{ending}",
    )  # fmt: skip
