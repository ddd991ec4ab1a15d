"""Kept records and their retention, and documents that must be valid on the day they were relied upon."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from trace.standards.checks.answers import Answer, Answers, after_months, gaps, missing, one
from trace.standards.checks.supplied import Document, Record
from trace.standards.checks.terms import Keeping
from trace.standards.clauses import Clause
from trace.standards.models import FAIL, INSUFFICIENT, PASS, BatchFacts
from trace.standards.vocabulary.text import fold

_AMOUNT = re.compile(r"^(\d{1,12}(?:\.\d{1,6})?)(\D*)$")


def kept_record(clause: Clause, facts: BatchFacts) -> Answers:
    """Every record of the clause's type has all its fields and is kept long enough."""
    kind = clause.terms.record
    records = [record for record in facts.records or () if record.kind == kind]
    if not records:
        return missing(clause, kind)
    empty = [(record, gaps(clause.fields, record.get)) for record in records]
    short: list[str] = []
    open_ends: list[str] = []
    for record in records if clause.terms.keep else ():
        assert clause.terms.keep is not None
        until, why = keep_until(clause.terms.keep, record, facts)
        if record.kept_until is None:
            open_ends.append("没有写明保存到哪一天")
        elif until is None:
            open_ends.append(why)
        elif record.kept_until < until:
            short.append(f"只保存到 {record.kept_until}，应至少保存到 {until}（{why}）")
    count = f"{len(records)} 份{kind}"
    if short:
        return one(FAIL, count, f"{kind}{'；'.join(dict.fromkeys(short))}")
    lacking = [f"缺{'、'.join(fields)}" for _, fields in empty if fields]
    if lacking or open_ends:
        return one(INSUFFICIENT, count, f"{kind}{'；'.join(dict.fromkeys([*lacking, *open_ends]))}")
    return one(PASS, count, f"{count}字段齐全" + ("，保存期限足够" if clause.terms.keep else ""))


def recorded_minimum(clause: Clause, facts: BatchFacts) -> Answers:
    """Numbers written in a record reach their least amount, in the clause's unit (``125``, ``125 g``)."""
    kind = clause.terms.record
    answers: list[Answer] = []
    for record in facts.records or ():
        for field, least in clause.terms.tolerance if record.kind == kind else ():
            text = record.get(field)
            found = _AMOUNT.match(fold(text))
            if found is None or (found[2] and found[2].lower() != "g"):
                answers.append((INSUFFICIENT, text, f"{kind}的{field}“{text}”看不出克数，应不少于 {least} g"))
            else:
                good = Decimal(found[1]) >= least
                answers.append((PASS if good else FAIL, text, f"{kind}的{field} {text}，应不少于 {least} g"))
    return answers


def keep_until(keep: Keeping, record: Record, facts: BatchFacts) -> tuple[date | None, str]:
    """The last day a record must still be there, and why; None when the facts cannot tell."""
    made = record.made_on or facts.produced_on
    if keep.months_after_shelf_life:
        days = facts.product.shelf_life_days
        if days is None:
            return None, "没有填产品保质期，不能核对保存期限"
        ends = date.fromordinal(min(facts.produced_on.toordinal() + days, date.max.toordinal()))
        months = keep.months_after_shelf_life
        return after_months(ends, months), f"保质期满后 {months} 个月"
    if keep.years:
        return after_months(made, 12 * keep.years), f"{keep.years} 年"
    return after_months(made, keep.months), f"{keep.months} 个月"


def valid_document(clause: Clause, facts: BatchFacts) -> Answers:
    """One of the clause's documents (or each, with ``every``) was valid when it was relied upon."""
    found = {kind: [one for one in facts.documents or () if one.kind == kind] for kind in clause.documents}
    have = [kind for kind, documents in found.items() if documents]
    absent = [kind for kind in clause.documents if kind not in have]
    if not have:
        return missing(clause, "和".join(clause.documents) if clause.terms.every else "、".join(clause.documents))
    answers = [_best([_valid(clause, document, facts.produced_on) for document in found[kind]]) for kind in have]
    if clause.terms.every and absent and clause.required:
        answers.append((INSUFFICIENT, "无", f"没有{'和'.join(absent)}"))
    if clause.terms.every:
        return answers
    return [_best(answers)]


def _best(answers: list[Answer]) -> Answer:
    """The strongest document of several decides: a renewed licence stands beside the expired one."""
    order = (PASS, INSUFFICIENT, FAIL)
    return min(answers, key=lambda answer: order.index(answer[0]))


def _valid(clause: Clause, document: Document, produced_on: date) -> Answer:
    on = document.used_on or produced_on
    name = f"{document.kind} {document.number}".strip()
    if document.valid_to is not None and on > document.valid_to:
        return FAIL, document.number, f"{name} 有效期至 {document.valid_to}，使用日 {on} 已过期"
    if document.valid_from is not None and on < document.valid_from:
        return FAIL, document.number, f"{name} 自 {document.valid_from} 起有效，使用日 {on} 尚未生效"
    empty = gaps(clause.fields, document.get)
    if not document.number and not clause.fields:
        empty.append("编号")
    if clause.terms.dated and document.valid_to is None:
        empty.append("有效期")
    if empty:
        return INSUFFICIENT, document.number, f"{name} 缺{'、'.join(empty)}"
    return PASS, document.number, f"{name} 在使用日 {on} 有效，内容齐全"
