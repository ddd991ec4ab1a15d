"""From acts, verdicts and edges to suspicions. Pure: no session, no clock."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol

from trace.genealogy.shares import Flow
from trace.journal.halts import CHANGES, OFFICIAL
from trace.suspicion.models import WORKING_DAYS, Cause

BEGINS = {
    "batch.stopped": "own_stop",
    "order.confirmed": "ordered_stop",
    "recall.announced": "recall",
    "sampling.failed": "failed_sampling",
    "batch.held": "held",
}
ENDS = {
    "batch.stop_lifted": ("own_stop",),
    "order.lifted": ("ordered_stop",),
    "recall.closed": ("recall",),
    "sampling.cleared": ("failed_sampling",),
    "batch.unheld": ("held",),
    "batch.released": ("held",),
}
ACTS = (*BEGINS, *ENDS, *CHANGES, "measure.lapsed")


class ActRow(Protocol):
    id: int
    kind: str
    at: int
    body: str
    reason: str


class VerdictRow(Protocol):
    id: int
    at: int
    status: str


def causes(lot_id: int, acts: Iterable[ActRow], verdicts: Iterable[VerdictRow]) -> list[Cause]:
    """The times a lot was in doubt, from its acts and verdicts in the order of their ids.

    Failed samplings stand each for itself under its act's id, which the clearing act names as its case; recalls under
    the recall they belong to (``recall_id``, else the proposal that ordered it, else their act's id), official measures
    under their own id, as in ``trace.journal.halts``.
    """
    found: list[Cause] = []
    open_: dict[tuple[str, str], Cause] = {}

    orders: set[str] = set()

    def end(kind: str, case: str, at: int) -> None:
        cause = open_.pop((kind, case), None)
        if cause is not None:
            found.append(Cause(cause.lot_id, cause.kind, cause.source_id, cause.began, at, cause.text))

    for act in acts:
        body: Mapping[str, Any] = json.loads(act.body)
        kind = BEGINS.get(act.kind)
        case = str(act.id) if act.kind == "sampling.failed" else ""
        if act.kind == "recall.announced":
            case = str(body.get("recall_id") or body.get("proposal_id") or act.id)
        if act.kind == "order.confirmed":
            orders.add(str(body.get("proposal_id") or ""))
        if act.kind == "order.lifted":
            orders.clear()
        if act.kind in CHANGES and body["measure"] in OFFICIAL:
            kind, case = OFFICIAL[body["measure"]], str(body["measure_id"])
        if kind is not None and (kind, case) not in open_:
            text = str(body.get("public_text") or body.get("document_no") or "")
            open_[kind, case] = Cause(lot_id, kind, act.id, act.at, None, text)
        for ended in ENDS.get(act.kind, ()):
            end(ended, str(body.get("case_id") or body.get("recall_id") or ""), act.at)
        if act.kind == "measure.lapsed" or (act.kind == "measure.served" and body["measure"] == "lift"):
            over = str(body["measure_id"] if act.kind == "measure.lapsed" else body["ends"])
            if over in orders:
                orders.discard(over)
                if not orders:
                    end("ordered_stop", "", act.at)
            for official in dict.fromkeys(OFFICIAL.values()):
                end(official, over, act.at)
    for verdict in verdicts:
        if verdict.status == "fail" and ("fail", "") not in open_:
            open_["fail", ""] = Cause(lot_id, "fail", verdict.id, verdict.at, None)
        elif verdict.status != "fail":
            end("fail", "", verdict.at)
    return sorted([*found, *open_.values()], key=lambda cause: (cause.began, cause.source_id))


def path_to(flows: Sequence[Flow], suspect: int, product: int) -> tuple[int, ...]:
    """The shortest chain of lots from a suspect lot down to a product; () where there is none."""
    down: dict[int, list[int]] = defaultdict(list)
    for flow in flows:
        down[flow.input].append(flow.output)
    before: dict[int, int] = {suspect: suspect}
    queue = deque([suspect])
    while queue and product not in before:
        here = queue.popleft()
        for lot in sorted(set(down[here])):
            if lot not in before:
                before[lot] = here
                queue.append(lot)
    if product not in before:
        return ()
    chain = [product]
    while chain[-1] != suspect:
        chain.append(before[chain[-1]])
    return tuple(reversed(chain))


def due_on(since: date, working_days: int = WORKING_DAYS) -> date:
    """The last day to conclude: so many working days (Monday to Friday; public holidays are not known here) after."""
    day = since
    left = working_days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day
