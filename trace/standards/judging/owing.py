"""What a batch owes: release tests that must be there, and what its type tests say of the rest."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from trace.standards.book import Rulebook
from trace.standards.checks.duties import adverse_reports, applies_to_maker, conforms
from trace.standards.clauses import Clause, Owed
from trace.standards.judging.applying import NO, YES, relation
from trace.standards.models import ADVISORY, INSUFFICIENT, REVIEW, BatchFacts, Finding, Report
from trace.standards.vocabulary.placing import Placement
from trace.standards.vocabulary.text import name_key

UNTESTED = "：本批未测；"
"""Between a parameter's name and what its type tests say, in a note."""


def owing(
    book: Rulebook, facts: BatchFacts, placement: Placement, stage: str | None, measured: frozenset[str]
) -> tuple[list[Finding], list[str]]:
    """What a processed batch must have been tested for before release, and lines for what it need not."""
    findings: list[Finding] = adverse_reports(facts)
    notes: list[str] = []
    if not placement.placed:
        return findings, notes
    type_reports = []
    for report in facts.reports or ():
        if report.kind != "型式":
            continue
        why = _not_counted(report, facts)
        if why:
            notes.append(f"型式检验报告 {report.number} {why}，不计入")
        else:
            type_reports.append(report)
    latest = max(type_reports, key=lambda report: report.issued_on or facts.produced_on, default=None)
    in_processing = stage in (None, "加")
    for clause, duty, answer, missing in _release(book, placement, stage, facts.produced_on) if in_processing else ():
        if clause.parameter in measured or not applies_to_maker(duty.makers, facts):
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
        (parameter, name)
        for parameter, name, total in _periodic(book, placement, stage, facts.produced_on)
        if parameter not in measured and total not in measured
    )
    if conforms(latest.conclusion) is False:
        findings.append(
            Finding(REVIEW, "", "", "", "", "", latest.number, "", "", "", "", ("E1",), f"{line}，须核实整改情况")
        )
        return findings, notes
    # A report that lists its parameters speaks only for those; one that lists none is taken whole.
    listed = [(report, _named(book, report.parameters)) for report in type_reports]
    for parameter, name in untested:
        covering = [report for report, named in listed if not report.parameters or parameter in named]
        best = max(covering, key=lambda report: report.issued_on or facts.produced_on, default=None)
        notes.append(f"{name}{UNTESTED}{told(best) if best else f'{line}，其中没有这一项'}")
    return findings, notes


@lru_cache(maxsize=4096)
def _release(
    book: Rulebook, placement: Placement, stage: str | None, on: date
) -> tuple[tuple[Clause, Owed, int, str], ...]:
    """The release tests that do or may bind a product: clause, duty, YES or MAYBE, what would have to be known."""
    found = []
    for clause in book.release_tests:
        answer, missing = relation(clause, placement, stage) if clause.in_force(on) else (NO, "")
        if answer != NO:
            duty = next(owed for owed in clause.owed if owed.level == "required")
            found.append((clause, duty, answer, missing))
    return tuple(found)


@lru_cache(maxsize=4096)
def _periodic(book: Rulebook, placement: Placement, stage: str | None, on: date) -> tuple[tuple[str, str, str], ...]:
    """What a product's type test speaks of: parameter id, its name, the total that may stand for it."""
    return tuple(
        (parameter, clause.parameter_name, clause.total)
        for parameter, rows in book.by_parameter.items()
        for clause in rows
        if clause.in_force(on)
        and any(owed.duty == "周期型式检验" for owed in clause.owed)
        and relation(clause, placement, stage)[0] == YES
    )


@lru_cache(maxsize=4096)
def _named(book: Rulebook, parameters: tuple[str, ...]) -> frozenset[str]:
    found = (book.dictionary.find(name).parameter for name in parameters)
    return frozenset(parameter.id for parameter in found if parameter is not None)


def _not_counted(report: Report, facts: BatchFacts) -> str:
    """Why a type test does not speak for this batch; "" when it does (product, executed standard, validity)."""
    product = facts.product
    if report.issued_on is None:
        return "没有签发日期"
    if report.issued_on > facts.produced_on:
        return f"签发于 {report.issued_on}，晚于生产日 {facts.produced_on}"
    if report.valid_to is not None and report.valid_to < facts.produced_on:
        return f"有效期至 {report.valid_to}，生产日 {facts.produced_on} 已过期"
    if report.product and name_key(report.product) != name_key(product.name):
        return f"检验的是“{report.product}”，不是“{product.name}”"
    if report.executed_standard and product.executed_standard:
        tested, followed = (_standard_key(text) for text in (report.executed_standard, product.executed_standard))
        if tested != followed:
            return f"按 {report.executed_standard} 检验，产品执行 {product.executed_standard}"
    return ""


def _standard_key(text: str) -> str:
    return re.sub(r"[-—–−－]+", "-", name_key(text))
