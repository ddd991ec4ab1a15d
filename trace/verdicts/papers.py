"""What a verdict says of papers: which kinds were not compared, which could not be, and what came from the record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from trace.errors import InvalidInput
from trace.papers.models import MEMBERS
from trace.standards import Rulebook
from trace.standards.checks.terms import CHECKS
from trace.standards.clauses import Clause
from trace.standards.models import REVIEW

REQUEST_KEYS = frozenset((*MEMBERS, "intervals", "any_stage"))
"""Keys of an evaluation request that papers supply."""
_FROM_RECORD = ("kept_record", "recorded_minimum")
_OF_DEVICES = ("calibration", "logging_interval")
"""Checks of the logger: they say nothing of the temperature itself."""


def notes_of(book: Rulebook, facts: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """Lines that lower nothing: a kind of paper that the book asks for and nobody filed is named, never passed over."""
    product = facts["product"]
    wanted = asked_for(
        book, facts["produced_on"], facts.get("stage") or "加", product.get("storage") or "", product.get("prepackaged")
    )
    absent = [MEMBERS[member] for member in wanted if member not in facts]
    lines = [f"{'、'.join(absent)}未登记，未比对"] if absent else []
    unasked = _unasked(book, facts, told)
    if unasked:
        lines.append(f"{'、'.join(unasked)}已登记，没有可比对的条款或尺度，未比对")
    if "label" in facts and not {"produced_on", "expires_on", "lot"} & facts["label"].keys():
        lines.append("包装上印的日期和批号没有逐批核对，未比对")
    return lines + list(facts.get("unread") or [])


def _unasked(book: Rulebook, facts: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """Names of what was filed and no finding compared: no clause is for it here, or it stands alone."""
    if not REQUEST_KEYS & facts.keys():
        return []
    known = [book.clauses[one["clause_id"]] for one in told["findings"] if one["clause_id"] in book.clauses]
    found = []
    for member, named in (("records", "kind"), ("documents", "kind"), ("events", "what"), ("temperatures", "what")):
        filed = dict.fromkeys(one[named] for one in facts.get(member) or ())
        if not filed:
            continue
        clauses = [one for one in known if CHECKS.get(one.check, ("",))[0] == member and one.check not in _OF_DEVICES]
        compared = {name for clause in clauses for name in _names(clause, filed)}
        found += [name for name in filed if name not in compared]
    labelled = any(CHECKS.get(one.check, ("",))[0] == "label" for one in known)
    return found if labelled or "label" not in facts else ["标签", *found]


def _names(clause: Clause, filed: Iterable[str]) -> Iterable[str]:
    terms = clause.terms
    if clause.check in ("declared_range", "excursion"):
        return filed
    return (terms.record, *terms.places, terms.begins, terms.ends, *terms.order, *clause.documents)


@lru_cache(maxsize=4096)
def asked_for(book: Rulebook, produced_on: str, stage: str, storage: str, prepackaged: bool | None) -> tuple[str, ...]:
    """Members of which the book has a clause for things made on a day at a stage and so stored.

    Foods and types are not looked at: to name one kind too many does no harm. Goods stored at room temperature owe
    no temperature series, food that is not prepackaged no label under GB 7718.
    """
    on = date.fromisoformat(produced_on)
    found = []
    for member in MEMBERS:
        if (member == "temperatures" and storage == "常温") or (member == "label" and prepackaged is False):
            continue
        for clause in book.papers[member]:
            here = member in ("temperatures", "events") or not clause.stages or stage in clause.stages
            if clause.in_force(on) and here and (not clause.storage or not storage or storage in clause.storage):
                found.append(member)
                break
    return tuple(found)


def name_sources(book: Rulebook, facts: Mapping[str, Any], told: dict[str, Any]) -> None:
    """Say in the findings on records that were completed from the record where that came from."""
    sources: Mapping[str, str] = facts.get("derived") or {}
    for finding in told["findings"] if sources else ():
        clause = book.clauses.get(finding["clause_id"])
        if clause is not None and clause.check in _FROM_RECORD and clause.terms.record in sources:
            finding["reason"] += f"（其中有取自本平台登记的内容：{sources[clause.terms.record]}）"


def unreadable_papers(wrong: InvalidInput, version: str) -> dict[str, Any]:
    """The finding where this book cannot read the papers, though it reads the rest: a person must compare them."""
    why = "；".join(error.detail for error in wrong.errors[:3]) or wrong.detail
    return {
        "status": REVIEW, "standard": "", "edition": "", "clause": "", "clause_id": "", "parameter": "", "value": "",
        "limit": "", "unit": "", "source": "", "confidence": "", "evidence": ["E2", "E3", "E4"],
        "reason": f"登记的标签、记录、时间或温度按规则库 {version} 读不懂，须人工核对：{why}",
    }  # fmt: skip
