"""Recall pages to read: the list, a new one, one recall with clocks, scope, holders, accounts and tasks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.context import question
from service.params import IdPath, cursor_id
from service.recalls import views
from service.routing import Router
from service.web import trees
from service.web.render import page
from trace.batches import store as batches
from trace.context import Context
from trace.genealogy import store as genealogy
from trace.parties import store as parties
from trace.recalls import store
from trace.recalls.answering import SOURCES
from trace.recalls.models import FATES, PLACES, STATES
from trace.recalls.rules import LEVELS

router = Router(prefix="/recalls", include_in_schema=False)
PAGE = 30
LOTS = 60
Word = Annotated[str, Query(max_length=60)]
NOTICES = {
    "proposed": "范围已算好。请逐批核对，定级并登记知悉时间，再发布。",
    "adjusted": "范围已调整，理由已记录。",
    "refreshed": "范围已按现在的记录更新，请核对新加的批次。",
    "level": "召回级别已记录。",
    "known": "知悉时间已记录，启动时限从那时起算。",
    "announced": "已发布：批次已停售并显示召回，各持有单位已收到任务。",
    "drilled": "演练已发布：各持有单位已收到任务；批次状态和公开页都没有变化。",
    "notice": "法定公告已登记，完成时限从公告之日起算。",
    "planned": "销毁已预告。",
    "witnessed": "销毁监督已记录。",
    "phoned": "电话答复已记录。",
    "closed": "召回已结束；没有落实的逐项列在下面。批次仍显示召回。",
    "dropped": "已放弃这个草案。",
}


def frame() -> dict[str, Any]:
    """Words that every page of the room needs."""
    return {"states": STATES, "state_badges": views.STATE_BADGES, "places": PLACES, "fates": FATES, "took": views.took}


@router.get("")
def listing(request: Request, before: Word = "", actor: Actor = require("recall.read")) -> Response:
    """One's own recalls, everybody's for supervisors, newest first."""

    def read(ctx: Context) -> list[Any]:
        tenant = None if actor.supervises else actor.org_id
        return store.list_recalls(ctx.conn, tenant_id=tenant, before=cursor_id(before), limit=PAGE + 1)

    rows = question(request, read)
    return page(
        request,
        "recalls/list.html",
        rows=[views.recall_json(row) for row in rows[:PAGE]],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        **frame(),
    )


@router.get("/new")
def new(request: Request, lot: Word = "", q: Word = "", actor: Actor = require("recall.start")) -> Response:
    """Choose suspect lots and say why."""
    return new_page(request, actor, [lot], q)


def new_page(request: Request, actor: Actor, chosen: list[str], q: str = "", failed: Failed | None = None) -> Response:
    ids = [number for one in chosen if (number := trees.number(one)) is not None]

    def read(ctx: Context) -> list[Any]:
        rows = batches.list_batches(ctx.conn, tenant_id=actor.org_id, before=None, limit=20, text=q.strip())
        held = batches.list_batches(
            ctx.conn, tenant_id=None, held_by=actor.org_id, before=None, limit=20, text=q.strip()
        )
        known = batches.batches_by_id(ctx.conn, ids)
        exchanged = genealogy.lots_exchanged(ctx.conn, actor.org_id, ids)
        mine = [
            known[one] for one in ids if one in known and (known[one].tenant_id == actor.org_id or one in exchanged)
        ]
        return list({row.id: row for row in [*mine, *rows, *held]}.values())

    return page(
        request,
        "recalls/new.html",
        status_code=failed.status if failed is not None else 200,
        lots=question(request, read),
        chosen=[str(one) for one in ids],
        q=q,
        failed=failed,
        **frame(),
    )


@router.get("/{recall_id}")
def one(
    request: Request, recall_id: IdPath, done: Word = "", after: Word = "", actor: Actor = require("recall.read")
) -> Response:
    """One recall."""
    return recall_page(request, actor, recall_id, notice=NOTICES.get(done, ""), after=after)


def recall_page(
    request: Request,
    actor: Actor,
    recall_id: int,
    *,
    notice: str = "",
    after: str = "",
    failed: Failed | None = None,
    links: list[dict[str, Any]] | None = None,
) -> Response:
    def read(ctx: Context) -> dict[str, Any]:
        told = views.whole(ctx, actor, recall_id, after=cursor_id(after), limit=LOTS)
        people = [int(one["witness_id"]) for one in told["destructions"] if one["witness_id"]]
        told["witnesses"] = {str(key): row.name for key, row in parties.people(ctx.conn, people).items()}
        return told

    told = question(request, read)
    mine = told["row"].tenant_id == actor.org_id
    return page(
        request,
        "recalls/one.html",
        status_code=failed.status if failed is not None else 200,
        recall=told,
        mine=mine,
        levels=list(LEVELS.values()),
        sources=SOURCES,
        notice=notice,
        failed=failed,
        links=links or [],
        **frame(),
    )
