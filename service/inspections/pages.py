"""Inspection pages to read: the list, a new one, one inspection."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.context import question
from service.inspections import views
from service.params import IdPath, cursor_id
from service.routing import Router
from service.web import trees
from service.web.render import page
from trace.batches import store as batches
from trace.context import Context, local_datetime
from trace.genealogy import store as genealogy
from trace.inspections import store
from trace.inspections.checklist import KINDS
from trace.inspections.models import ANSWERS, RESULTS, SEALS, STATES, UNCHECKED
from trace.parties import store as parties

router = Router(prefix="/inspections", include_in_schema=False)
PAGE = 30
Word = Annotated[str, Query(max_length=60)]
NOTICES = {
    "begun": "检查已开始。检查表按现行规则库列出，没有预选结果；没答的一直是“未查”。",
    "answered": "检查结果已保存。",
    "photo": "照片已收到，SHA-256 已记入检查。",
    "sampled": "抽样已登记，样品交接从抽取开始记。",
    "custody": "样品交接已登记。",
    "ordered": "责令改正已发出，企业现在能看到。请下载文书，编号后送达。",
    "finished": "检查已结束，笔录不再改动。",
    "numbered": "文书已编号。",
    "corrected": "更正说明已登记，原笔录不变。",
    "rectified": "整改报告已提交，监管部门能看到。",
    "rechecked": "复查已登记。",
}


def frame(now: int) -> dict[str, Any]:
    """Words that every page of the room needs."""
    return {
        "states": STATES,
        "state_badges": views.STATE_BADGES,
        "answers": ANSWERS,
        "answer_badges": views.ANSWER_BADGES,
        "result_badges": views.RESULT_BADGES,
        "results": RESULTS,
        "seals": SEALS,
        "unchecked": UNCHECKED,
        "now": f"{local_datetime(now):%Y-%m-%dT%H:%M}",
    }


@router.get("")
def listing(request: Request, before: Word = "", actor: Actor = require("inspection.read")) -> Response:
    """All for supervisors, one's own for enterprises, and the orders still open."""

    def read(ctx: Context) -> tuple[list[Any], list[Any]]:
        mine = None if actor.supervises else actor.org_id
        rows = store.list_inspections(ctx.conn, seen_by=mine, before=cursor_id(before), limit=PAGE + 1)
        return rows, views.due(ctx.conn, actor, ctx.today)

    rows, due = question(request, read)
    return page(
        request,
        "inspections/list.html",
        rows=[views.listed(row, actor) for row in rows[:PAGE]],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        due=due,
        **frame(request.app.state.db.now()),
    )


@router.get("/new")
def new(request: Request, lot: Word = "", party: Word = "", actor: Actor = require("inspection.create")) -> Response:
    """Where, and whom; everything else follows on the inspection's page."""
    return new_page(request, actor, lot, {"party_id": party})


def new_page(request: Request, actor: Actor, lot: str, given: dict[str, str], failed: Failed | None = None) -> Response:
    lot_id = trees.number(lot)

    def read(ctx: Context) -> tuple[Any, list[tuple[str, str]]]:
        if lot_id is None:
            known = parties.organisations(ctx.conn, ("enterprise", "base"))
            return None, [(str(one.id), one.name) for one in known]
        batch = batches.batches_by_id(ctx.conn, [lot_id]).get(lot_id)
        if batch is None:
            return None, []
        holders = [one.holder_id for one in genealogy.holders_of(ctx.conn, lot_id) if one.quantity > 0]
        names = parties.names(ctx.conn, [batch.tenant_id, *holders])
        return batch, [(str(one), names[one]) for one in dict.fromkeys([batch.tenant_id, *holders]) if one in names]

    batch, choices = question(request, read)
    return page(
        request,
        "inspections/new.html",
        status_code=failed.status if failed is not None else 200,
        batch=batch,
        choices=choices,
        given=given,
        failed=failed,
        **frame(request.app.state.db.now()),
    )


@router.get("/{inspection_id}")
def one(
    request: Request, inspection_id: IdPath, done: Word = "", actor: Actor = require("inspection.read")
) -> Response:
    """One inspection: for the office to fill in, for the party to read and answer."""
    return inspection_page(request, actor, inspection_id, notice=NOTICES.get(done, ""))


def inspection_page(
    request: Request, actor: Actor, inspection_id: int, *, notice: str = "", failed: Failed | None = None
) -> Response:
    told = question(request, lambda ctx: views.whole(ctx, actor, inspection_id, names=True))
    row = told["row"]
    groups = [(name, [one for one in told["items"] if one["group"] == name]) for name in KINDS.values()]
    return page(
        request,
        "inspections/one.html",
        status_code=failed.status if failed is not None else 200,
        inspection=told,
        groups=[(name, items) for name, items in groups if items],
        mine=actor.supervises and row.tenant_id == actor.org_id,
        party=not actor.supervises and row.party_id == actor.org_id,
        notice=notice,
        failed=failed,
        **frame(request.app.state.db.now()),
    )
