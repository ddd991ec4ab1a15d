"""Why a batch's verdict differs under another rulebook: the clauses responsible, each with what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from trace.standards import Rulebook
from trace.standards.models import STATUS_TEXT
from trace.standards.signing import content_digest
from trace.verdicts.answers import worst

KINDS = {
    "corrected": "更正的条款",
    "signed": "审签的条款",
    "unsigned": "不再算审签的条款",
    "new": "新增的条款",
    "removed": "删去的条款",
    "other": "类别树或词典有变动",
}
"""What became of a responsible clause."""

MAX_CLAUSES = 20


def responsible(
    old: Rulebook, new: Rulebook, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Clauses whose finding changed between two judgings of the same batch, the gravest first.

    Each: ``clause_id``, ``standard``, ``clause``, ``parameter``, ``kind`` (of KINDS), ``before`` and
    ``after`` status ('' where there was no such finding), ``was`` and ``now``: limits where corrected.
    """
    was, now = _by_clause(before), _by_clause(after)
    found = []
    for key in sorted(was.keys() | now.keys()):
        statuses = (_status(was.get(key, ())), _status(now.get(key, ())))
        if statuses[0] == statuses[1]:
            continue
        shown = (now.get(key) or was[key])[0]
        found.append(
            {
                "clause_id": key[0],
                "standard": shown["standard"],
                "clause": shown["clause"],
                "parameter": key[1],
                "before": statuses[0],
                "after": statuses[1],
            }
            | dict(_became(old, new, key[0]))
        )
    order = list(STATUS_TEXT)
    found.sort(key=lambda one: (_grave(one["after"]), order.index(one["after"]) if one["after"] in order else 99))
    return found[:MAX_CLAUSES]


def _grave(status: str) -> int:
    ranks = ("fail", "needs_review", "insufficient_evidence", "pass")
    return ranks.index(status) if status in ranks else len(ranks)


def _by_clause(findings: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    grouped: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for finding in findings:
        grouped.setdefault((finding["clause_id"], finding["parameter"]), []).append(finding)
    return grouped


def _status(findings: Sequence[Mapping[str, Any]]) -> str:
    if not findings:
        return ""
    found = worst(f["status"] for f in findings)
    return found if found != "not_applicable" else str(findings[0]["status"])


@lru_cache(maxsize=4096)
def _became(old: Rulebook, new: Rulebook, clause_id: str) -> Mapping[str, str]:
    before, after = old.clauses.get(clause_id), new.clauses.get(clause_id)
    if before is None and after is None:
        return {"kind": "other", "was": "", "now": ""}
    if before is None or after is None:
        kind = "new" if before is None else "removed"
        return {"kind": kind, "was": before.limit_text if before else "", "now": after.limit_text if after else ""}
    limits = {"was": before.limit_text, "now": after.limit_text}
    if content_digest(before) != content_digest(after):
        return {"kind": "corrected"} | limits
    if (before.confidence, before.source) != (after.confidence, after.source):
        return {"kind": "signed" if (after.confidence, after.source) == ("H", "P") else "unsigned"} | limits
    return {"kind": "other"} | limits


def sentence(number: int, counts: Iterable[tuple[str, str, int]]) -> str:
    """``规则库 v12：3 批由 比对符合 变为 需人工核对``; says so when nothing changed."""
    parts = [f"{n} 批由 {_word(before)} 变为 {_word(after)}" for before, after, n in counts]
    return f"规则库 v{number}：{'，'.join(parts) if parts else '没有批次的结论因此改变'}"


def _word(status: str) -> str:
    return STATUS_TEXT.get(status, "尚未比对")
