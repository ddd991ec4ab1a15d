"""What the results say about each other: two that contradict, none at all. Named findings, never silence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trace.standards.book import Rulebook
from trace.standards.models import ADVISORY, FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts, Finding
from trace.standards.vocabulary.readings import Sort
from trace.standards.vocabulary.text import fold, name_key


def consistency(book: Rulebook, facts: BatchFacts, findings: Sequence[Finding]) -> list[Finding]:
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
    made = _lost_powers(book, facts, findings) + _added(book, facts, by_clause)
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


_BARE = re.compile(r"10([1-9])")


def _told(like: Finding, status: str, value: str, why: str) -> Finding:
    """A finding under the same clause that belongs to no single result."""
    return replace(like, status=status, value=value, reason=f"{like.standard} {like.clause}：{why}", measurement=None)


def _lost_powers(book: Rulebook, facts: BatchFacts, findings: Sequence[Finding]) -> list[Finding]:
    """Counts written 105 that would not conform as 10⁵: no plate count has three figures (SEM-12)."""
    made = []
    for finding in findings:
        if finding.measurement is None or finding.status != PASS or finding.clause_id not in book.clauses:
            continue
        clause = book.clauses[finding.clause_id]
        bound = clause.plan.m if clause.plan else clause.maximum
        if clause.unit is None or bound is None or not clause.unit.dimension.startswith(("菌落数", "最可能数")):
            continue
        for reading in facts.measurements[finding.measurement].readings:
            bare = _BARE.fullmatch(fold(reading.text).removesuffix(fold(reading.unit_text)))
            if bare and Decimal(10) ** int(bare[1]) > bound:
                why = f"{finding.parameter}结果“{reading.text}”可能是 10 的 {bare[1]} 次方丢了上标，须对照报告原文"
                made.append(_told(finding, REVIEW, reading.text, why))
                break
    return made


def _added(book: Rulebook, facts: BatchFacts, by_clause: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Substances with one limit together, reported one by one: their sum against that limit."""
    made = []
    for clause_id, judged in by_clause.items():
        clause = book.clauses.get(clause_id)
        parameter = book.dictionary.find(judged[0].parameter).parameter
        if clause is None or clause.maximum is None or clause.unit is None or not parameter or not parameter.parts:
            continue
        parts = {name_key(part) for part in parameter.parts}
        most: dict[str, Decimal] = {}
        for finding in judged:
            measured = facts.measurements[finding.measurement or 0]
            part = name_key(measured.parameter)
            for reading, own in zip(measured.readings, measured.reading_units, strict=True):
                unit = own or measured.unit
                if part not in parts or reading.sort is not Sort.EXACT or reading.value is None or unit is None:
                    continue
                value = book.units.convert(reading.value, unit, clause.unit) or Decimal(0)
                most[part] = max(most.get(part, Decimal(0)), value)
        total = sum(most.values(), Decimal(0))
        if len(most) > 1 and total > clause.maximum:
            status = REVIEW if clause.confidence == "L" else FAIL
            why = f"{'、'.join(most)}合计 {total} {clause.unit.name}，限量 {clause.limit_text}，超过限量"
            made.append(_told(judged[0], status, f"{total}", why))
    return made
