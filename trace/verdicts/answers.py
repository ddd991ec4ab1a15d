"""From facts and a rulebook to a verdict, as plain JSON. Pure: the same facts and book give the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from trace.errors import InvalidInput
from trace.standards import Rulebook, evaluate, evaluation_to_json, facts_from_request
from trace.standards.models import ADVISORY, NOTICE, REVIEW, VERDICT_ORDER, BatchFacts, InputLot
from trace.verdicts.facts import OWN_KEYS
from trace.verdicts.papers import REQUEST_KEYS, name_sources, notes_of, unreadable_papers

PREMADE = {"yes": "是", "no": "否"}


def answer(book: Rulebook, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Findings, verdict and notes of a batch's facts, in the shape of ``evaluation_to_json``.

    Results that this book cannot read (a unit it no longer has) are a finding of 需人工核对, never a pass
    and never an error: they were filed under an older book and stay what they are.
    """
    asked = {k: v for k, v in facts.items() if k not in OWN_KEYS}
    bare = {k: v for k, v in asked.items() if k not in REQUEST_KEYS}
    try:
        told = _evaluated(book, asked, bare)
        if facts.get("rapid"):
            quick = read(bare | {"measurements": facts["rapid"]}, book)
            _add_rapid_failures(told, evaluation_to_json(evaluate(book, quick)))
    except InvalidInput as wrong:
        return _unreadable(book, facts, wrong)
    name_sources(book, facts, told)
    overruled = facts.get("overruled") or {}
    if overruled:
        _overrule(book, told, overruled)
    told["notes"] += notes_of(book, facts, told)
    return told


def _evaluated(book: Rulebook, asked: Mapping[str, Any], bare: Mapping[str, Any]) -> dict[str, Any]:
    """The evaluation; papers that this book cannot read do not take the rest with them. Raises InvalidInput."""
    try:
        return evaluation_to_json(evaluate(book, read(asked, book)))
    except InvalidInput as wrong:
        if len(bare) == len(asked):
            raise
        told = evaluation_to_json(evaluate(book, read(bare, book)))
        told["findings"].append(unreadable_papers(wrong, book.version))
        if VERDICT_ORDER.index(REVIEW) < _rank(told["verdict"]):
            told["verdict"] = REVIEW
        return told


def read(asked: Mapping[str, Any], book: Rulebook) -> BatchFacts:
    """``facts_from_request``, with each input lot read once for all batches it went into: thirty a batch add up."""
    rest = {k: v for k, v in asked.items() if k != "inputs"}
    facts = facts_from_request(rest, book)
    if "inputs" not in asked:
        return facts
    return replace(facts, inputs=tuple(_lot(book, given) for given in asked["inputs"]))


_LOT = ("name", "lot_or_date", "supplier", "received_on")
_PAPER = ("kind", "number", "valid_to")


def _lot(book: Rulebook, given: Mapping[str, Any]) -> InputLot:
    get = given.get  # written out: thirty inputs a batch, ten thousand batches
    papers = tuple(
        [(one.get("kind", ""), one.get("number", ""), one.get("valid_to", "")) for one in get("documents", ())]
    )
    lot = (get("name", ""), get("lot_or_date", ""), get("supplier", ""), get("received_on", ""))
    kept = _input(book, lot, papers)
    return InputLot(
        kept.name, str(given.get("quantity") or ""), kept.lot_or_date, kept.supplier, kept.received_on, kept.documents
    )


@lru_cache(maxsize=20_000)
def _input(book: Rulebook, lot: tuple[str, ...], papers: tuple[tuple[str, ...], ...]) -> InputLot:
    told = dict(zip(_LOT, lot, strict=True)) | {"documents": [dict(zip(_PAPER, one, strict=True)) for one in papers]}
    asked = {"product": {"name": "-"}, "produced_on": "2026-01-01", "inputs": [told]}
    inputs = facts_from_request(asked, book).inputs
    assert inputs is not None
    return inputs[0]


def _add_rapid_failures(told: dict[str, Any], quick: Mapping[str, Any]) -> None:
    """A rapid test can raise an alarm but never stands for a release test: only its failures count."""
    worse = [f for f in quick["findings"] if f["status"] == "fail" and f.get("measurement") is not None]
    for finding in worse:
        kept = dict(finding) | {"reason": f"快检结果：{finding['reason']}（快检不能代替检验，须另行送检确认）"}
        kept["status"] = REVIEW
        kept.pop("measurement", None)
        told["findings"].append(kept)
    if worse and VERDICT_ORDER.index(REVIEW) < _rank(told["verdict"]):
        told["verdict"] = REVIEW


def _overrule(book: Rulebook, told: dict[str, Any], overruled: Mapping[str, Any]) -> None:
    """A named person's classification stands beside the machine's and settles what the scope rules left open."""
    said = PREMADE.get(str(overruled.get("premade") or ""))
    product = told["product"]
    product["overruled"] = {k: v for k, v in overruled.items() if v}
    if said is None:
        return
    product["classification"] = [
        one | {"answer": said, "by_rules": one["answer"], "reason": f"人工归类：{overruled.get('basis', '')}"}
        if one["label"] == "预制菜"
        else one
        for one in product["classification"]
    ]
    scope = {clause.id for clause in book.scope}
    for finding in told["findings"]:
        if finding["clause_id"] in scope and finding["status"] == REVIEW:
            finding["status"] = ADVISORY
            finding["reason"] += f"；已由食品安全员归类（预制菜：{said}）"
    told["verdict"] = worst(f["status"] for f in told["findings"])


def worst(statuses: Any) -> str:
    """fail > needs_review > insufficient_evidence > pass; nothing that counts is not_applicable."""
    seen = set(statuses)
    return next((status for status in VERDICT_ORDER if status in seen), "not_applicable")


def _rank(status: str) -> int:
    return VERDICT_ORDER.index(status) if status in VERDICT_ORDER else len(VERDICT_ORDER)


def _unreadable(book: Rulebook, facts: Mapping[str, Any], wrong: InvalidInput) -> dict[str, Any]:
    why = "；".join(error.detail for error in wrong.errors[:3]) or wrong.detail
    finding = {
        "status": REVIEW, "standard": "", "edition": "", "clause": "", "clause_id": "", "parameter": "", "value": "",
        "limit": "", "unit": "", "source": "", "confidence": "", "evidence": ["E1"],
        "reason": f"登记的内容按规则库 {book.version} 读不懂，须人工核对：{why}",
    }  # fmt: skip
    return {
        "verdict": REVIEW,
        "notice": NOTICE,
        "rulebook": book.version,
        "product": {"name": facts["product"]["name"], "category": "", "category_reason": "", "types": [],
                    "classification": []},
        "findings": [finding],
        "notes": [],
    }  # fmt: skip
