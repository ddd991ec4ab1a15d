"""Announcement pages to read: bulletins, the comparison table, one sample with its candidates, cases."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.bulletins import views
from service.bulletins.importing import today
from service.params import IdPath, cursor_id
from service.routing import Router
from service.standards.reading import book_in_force
from service.web.render import page
from trace.batches import store as batches
from trace.batches.models import HALTS, STATES
from trace.bulletins import caserules, commands, rules, store
from trace.bulletins.models import OUTCOMES, RAPID, TASKS
from trace.errors import NotFound
from trace.measures.store import recalls_covering

router = Router(prefix="/bulletins", include_in_schema=False)
PAGE = 30
SAMPLES = 40
NOTICES = {
    "imported": "公告已导入，样品已逐项比对。",
    "judged": "已按现行规则库重新比对；结论变化的样品留有新旧两次记录。",
    "matched": "已确认批次。",
    "case": "已确认批次并立案：公开页已显示监督抽检不合格（公告）。请按下列步骤办理。",
    "none": "已登记：不是本平台登记的批次。",
    "changed": "办理已记录。",
    "step": "已记入案件。",
    "closed": "案件已结案。",
}
Word = Annotated[str, Query(max_length=60)]


def frame() -> dict[str, Any]:
    """Words that every page of the room needs."""
    return {
        "outcomes": OUTCOMES,
        "outcome_badges": views.OUTCOME_BADGES,
        "matches": views.MATCHES,
        "results": views.RESULTS,
        "pendings": views.PENDING,
        "halts": HALTS,
        "task_options": [(one, one) for one in TASKS],
    }


@router.get("")
def listing(request: Request, before: Word = "", actor: Actor = require("bulletin.read")) -> Response:
    """Every bulletin, the newest import first, with how its samples compare."""
    with request.app.state.db.read() as conn:
        rows = store.list_bulletins(conn, before=cursor_id(before), limit=PAGE + 1)
        tallies = store.tallies(conn, [row.id for row in rows])
    return page(
        request,
        "bulletins/list.html",
        rows=[views.bulletin_json(row, tallies[row.id]) for row in rows[:PAGE]],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        first=cursor_id(before) is None,
        **frame(),
    )


@router.get("/cases")
def cases(
    request: Request, state: Word = "open", before: Word = "", actor: Actor = require("bulletin.read")
) -> Response:
    """Cases, the open ones first asked for."""
    chosen = state if state in ("open", "closed", "all") else "open"
    with request.app.state.db.read() as conn:
        rows = store.list_cases(conn, state="" if chosen == "all" else chosen, before=cursor_id(before), limit=PAGE + 1)
    return page(
        request,
        "bulletins/cases.html",
        rows=[views.case_json(row) for row in rows[:PAGE]],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        state=chosen,
        **frame(),
    )


@router.get("/cases/{case_id}")
def case(request: Request, case_id: IdPath, done: Word = "", actor: Actor = require("bulletin.read")) -> Response:
    """One case: what must be done, what was, by whom and why."""
    return case_page(request, case_id, notice=NOTICES.get(done, ""))


def case_page(request: Request, case_id: int, *, notice: str = "", failed: Failed | None = None) -> Response:
    with request.app.state.db.read() as conn:
        told = views.whole_case(conn, case_id)
        logins = views.logins(conn, told["steps"])
        batch = batches.batches_by_id(conn, [int(told["batch_id"])])[int(told["batch_id"])]
        recalls = recalls_covering(conn, [batch.id]).get(batch.id, [])
    newest = {one["step"]: one for one in told["steps"]}
    return page(
        request,
        "bulletins/case.html",
        status_code=failed.status if failed is not None else 200,
        case=told,
        logins=logins,
        batch=batch,
        recalls=recalls,
        newest=newest,
        steps=caserules.STEPS,
        needed=caserules.NEEDED,
        step_states=caserules.STATES,
        levels=caserules.RECALL_LEVELS,
        notice=notice,
        failed=failed,
        **frame(),
    )


@router.get("/samples/{sample_id}")
def sample(request: Request, sample_id: IdPath, done: Word = "", actor: Actor = require("bulletin.read")) -> Response:
    """One sample: the announcement beside our comparison, candidates, and what was decided."""
    return sample_page(request, sample_id, notice=NOTICES.get(done, ""))


def sample_page(request: Request, sample_id: int, *, notice: str = "", failed: Failed | None = None) -> Response:
    actor: Actor = request.state.actor
    with request.app.state.db.read() as conn:
        row = commands.sample_of(conn, sample_id)
        history = views.sample_history(conn, sample_id)
        logins = views.logins(conn, history)
        earlier = store.judgements_of(conn, sample_id)
        officer = actor.org_kind == "regulator"
        found = commands.candidates(conn, row) if officer and row.case_id is None else []
        batch = batches.batches_by_id(conn, [row.batch_id]).get(row.batch_id) if row.batch_id else None
    return page(
        request,
        "bulletins/sample.html",
        status_code=failed.status if failed is not None else 200,
        row=row,
        judged=views.judged(row),
        verbatim=json.loads(row.row),
        history=history,
        logins=logins,
        judgements=[views.judgement_json(one) for one in earlier],
        candidates=found,
        weights=views.weights(),
        batch=batch,
        states=STATES,
        blocked=rules.case_refusal(commands.state_of(row)),
        grounds=rules.GROUNDS,
        reserves=rules.RESERVES,
        methods=rules.METHODS,
        rapid=row.task == RAPID,
        on=today(request),
        rulebook=book_in_force(request).version,
        notice=notice,
        failed=failed,
        **frame(),
    )


@router.get("/{bulletin_id}")
def one(
    request: Request,
    bulletin_id: IdPath,
    outcome: Word = "",
    q: Word = "",
    after: Word = "",
    done: Word = "",
    actor: Actor = require("bulletin.read"),
) -> Response:
    """One bulletin: each announced failure beside our own comparison."""
    chosen = outcome if outcome in OUTCOMES else ""
    text = q.strip()
    with request.app.state.db.read() as conn:
        row = store.get_bulletin(conn, bulletin_id)
        if row is None:
            raise NotFound("没有这个公告", "No such bulletin")
        tally = store.tallies(conn, [bulletin_id])[bulletin_id]
        rows = store.list_samples(
            conn, bulletin_id, after=cursor_id(after), limit=SAMPLES + 1, outcome=chosen, text=text
        )
    kept = "&".join(f"{k}={quote(v)}" for k, v in (("outcome", chosen), ("q", text)) if v)
    return page(
        request,
        "bulletins/one.html",
        bulletin=views.bulletin_json(row, tally),
        rows=[(one, views.judged(one)) for one in rows[:SAMPLES]],
        next=rows[SAMPLES - 1].id if len(rows) > SAMPLES else None,
        first=cursor_id(after) is None,
        total=sum(tally.get(key, 0) for key in OUTCOMES),
        outcome=chosen,
        q=text,
        kept=kept,
        rulebook=book_in_force(request).version,
        notice=NOTICES.get(done, ""),
        **frame(),
    )
