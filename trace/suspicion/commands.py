"""Which suspicions a lot is under, and what its holder concludes about each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.batches.rules import Finding
from trace.context import Context, local_datetime
from trace.errors import Conflict, NotFound
from trace.genealogy import store as genealogy
from trace.genealogy.shares import TOO_LARGE, Flow, mass_of, share_of
from trace.journal import store as journal
from trace.journal.commands import record_act
from trace.problems import Problems
from trace.suspicion import store
from trace.suspicion.models import CONCLUSIONS, KINDS, Suspicion
from trace.suspicion.rules import ACTS, causes, due_on, path_to

LIMIT = 5000
"""Lots upstream that are looked at; a larger genealogy says so in the share."""
MIN_BASIS = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """One lot's suspicions, open ones first, with the state rows of the lots on their paths."""

    open: Sequence[Suspicion]
    ended: Sequence[Suspicion]
    lots: Mapping[int, Row[Any]]


NOTHING = Standing((), (), {})


def of_lot(conn: Connection, lot_id: int) -> Standing:
    """The suspicions of one lot, from the acts and verdicts of everything it was made from. Stores nothing."""
    above, cut = genealogy.walk(conn, lot_id, "up", LIMIT)
    inputs = [one for one in above if one != lot_id]
    if not inputs:
        return NOTHING
    acts = journal.acts_of_many(conn, inputs, ACTS)
    verdicts = store.statuses(conn, inputs)
    told = [c for one in inputs for c in causes(one, acts.get(one, ()), verdicts.get(one, ()))]
    if not told:
        return NOTHING
    rows = batches.batches_by_id(conn, above)
    flows = [
        Flow(e.input_id, e.output_id, mass_of(e, rows.get(e.input_id))) for e in genealogy.edges_among(conn, above)
    ]
    product = rows.get(lot_id)
    made = product.registered_at if product is not None else 0
    found = []
    for cause in told:
        if cause.ended is not None and cause.ended <= made:
            continue
        share, why = (None, TOO_LARGE) if cut else share_of(flows, cause.lot_id, lot_id)
        since = max(cause.began, made)
        due = due_on(local_datetime(since).date()).isoformat()
        found.append(Suspicion(cause, path_to(flows, cause.lot_id, lot_id), share, why, since, due))
    return Standing(
        [one for one in found if one.cause.ended is None], [one for one in found if one.cause.ended is not None], rows
    )


def conclusions(acts: Sequence[Row[Any]]) -> dict[tuple[str, int], list[Row[Any]]]:
    """What organisations concluded, newest last: (cause key, organisation) → ``suspicion.concluded`` acts."""
    found: dict[tuple[str, int], list[Row[Any]]] = {}
    for act in acts:
        if act.kind == "suspicion.concluded":
            found.setdefault((json.loads(act.body)["cause"], act.tenant_id), []).append(act)
    return found


def conclude(ctx: Context, batch_id: int, cause: str, conclusion: str, basis: str, evidence: str) -> int:
    """The owner or holder of a lot says, with evidence, what an open suspicion means for it. A later one replaces it.

    Nothing is cleared by it: a suspicion ends when its cause is corrected.
    """
    row = batches.get_batch(ctx.conn, batch_id)
    if row is None or not (row.tenant_id == ctx.tenant_id or store.held_among(ctx.conn, [batch_id], ctx.tenant_id)):
        raise NotFound("没有这个批次，或本企业没有库存", "No such batch on hand")
    open_ = of_lot(ctx.conn, batch_id).open
    found = next((one for one in open_ if one.cause.key == cause), None)
    problems = Problems()
    what = problems.choice(conclusion, CONCLUSIONS, "/conclusion", "结论")
    why = problems.text(basis, "/basis", "依据", longest=500)
    if why and len(why) < MIN_BASIS:
        problems.add("/basis", "too_short", f"依据“{why}”太短，请写明核查了什么", "say what was checked")
    proof = problems.text(evidence, "/evidence", "证据（报告编号、处置记录等）", longest=200)
    problems.raise_if_any()
    if found is None:
        raise Conflict("这条存疑已经解除或不存在，请刷新页面", "This suspicion has ended", code="not_suspected")
    body = {
        "cause": cause,
        "lot_id": str(found.cause.lot_id),
        "kind": found.cause.kind,
        "conclusion": what,
        "evidence": proof,
        "due": found.due,
        "late": ctx.today > date.fromisoformat(found.due),
    }
    return record_act(ctx, "suspicion.concluded", "batch", batch_id, body, why)


def warn(conn: Connection, inputs: Mapping[int, str]) -> list[Finding]:
    """Warnings for a registration: inputs (lot id → label) that are in doubt or were made from what is.

    What may not be used at all is refused elsewhere; a mere suspicion only warns.
    """
    doubted: dict[int, list[int]] = {}
    for root, lot in store.doubted_above(conn, sorted(inputs)):
        doubted.setdefault(root, []).append(lot)
    return [
        Finding(
            "input_suspect",
            f"上游存疑（待核）：投料“{inputs[root]}”"
            + (f"{KINDS['fail']}" if lots == [root] else "所用的原料有问题或正在处置")
            + "，使用前请核实，并在批次页写明结论",
        )
        for root, lots in doubted.items()
    ]


def open_below(
    conn: Connection, tenant_id: int | None, limit: int = 100, before: int | None = None
) -> list[tuple[Row[Any], Standing]]:
    """Products under an open suspicion that an organisation owns or holds (all with None), newest first.

    ``before`` is a lot id: only older ones, for the next page.
    """
    below = store.made_below(conn, store.doubted(conn, LIMIT), LIMIT, before)
    rows = batches.batches_by_id(conn, below)
    if tenant_id is not None:
        held = store.held_among(conn, rows, tenant_id)
        rows = {i: row for i, row in rows.items() if row.tenant_id == tenant_id or i in held}
    found = []
    for batch_id in sorted(rows, reverse=True):
        if rows[batch_id].state in ("voided", "reserved"):
            continue
        standing = of_lot(conn, batch_id)
        if standing.open:
            found.append((rows[batch_id], standing))
        if len(found) == limit:
            break
    return found
