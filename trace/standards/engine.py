"""Evaluate a batch: a pure function from the rulebook and the facts to findings and a verdict.

Order: place the product, run the scope rules, judge every measurement against the editions in force on the
production date, then ask for what the batch owes (release tests, licences, records). Findings never
overstate: a clause that only may apply gives a finding of needs_review unless every class the product may be
in agrees.
"""

from __future__ import annotations

from collections.abc import Iterable

from trace.standards.book import Rulebook
from trace.standards.checks.asking import papers
from trace.standards.judging.applying import relation as relation
from trace.standards.judging.consistency import consistency
from trace.standards.judging.measuring import judge_measurement, judge_ratio
from trace.standards.judging.owing import owing
from trace.standards.models import NOT_APPLICABLE, REVIEW, VERDICT_ORDER, BatchFacts, Evaluation
from trace.standards.models import Finding as Finding
from trace.standards.vocabulary.placing import place
from trace.standards.vocabulary.scope import classify


def evaluate(book: Rulebook, facts: BatchFacts) -> Evaluation:
    """Findings and verdict for one batch or product; see design section 5 for the shape."""
    placement = place(book, facts.product)
    stage = facts.stage or placement.stage
    classification, findings_of_scope = classify(book, facts, placement)
    findings: list[Finding] = list(findings_of_scope)
    measured = frozenset(
        named.parameter.id
        for measurement in facts.measurements
        if (named := book.dictionary.find(measurement.parameter)).parameter is not None
    )
    for index, measurement in enumerate(facts.measurements):
        findings += judge_measurement(book, facts, placement, stage, measured, index, measurement)
    findings += judge_ratio(book, facts, placement, stage)
    if not placement.placed:
        findings.append(_unplaced(facts))
    owed, notes = owing(book, facts, placement, stage, measured)
    findings += owed
    findings += papers(book, facts, placement, stage)
    findings += consistency(book, facts, findings)
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


def _unplaced(facts: BatchFacts) -> Finding:
    product = facts.product
    given = f"名称“{product.name}”" + (f"、类别“{product.category}”" if product.category else "")
    return Finding(
        REVIEW, "", "", "", "", "", "", "", "", "", "", (), f"{given}无法归入食品类别，选不出适用条款，需人工归类"
    )
