"""What the results say about each other: two that contradict, none at all. Named findings, never silence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from trace.standards.models import ADVISORY, FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts, Finding


def consistency(facts: BatchFacts, findings: Sequence[Finding]) -> list[Finding]:
    """Findings about the results as a whole.

    The same clause passed by one result and failed by another is a contradiction that a person must settle
    (the failure stands meanwhile); a question without any result is told that nothing was compared, and papers
    in order are then no pass (a registered batch is told what it owes instead).
    """
    if not facts.measurements and facts.reports is None:
        reason = "没有检验结果，没有比对任何检验项目；没有测不等于符合"
        papers_pass = any(finding.status == PASS for finding in findings)
        status = INSUFFICIENT if papers_pass else ADVISORY
        return [Finding(status, "", "", "", "", "", "", "", "", "", "", ("E1",), reason)]
    by_clause: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.measurement is not None and finding.clause_id and finding.status in (PASS, FAIL):
            by_clause[finding.clause_id].append(finding)
    made = []
    for clause_id, judged in by_clause.items():
        good = [one for one in judged if one.status == PASS]
        bad = [one for one in judged if one.status == FAIL]
        if not good or not bad:
            continue
        first = bad[0]
        reason = (
            f"{first.parameter}有 {len(judged)} 次结果互相矛盾：{good[0].value} 未超过限量，{first.value} 不符合。"
            "不符合的结果有效，须核实哪一次属于本批、有无录错"
        )
        made.append(
            Finding(
                REVIEW, first.standard, first.edition, first.clause, clause_id, first.parameter,
                f"{good[0].value}；{first.value}", first.limit, first.unit, first.source, first.confidence,
                first.evidence, reason,
            )
        )  # fmt: skip
    return made
