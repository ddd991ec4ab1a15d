"""JSON API of recalls: propose, adjust, announce, account, destroy, close; tasks of holders."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import command, question
from service.idempotency import create
from service.params import IdPath, Limit, cursor_id
from service.recalls import telling, views
from service.recalls.schemas import (
    AnnouncementIn,
    AnswerIn,
    Json,
    KnownIn,
    LevelIn,
    LotIn,
    NoticeIn,
    PlanIn,
    ReasonIn,
    RecallIn,
    WitnessIn,
)
from service.routing import Router
from trace.context import Context
from trace.problems import Problems
from trace.recalls import announcing, answering, commands, store
from trace.recalls.accounting import read_accounts
from trace.recalls.announcing import Announcement
from trace.recalls.answering import Answer, Plan
from trace.recalls.moments import read_moment

router = Router(prefix="/api/v1/recalls", tags=["召回 recalls"])
Cursor = Annotated[str, Query(max_length=20, pattern="^[0-9]*$", description="上一页给出的 next")]


@router.post("", summary="由问题批次提出召回范围", status_code=201)
def propose(request: Request, body: RecallIn, actor: Actor = require("recall.start")) -> Response:
    """All affected lots downstream, each with the reason and who holds how much. Nothing is halted, nobody told yet."""
    now = request.app.state.db.now
    new = body.plain()

    def write(ctx: Context) -> Json:
        made = commands.propose(ctx, new, now)
        row = commands.recall_of(ctx.conn, made)
        found = views.counts(store.lots_of(ctx.conn, made))
        return {"id": str(made), "lots": found, "seconds_to_scope": views.seconds(row.begun_at, row.scoped_at)}

    return create(request, body, write)


@router.get("", summary="召回列表")
def listing(request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("recall.read")) -> Json:
    """One's own organisation's, everybody's for supervisors; newest first."""

    def read(ctx: Context) -> Json:
        tenant = None if actor.supervises else actor.org_id
        rows = store.list_recalls(ctx.conn, tenant_id=tenant, before=cursor_id(cursor), limit=limit + 1)
        items = [views.recall_json(row) for row in rows[:limit]]
        return {"items": items, "next": str(rows[limit - 1].id) if len(rows) > limit else None}

    return question(request, read)


@router.get("/tasks", summary="交给本单位的召回任务")
def tasks(request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("recall.step")) -> Json:
    """Newest first; the lots to answer for are in the single task."""

    def read(ctx: Context) -> Json:
        rows = store.tasks_for(ctx.conn, actor.org_id, before=cursor_id(cursor), limit=limit + 1)
        items = [telling.listed_task(row) for row in rows[:limit]]
        return {"items": items, "next": str(rows[limit - 1].id) if len(rows) > limit else None}

    return question(request, read)


@router.get("/tasks/{task_id}", summary="一个召回任务")
def one_task(request: Request, task_id: IdPath, actor: Actor = require("recall.step")) -> Json:
    """What to do by when, and how much of each lot to account for."""
    return question(request, lambda ctx: telling.task_json(answering.own_task(ctx, task_id), ctx.conn))


@router.post("/tasks/{task_id}/answers", summary="答复召回任务", status_code=201)
def answer(request: Request, task_id: IdPath, body: AnswerIn, actor: Actor = require("recall.step")) -> Response:
    """Quantities per lot; sent again, it replaces what was said before."""
    said = Answer({one.lot_id: one.model_dump(exclude={"lot_id"}) for one in body.lines}, remark=body.remark)
    return create(request, body, lambda ctx: {"id": str(answering.answer(ctx, task_id, said))})


@router.get("/{recall_id}", summary="一个召回")
def one(
    request: Request, recall_id: IdPath, limit: Limit = 100, cursor: Cursor = "", actor: Actor = require("recall.read")
) -> Json:
    """Clocks, scope in pages, holders, accounts, tasks, what is open. For the maker and supervisors."""

    def read(ctx: Context) -> Json:
        told = views.whole(ctx, actor, recall_id, after=cursor_id(cursor), limit=limit)
        del told["row"]
        return told

    return question(request, read)


@router.get("/{recall_id}/accounts", summary="逐批与合计的数量去向")
def accounts(request: Request, recall_id: IdPath, actor: Actor = require("recall.read")) -> Json:
    """Every lot and a total per unit: places by fates, adding up to what was made."""

    def read(ctx: Context) -> Json:
        views.seen(ctx, actor, recall_id)
        found = read_accounts(ctx.conn, recall_id)
        lots = [
            {"lot_id": str(lot.lot_id)} | views.account_json(found.by_lot[lot.lot_id], lot.unit) for lot in found.lots
        ]
        totals = [views.account_json(one.account, one.unit) | {"lots": one.lots} for one in found.totals]
        return {"lots": lots, "totals": totals}

    return question(request, read)


def _done(request: Request, actor: Actor, recall_id: int) -> Json:
    row = question(request, lambda ctx: views.seen(ctx, actor, recall_id))
    return views.recall_json(row)


@router.post("/{recall_id}/lots", summary="逐批加入或移出")
def adjust(request: Request, recall_id: IdPath, body: LotIn, actor: Actor = require("recall.start")) -> Json:
    """One lot in or out, with its reason."""
    put(request, recall_id, body.lot_id, body.state, body.reason)
    return _done(request, actor, recall_id)


def put(request: Request, recall_id: int, lot_id: int, state: str, reason: str) -> None:
    """The same for the page."""
    now = request.app.state.db.now

    def write(ctx: Context) -> None:
        if state == "out":
            commands.take_out(ctx, recall_id, lot_id, reason)
        else:
            commands.put_in(ctx, recall_id, lot_id, reason)
            announcing.announce_added(ctx, recall_id, lot_id, now)

    command(request, write)


@router.post("/{recall_id}/scope", summary="更新范围")
def refresh(request: Request, recall_id: IdPath, actor: Actor = require("recall.start")) -> Json:
    """Work a proposal's scope out anew: what was made or delivered since is in it."""
    command(request, lambda ctx: commands.refresh(ctx, recall_id))
    return _done(request, actor, recall_id)


@router.post("/{recall_id}/level", summary="确定召回级别")
def level(request: Request, recall_id: IdPath, body: LevelIn, actor: Actor = require("recall.start")) -> Json:
    """一级, 二级 or 三级 with the enterprise's reasoning."""
    command(request, lambda ctx: commands.set_level(ctx, recall_id, body.level, body.reason))
    return _done(request, actor, recall_id)


@router.post("/{recall_id}/known", summary="登记知悉时间")
def known(request: Request, recall_id: IdPath, body: KnownIn, actor: Actor = require("recall.start")) -> Json:
    """知悉时间 and its source."""
    set_known(request, recall_id, body.known_at, body.known_source)
    return _done(request, actor, recall_id)


def set_known(request: Request, recall_id: int, known_at: str, source: str) -> None:
    """The same for the page."""
    problems = Problems()
    at = read_moment(problems, known_at, "/known_at", "知悉时间")
    problems.raise_if_any()
    command(request, lambda ctx: commands.set_known(ctx, recall_id, at, source))


@router.post("/{recall_id}/announcement", summary="发布召回")
def announce(request: Request, recall_id: IdPath, body: AnnouncementIn, actor: Actor = require("recall.start")) -> Json:
    """Halt every lot in scope and give every holder its task."""
    now = request.app.state.db.now
    said = Announcement(**body.model_dump())
    command(request, lambda ctx: announcing.announce(ctx, recall_id, said, now))
    return _done(request, actor, recall_id)


@router.post("/{recall_id}/notice", summary="登记法定平台公告")
def notice(request: Request, recall_id: IdPath, body: NoticeIn, actor: Actor = require("recall.start")) -> Json:
    """Address and date of the statutory notice."""
    command(request, lambda ctx: announcing.set_notice(ctx, recall_id, body.notice_at, body.notice_on))
    return _done(request, actor, recall_id)


@router.post("/{recall_id}/destructions", summary="预告销毁", status_code=201)
def plan(request: Request, recall_id: IdPath, body: PlanIn, actor: Actor = require("recall.step")) -> Response:
    """Date, place and method, before it happens."""
    planned = Plan(**body.model_dump())
    return create(request, body, lambda ctx: {"id": str(answering.plan_destruction(ctx, recall_id, planned))})


@router.post("/{recall_id}/destructions/{destruction_id}/witness", summary="登记销毁监督")
def witness(
    request: Request, recall_id: IdPath, destruction_id: IdPath, body: WitnessIn, actor: Actor = require("recall.step")
) -> Json:
    """Who watched, after it happened."""
    values = (body.witness, body.phone, body.remark)
    command(request, lambda ctx: answering.witness_destruction(ctx, recall_id, destruction_id, *values))
    return _done(request, actor, recall_id)


@router.post("/{recall_id}/tasks/{task_id}/link", summary="生成一次性链接", status_code=201)
def link(request: Request, recall_id: IdPath, task_id: IdPath, actor: Actor = require("recall.step")) -> Response:
    """For a holder whom one's own organisation delivered to; shown this once."""
    address = request.app.state.settings.public_url

    def write(ctx: Context) -> Json:
        [(_, token)] = announcing.issue_links(ctx, recall_id, [task_id])
        return {"link": f"{address}/recalls/answer/{token}", "days": announcing.LINK_DAYS}

    return create(request, {"task": str(task_id)}, write)


@router.post("/{recall_id}/closing", summary="结束召回")
def close(request: Request, recall_id: IdPath, body: ReasonIn, actor: Actor = require("recall.start")) -> Json:
    """End it; what is open stays on record by name, and the lots stay halted."""
    command(request, lambda ctx: announcing.close(ctx, recall_id, body.reason))
    return _done(request, actor, recall_id)
