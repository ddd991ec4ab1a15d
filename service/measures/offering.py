"""What an officer may begin on a batch, with the reasons that its record offers; and the measures it stands under."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.accounts.permissions import Actor
from service.batches.reading import BatchRecord
from service.measures import views
from trace.measures import owing, rules
from trace.measures.models import LIFT, MEASURES, RECALL
from trace.measures.owing import Owed
from trace.recalls.scope import NOT_MADE
from trace.suspicion.models import KINDS

MOST = 8
"""Reasons offered."""


@dataclass(frozen=True, slots=True)
class Offers:
    """``choices`` are (value, text) of a select: a measure's code, or ``lift-`` and the id of what it ends.

    ``reasons`` are sentences out of the record, the gravest first; ``ground`` is what the first of them is.
    """

    choices: Sequence[tuple[str, str]]
    reasons: Sequence[str]
    ground: str
    recall: Owed


def measures_of(record: BatchRecord, now: int) -> list[Mapping[str, Any]]:
    """Every measure on the batch, newest first."""
    return [
        views.measure_json(row, now) | {"recall": views.recall_duty(row, record.recalls, now)}
        for row in record.measures
    ]


def offers_of(record: BatchRecord, actor: Actor, findings: Sequence[Mapping[str, Any]], now: int) -> Offers:
    """Choices and reasons; an order to recall is among them only where the maker owed one and did not begin."""
    told = recall_owed(record, findings, now)
    choices = [(code, text) for code, text in MEASURES.items() if code not in (LIFT, RECALL)]
    if told.allowed:
        choices.append((RECALL, MEASURES[RECALL]))
    for row in record.measures:
        if row.measure != LIFT and row.tenant_id == actor.org_id and rules.standing(row, now).in_effect:
            number = row.document_no or "文书号待补"
            choices.append((f"lift-{row.id}", f"解除{MEASURES[row.measure]}（{number}）"))
    reasons, ground = _reasons(record, findings)
    return Offers(choices, reasons[:MOST], ground, told)


def recall_owed(record: BatchRecord, findings: Sequence[Mapping[str, Any]], now: int) -> Owed:
    """Whether a recall may be ordered, from what was read for the page; the command asks the record again."""
    facts = owing.facts_from(
        record.acts,
        record.measures,
        [str(one.get("parameter") or "") for one in findings if one.get("status") == "fail"],
        covered=record.row.halt == "recall" or bool(record.recalls),
        recallable=record.row.state not in NOT_MADE,
    )
    return owing.owed(facts, now)


def _reasons(record: BatchRecord, findings: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
    cleared = {json.loads(one.body)["case_id"] for one in record.acts if one.kind == "sampling.cleared"}
    announced = [
        f"监督抽检不合格（公告：{json.loads(one.body)['public_text']}）"
        for one in record.acts
        if one.kind == "sampling.failed" and str(one.id) not in cleared
    ]
    failing = [
        f"{one['reason']}（{' '.join(part for part in (one['standard'], one['clause']) if part)}）"
        for one in findings
        if one.get("status") == "fail"
    ]
    doubts = [f"投料存疑：{KINDS[one.cause.kind]}" + (f"（{one.cause.text}）" if one.cause.text else "")
              for one in record.suspicion.open]  # fmt: skip
    ground = "unsafe" if announced or failing else "other"
    return list(dict.fromkeys([*announced, *failing, *doubts])), ground
