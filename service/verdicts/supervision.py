"""The supervisor's to-do: at most ten a day by a published formula; the rest as trends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from sqlalchemy import Connection, Row
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.api import stage_of
from service.batches.words import VERDICTS
from service.context import question
from service.inspections.views import due
from service.measures.views import BADGES, office_to_do
from service.routing import Router
from service.web.render import page
from trace.batches import store as batches
from trace.context import Context, local_datetime
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.journal import store as journal
from trace.rulebooks.books import current_book
from trace.standards import Rulebook
from trace.suspicion.commands import open_below
from trace.suspicion.models import KINDS
from trace.verdicts import priority, store
from trace.verdicts.facts import standing_reports
from trace.verdicts.priority import Case, Weighed
from trace.verdicts.rulings import unruled

router = Router(include_in_schema=False)
MOST = 500
"""Batches weighed; the newest."""


def cases(conn: Connection, actor: Actor, now: int) -> tuple[list[Case], list[tuple[str, Mapping[str, Any]]], int]:
    """Cases nobody of the actor's organisation has noted since their verdict, all open findings, and notes of today.

    Only batches at the stages the regulator is charged with.
    """
    book = current_book(conn)
    rows = {r.id: r for r in batches.list_batches(conn, tenant_id=None, before=None, limit=MOST, kind="product",
                                                  attention=True) if stage_of(r.link_code) in actor.stages}  # fmt: skip
    suspected = {r.id: (r, s) for r, s in open_below(conn, None, 100) if stage_of(r.link_code) in actor.stages}
    every = rows | {i: r for i, (r, _) in suspected.items()}
    verdicts = store.verdicts_by_id(conn, [r.verdict_id for r in every.values() if r.verdict_id])
    acts = journal.acts_of_many(conn, every, ("ruling", "review.noted", "report", "report.withdrawn"))
    products = items.items_by_id(conn, sorted({r.item_id for r in every.values()}))
    down = genealogy.made_from_counts(conn, list(every))
    holders = genealogy.holder_counts(conn, list(every))
    today = local_datetime(now).date()
    found: list[Case] = []
    open_: list[tuple[str, Mapping[str, Any]]] = []
    noted_today = 0
    for batch_id, row in every.items():
        verdict = verdicts.get(row.verdict_id or 0)
        mine = [a for a in acts.get(batch_id, []) if a.kind == "review.noted" and a.tenant_id == actor.org_id]
        noted_today += any(local_datetime(a.at).date() == today for a in mine)
        findings = json.loads(verdict.findings) if verdict is not None else []
        open_ += [(str(batch_id), f) for f in findings]
        since = max([verdict.at if verdict is not None else 0, *(s.since for s in _open(suspected.get(batch_id)))])
        if any(a.at >= since for a in mine):
            continue
        worst = _worst(book, findings, acts.get(batch_id, []), suspected.get(batch_id))
        if worst is None:
            continue
        reason, harm, strength = worst
        found.append(
            Case(
                batch_id,
                harm,
                strength,
                bool(products[row.item_id].ready_to_eat),
                row.released_at is not None,
                down.get(batch_id, 0),
                holders.get(batch_id, 0),
                reason,
            )
        )
    return found, open_, noted_today


def _open(suspected: tuple[Row[Any], Any] | None) -> Sequence[Any]:
    return suspected[1].open if suspected is not None else ()


def _worst(
    book: Rulebook, findings: Sequence[Mapping[str, Any]], acts: Sequence[Row[Any]], suspected: Any
) -> tuple[str, str, str] | None:
    """The gravest reason to look at a batch: sentence, harm class, strength class."""
    sources = {m["parameter"]: r["kind"] for r in standing_reports(acts) for m in r["measurements"]}
    waiting = {f["reason"] for f in unruled(findings, acts)}
    weighed: list[tuple[Mapping[str, Any], str, str]] = []
    for finding in findings:
        clause = book.clauses.get(finding["clause_id"])
        harm = priority.harm_of(finding, clause.kind if clause is not None else "")
        if finding["status"] == "fail":
            kind = sources.get(finding["parameter"], "release")
            strength = "paper" if harm == "paper" else kind if kind in priority.STRENGTH else "release"
            weighed.append((finding, harm, strength))
        elif finding["reason"] in waiting:
            rapid = finding["reason"].startswith("快检结果")
            weighed.append((finding, harm, "rapid" if rapid else "unruled"))
    for one in _open(suspected):
        told = {"reason": f"上游存疑（待核）：投料{KINDS[one.cause.kind]}"}
        weighed.append((told, "suspicion", "paper"))
    found = priority.gravest(weighed)
    return None if found is None else (found[0]["reason"], found[1], found[2])


@router.get("/supervision")
def todo(request: Request, actor: Actor = require("supervision.read")) -> Response:
    """At most ten a day, and what the rest show together."""
    now = request.app.state.db.now()

    def read(ctx: Context) -> dict[str, Any]:
        found, open_, done = cases(ctx.conn, actor, now)
        today, rest = priority.worklist(found, done)
        rows = batches.batches_by_id(ctx.conn, [one.case.batch_id for one in today])
        return {
            "due": due(ctx.conn, actor, ctx.today),
            "measures": office_to_do(ctx, actor.org_id),
            "today": [_shown(one, rows[one.case.batch_id]) for one in today],
            "rest": len(rest),
            "done": done,
            "trends": priority.trends(open_)[:20],
        }

    return page(
        request,
        "verdicts/supervision.html",
        formula=priority.FORMULA,
        harm=[(priority.HARM_TEXT[k], v) for k, v in priority.HARM.items()],
        strength=[(priority.STRENGTH_TEXT[k], v) for k, v in priority.STRENGTH.items()],
        daily=priority.DAILY,
        verdicts=VERDICTS,
        badges=BADGES,
        **question(request, read),
    )


def _shown(one: Weighed, row: Row[Any]) -> dict[str, Any]:
    return {
        "row": row,
        "reason": one.case.reason,
        "score": f"{one.score:.2f}",
        "factors": f"{one.harm:g} × {one.spread:.2f} × {one.strength:g}",
        "spread": f"下游 {one.case.downstream} 批，{one.case.holders} 家有库存",
    }
