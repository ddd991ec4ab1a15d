"""Shared by the standards tests: ask the shipped book one question."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from trace.standards import Evaluation, Finding, evaluate, facts_from_request, load_book
from trace.standards.clauses import Clause

SHARED = Path(os.environ.get("LIANGPIN_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))


def ask(
    product: dict[str, Any] | str,
    produced_on: str = "2026-10-01",
    measurements: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Evaluation:
    """Evaluate one request against the shipped book."""
    if isinstance(product, str):
        product = {"name": "样品", "category": product}
    body = {"product": product, "produced_on": produced_on, "measurements": measurements or [], **more}
    return evaluate(load_book(), facts_from_request(body))


def one(parameter: str, *values: str, unit: str = "", **more: str) -> list[dict[str, Any]]:
    """A request's measurements with a single one."""
    return [{"parameter": parameter, "values": list(values), "unit": unit, **more}]


def judged(evaluation: Evaluation, index: int = 0) -> list[Finding]:
    """The findings that judged one measurement."""
    return [finding for finding in evaluation.findings if finding.measurement == index]


def product_for(clause: Clause) -> dict[str, Any]:
    """A product that a clause covers, in the clause's own words."""
    kind = clause.types[0] if clause.types else ""
    return {
        "name": "样品",
        "category": clause.foods_text or kind or "食品",
        "processing": "、".join([kind if clause.foods_text else "", *clause.processing]),
        "prepackaged": clause.prepackaged is not False,
        "ready_to_eat": bool(clause.ready_to_eat),
    }


def decided(clause: Clause, status: str) -> str:
    """What a comparison that gives ``status`` becomes under the clause's own restraints."""
    held_back = clause.confidence == "L" or (status == "pass" and bool(clause.stricter))
    return "needs_review" if held_back else status


def day_for(clause: Clause) -> str:
    """A day on which the clause's edition is in force."""
    return clause.effective_from.isoformat()
