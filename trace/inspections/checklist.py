"""The check-list of an inspection: the clauses of a rulebook that apply, and what the record shows of each. Pure.

The same questions that decide whether a clause judges a batch decide here whether it is on the list: edition by the
date of production, stage, food, storage, kind of maker. A clause that only may apply is on the list and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from trace.inspections.models import Item
from trace.standards import Rulebook
from trace.standards.checks.duties import applies_to_maker
from trace.standards.clauses import Clause
from trace.standards.judging.applying import NO, YES, relation
from trace.standards.models import FAIL, INSUFFICIENT, PASS, REVIEW
from trace.standards.vocabulary.placing import place
from trace.verdicts.answers import read
from trace.verdicts.facts import OWN_KEYS

KINDS: Mapping[str, str] = {
    "document": "证照与凭证",
    "record": "记录",
    "label": "标签",
    "temperature": "温度",
    "time": "过程与时限",
    "lineage": "追溯",
    "test": "检验",
    "if_done": "有这道工序或测了这个项目时适用",
}
_RANK = {FAIL: 0, REVIEW: 1, INSUFFICIENT: 2, "": 3, PASS: 4}
_SHOWN = {PASS: "比对符合", FAIL: "比对不符合", INSUFFICIENT: "证据不足", REVIEW: "需人工核对"}
NOTHING = "平台没有登记，未比对"
MOST = 120


def of_batch(book: Rulebook, facts: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> list[Item]:
    """What to look at for one batch: its applying clauses with the newest verdict's findings, and failed tests."""
    asked = {k: v for k, v in facts.items() if k in ("product", "produced_on", "stage", "lot", "maker")}
    plain = read({k: v for k, v in asked.items() if k not in OWN_KEYS}, book)
    placement = place(book, plain.product)
    stage = plain.stage or placement.stage
    told: dict[str, list[Mapping[str, Any]]] = {}
    for one in findings:
        told.setdefault(one["clause_id"], []).append(one)
    found: list[Item] = []
    for clause in _papers(book):
        if not clause.in_force(plain.produced_on) or not applies_to_maker(clause.makers, plain):
            continue
        if clause.storage and plain.product.storage is not None and plain.product.storage not in clause.storage:
            continue
        answer, why = relation(clause, placement, stage)
        if answer == NO:
            continue
        found.append(_item(clause, told.get(clause.id, []), "" if answer == YES else why or "产品细分类别"))
    listed = {one.clause_id for one in found}
    for clause_id, several in told.items():
        worst = min(several, key=lambda one: _RANK.get(one["status"], 9))
        known = book.clauses.get(clause_id)
        grave = worst["status"] in (FAIL, REVIEW, INSUFFICIENT)
        if clause_id not in listed and grave and known is not None and known.judged:
            found.append(_test(known, worst))
    return _ordered(found)[:MOST]


def of_place(book: Rulebook, on: date, stages: Iterable[str]) -> list[Item]:
    """What to look at at an enterprise without a batch: clauses for any food at its stages."""
    here = set(stages)
    found = [
        _item(clause, [], "")
        for clause in _papers(book)
        if clause.in_force(on)
        and (not clause.stages or here & set(clause.stages))
        and clause.foods is None
        and not clause.types
        and clause.kind in ("record", "document", "temperature", "time")
    ]
    return _ordered(found)[:MOST]


def _papers(book: Rulebook) -> list[Clause]:
    """Clauses about papers, labels, times and temperatures; those of a recall belong to the recall itself."""
    return [
        clause
        for clauses in book.papers.values()
        for clause in clauses
        if clause.kind in KINDS and not clause.check.startswith("recall_")
    ]


def _item(clause: Clause, told: Sequence[Mapping[str, Any]], doubt: str) -> Item:
    worst = min(told, key=lambda one: _RANK.get(one["status"], 9), default=None)
    status = worst["status"] if worst is not None and worst["status"] in _SHOWN else ""
    head = f"{clause.standard} {clause.clause}（{clause.title}）："
    shown = f"{_SHOWN[status]}：{worst['reason'].removeprefix(head)}" if worst is not None and status else NOTHING
    owed = clause.title + ("；数值未知，待核" if clause.unknown else "") + (f"（先核实{doubt}）" if doubt else "")
    kind = clause.kind if clause.required or status else "if_done"
    return Item(clause.id, kind, clause.id, _cited(clause), owed, status, shown)


def _test(clause: Clause, finding: Mapping[str, Any]) -> Item:
    shown = f"{_SHOWN[finding['status']]}：{finding['reason']}"
    return Item(clause.id, "test", clause.id, _cited(clause), f"{clause.parameter_name} {clause.limit_text}".strip(),
                finding["status"], shown)  # fmt: skip


def _cited(clause: Clause) -> str:
    return f"{clause.standard} {clause.clause}".strip() + ("（待核原文）" if clause.confidence != "H" else "")


def _ordered(items: Sequence[Item]) -> list[Item]:
    """By group; within one, what the record shows worst first. Each clause once."""
    kinds = list(KINDS)
    once = {one.key: one for one in reversed(items)}
    return sorted(once.values(), key=lambda one: (kinds.index(one.kind), _RANK.get(one.status, 9), one.key))
