"""A sample judged by our own engine and set beside what the bulletin says. Pure.

The engine judges the announced results against its own clauses; the bulletin's limit is shown, never used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trace.bulletins.models import AGREE, DIFFERS, REVIEW, Failure, Sample
from trace.errors import InvalidInput
from trace.standards import BatchFacts, Finding, Rulebook, evaluate, facts_from_request
from trace.standards.models import FAIL, INSUFFICIENT, PASS, STATUS_TEXT
from trace.standards.models import REVIEW as NEEDS_REVIEW

NO_DATE = "公告没有写生产日期，不能选用哪一版标准"
_RANK = (FAIL, NEEDS_REVIEW, INSUFFICIENT, PASS)


@dataclass(frozen=True, slots=True)
class ItemJudgement:
    """One announced failure beside our finding. ``status`` is the finding's, or '' where nothing could be asked.

    ``outcome``: agree (we say fail too), needs_review (we cannot say, and why), disagree (we say pass).
    ``covered``: a clause whose limit is known and sure enough to decide was compared with.
    """

    item: str
    result: str
    announced_limit: str
    outcome: str
    status: str
    our_limit: str
    standard: str
    clause: str
    clause_id: str
    reason: str
    covered: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """A sample's whole comparison under one version of the rulebook."""

    outcome: str
    rulebook: str
    category: str
    category_reason: str
    items: tuple[ItemJudgement, ...]

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "outcome": self.outcome,
            "rulebook": self.rulebook,
            "category": self.category,
            "category_reason": self.category_reason,
            "items": [{name: getattr(one, name) for name in ItemJudgement.__slots__} for one in self.items],
        }


def judge(sample: Sample, book: Rulebook) -> Judgement:
    """What the engine says of each announced failure; a result it refuses to read needs review, with the reason."""
    made = sample.produced_on.isoformat() if sample.produced_on is not None else None
    return judge_facts(sample.food, sample.category, made, sample.failures, book)


def judge_facts(
    food: str, category: str, produced_on: str | None, failures: Sequence[Failure], book: Rulebook
) -> Judgement:
    """The same from plain facts, so that a stored sample is judged again without its file."""
    if not produced_on:
        items = tuple(_unasked(one, NO_DATE) for one in failures)
        return Judgement(REVIEW, book.version, "", "", items)
    body = {
        "product": {"name": food, "category": category},
        "produced_on": produced_on,
        "measurements": [_measurement(one) for one in failures],
    }
    try:
        return _judged(facts_from_request(body, book), failures, book)
    except InvalidInput:
        return _one_by_one(body, failures, book)


def _measurement(one: Failure) -> Mapping[str, Any]:
    return {"parameter": one.item, "values": [one.result]}


def _one_by_one(body: Mapping[str, Any], failures: Sequence[Failure], book: Rulebook) -> Judgement:
    """Some result is refused: the others are still judged."""
    items: list[ItemJudgement] = []
    frame: Judgement | None = None
    for one in failures:
        try:
            frame = _judged(facts_from_request(dict(body, measurements=[_measurement(one)]), book), [one], book)
            items += frame.items
        except InvalidInput as refused:
            items.append(_unasked(one, "；".join(error.detail for error in refused.errors) or refused.detail))
    outcome = _overall([item.outcome for item in items])
    category, why = (frame.category, frame.category_reason) if frame else ("", "")
    return Judgement(outcome, book.version, category, why, tuple(items))


def _unasked(one: Failure, reason: str) -> ItemJudgement:
    return ItemJudgement(one.item, one.result, one.limit, REVIEW, "", "", "", "", "", reason, False)


def _judged(facts: BatchFacts, failures: Sequence[Failure], book: Rulebook) -> Judgement:
    answer = evaluate(book, facts)
    by_measurement: dict[int, list[Finding]] = {}
    for finding in answer.findings:
        if finding.measurement is not None:
            by_measurement.setdefault(finding.measurement, []).append(finding)
    items = tuple(_item(one, by_measurement.get(place, [])) for place, one in enumerate(failures))
    return Judgement(
        _overall([item.outcome for item in items]), answer.rulebook, answer.category, answer.category_why, items
    )


def _item(one: Failure, findings: Sequence[Finding]) -> ItemJudgement:
    decisive = [finding for finding in findings if finding.status in _RANK]
    if not decisive:
        return _unasked(one, findings[0].reason if findings else "规则库没有收录这个项目对这类食品的要求")
    chosen = min(decisive, key=lambda finding: _RANK.index(finding.status))
    outcome = {FAIL: AGREE, PASS: DIFFERS}.get(chosen.status, REVIEW)
    return ItemJudgement(
        one.item, one.result, one.limit, outcome, chosen.status, chosen.limit, chosen.standard, chosen.clause,
        chosen.clause_id, chosen.reason, bool(chosen.clause_id and chosen.limit) and "未知" not in chosen.limit and chosen.confidence != "L",
    )  # fmt: skip


def _overall(outcomes: Sequence[str]) -> str:
    """The gravest doubt first: one item we think in conformity matters more than the ones we agree on."""
    return next((one for one in (DIFFERS, REVIEW) if one in outcomes), AGREE)


def status_text(status: str) -> str:
    """The engine's status in words; '' where it could not be asked."""
    return STATUS_TEXT.get(status, "未能比对")
