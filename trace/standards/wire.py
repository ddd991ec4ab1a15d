"""The answer of an evaluation as JSON; the request side is in ``reading_request``."""

from __future__ import annotations

from typing import Any

from trace.standards.models import NOTICE, Evaluation, Finding


def evaluation_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """The answer in the shape of design section 5, every finding with its source and one Chinese sentence."""
    return {
        "verdict": evaluation.verdict,
        "notice": NOTICE,
        "rulebook": evaluation.rulebook,
        "product": {
            "name": evaluation.name,
            "category": evaluation.category,
            "category_reason": evaluation.category_why,
            "types": list(evaluation.types),
            "classification": [
                {"label": one.label, "answer": one.answer, "rule": one.rule, "reason": one.why}
                for one in evaluation.classification
            ],
        },
        "findings": [_finding_to_json(finding) for finding in evaluation.findings],
        "notes": list(evaluation.notes),
    }


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {
        "status": finding.status,
        "standard": finding.standard,
        "edition": finding.edition,
        "clause": finding.clause,
        "clause_id": finding.clause_id,
        "parameter": finding.parameter,
        "value": finding.value,
        "limit": finding.limit,
        "unit": finding.unit,
        "source": finding.source,
        "confidence": finding.confidence,
        "evidence": list(finding.evidence),
        "reason": finding.reason,
    }
    if finding.measurement is not None:
        made["measurement"] = finding.measurement
    return made
