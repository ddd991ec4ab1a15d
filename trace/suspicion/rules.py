"""From acts, verdicts and edges to suspicions. Pure: no session, no clock."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Protocol

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
ACTS = (*BEGINS, *ENDS)
UNKNOWN_AMOUNT = "无法计算（有投料没有质量：未记录用量，或按件计量而没有净含量）"
IN_A_CIRCLE = "无法计算（返工循环：批次互为投料）"
TOO_LARGE = "无法计算（谱系过大，没有全部列出）"


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

    Failed samplings stand each for itself under its act's id, which the clearing act names as its case.
    """
    found: list[Cause] = []
    open_: dict[tuple[str, str], Cause] = {}

    def end(kind: str, case: str, at: int) -> None:
        cause = open_.pop((kind, case), None)
        if cause is not None:
            found.append(Cause(cause.lot_id, cause.kind, cause.source_id, cause.began, at, cause.text))

    for act in acts:
        body: Mapping[str, Any] = json.loads(act.body)
        kind = BEGINS.get(act.kind)
        case = str(act.id) if act.kind == "sampling.failed" else ""
        if kind is not None and (kind, case) not in open_:
            text = str(body.get("public_text") or body.get("document_no") or "")
            open_[kind, case] = Cause(lot_id, kind, act.id, act.at, None, text)
        for ended in ENDS.get(act.kind, ()):
            end(ended, str(body.get("case_id") or ""), act.at)
    for verdict in verdicts:
        if verdict.status == "fail" and ("fail", "") not in open_:
            open_["fail", ""] = Cause(lot_id, "fail", verdict.id, verdict.at, None)
        elif verdict.status != "fail":
            end("fail", "", verdict.at)
    return sorted([*found, *open_.values()], key=lambda cause: (cause.began, cause.source_id))


@dataclass(frozen=True, slots=True)
class Flow:
    """``input`` went into ``output``; ``mass`` in millionths of a kilogram (litres count as kilograms), None unknown."""

    input: int
    output: int
    mass: int | None


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


def share_of(flows: Sequence[Flow], suspect: int, product: int) -> tuple[Fraction | None, str]:
    """What part of a product's input mass is the suspect lot, over all chains; else None with the reason.

    ``flows`` must hold every input of every lot between the two.
    """
    into: dict[int, list[Flow]] = defaultdict(list)
    down: dict[int, list[int]] = defaultdict(list)
    for flow in flows:
        into[flow.output].append(flow)
        down[flow.input].append(flow.output)
    touched, queue = {suspect}, deque([suspect])
    while queue:
        for lot in down[queue.popleft()]:
            if lot not in touched:
                touched.add(lot)
                queue.append(lot)
    if product not in touched:
        return Fraction(0), ""
    between = touched & _above(into, product)
    waiting = {lot: sum(1 for f in into[lot] if f.input in between and lot != suspect) for lot in between}
    if any(flow.input in between for flow in into[suspect]):
        return None, IN_A_CIRCLE
    part: dict[int, Fraction] = {lot: Fraction(0) for lot in between} | {suspect: Fraction(1)}
    ready, done = deque([suspect]), 0
    while ready:
        here = ready.popleft()
        done += 1
        if here != suspect:
            masses = [flow.mass for flow in into[here]]
            total = sum(mass for mass in masses if mass is not None)
            if None in masses or total == 0:
                return None, UNKNOWN_AMOUNT
            for flow in into[here]:
                if flow.input in between:
                    part[here] += Fraction(flow.mass or 0, total) * part[flow.input]
        for lot in down[here]:
            if lot in between:
                waiting[lot] -= 1
                if waiting[lot] == 0:
                    ready.append(lot)
    if done < len(between):
        return None, IN_A_CIRCLE
    return part[product], ""


def _above(into: Mapping[int, Sequence[Flow]], product: int) -> set[int]:
    """The product and everything that went into it."""
    found, queue = {product}, deque([product])
    while queue:
        for flow in into.get(queue.popleft(), ()):
            if flow.input not in found:
                found.add(flow.input)
                queue.append(flow.input)
    return found


def due_on(since: date, working_days: int = WORKING_DAYS) -> date:
    """The last day to conclude: so many working days (Monday to Friday; public holidays are not known here) after."""
    day = since
    left = working_days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def share_text(share: Fraction | None, why: str) -> str:
    """The share as people read it."""
    if share is None:
        return why
    percent = float(share * 100)
    return f"{percent:.1f}%" if percent >= 0.1 else "不足 0.1%"
