"""Recall tasks of an organisation with an account: what it holds, and its answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.batches.failing import Failed, failed
from service.context import command, question
from service.params import IdPath, cursor_id
from service.recalls import telling
from service.recalls.acting import read_answer, read_photos
from service.recalls.pages import frame
from service.recalls.views import slips
from service.routing import Router
from service.web.render import page
from trace.context import Context
from trace.errors import Refusal
from trace.recalls import announcing, answering, store
from trace.recalls.accounting import customers
from trace.recalls.answering import FIELDS

router = Router(prefix="/recalls/tasks", include_in_schema=False)
Form = Depends(form_data)
PAGE = 30
Word = Annotated[str, Query(max_length=60)]
NOTICES = {"answered": "答复已记录，召回企业已看到。数量有变可再次填报，以最后一次为准。"}


@router.get("")
def listing(request: Request, before: Word = "", actor: Actor = require("recall.step")) -> Response:
    """What others' and one's own recalls ask of this organisation, newest first."""
    rows = question(
        request, lambda ctx: store.tasks_for(ctx.conn, actor.org_id, before=cursor_id(before), limit=PAGE + 1)
    )
    return page(
        request,
        "recalls/tasks.html",
        rows=rows[:PAGE],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        **frame(),
    )


@router.get("/{task_id}")
def one(request: Request, task_id: IdPath, done: Word = "", actor: Actor = require("recall.step")) -> Response:
    """One task with its lots."""
    return task_page(request, actor, task_id, notice=NOTICES.get(done, ""))


def task_page(
    request: Request,
    actor: Actor,
    task_id: int,
    *,
    notice: str = "",
    problem: Failed | None = None,
    links: list[dict[str, Any]] | None = None,
) -> Response:
    def read(ctx: Context) -> tuple[dict[str, Any], list[Any]]:
        task = answering.own_task(ctx, task_id)
        reach = customers(ctx.conn, task.recall_id, actor.org_id)
        below = [
            row for row in store.tasks_of(ctx.conn, task.recall_id) if row.holder in reach and row.kind == "holder"
        ]
        return telling.task_json(task, ctx.conn), below

    told, below = question(request, read)
    return page(
        request,
        "recalls/task.html",
        status_code=problem.status if problem is not None else 200,
        task=told,
        below=below,
        fields=FIELDS,
        notice=notice,
        failed=problem,
        links=links or [],
        **frame(),
    )


@router.post("/{task_id}")
def answer(request: Request, task_id: IdPath, form: FormData = Form, actor: Actor = require("recall.step")) -> Response:
    """The answer, with photos where there are any."""
    try:
        said = read_answer(form, read_photos(form))
        command(request, lambda ctx: answering.answer(ctx, task_id, said))
    except Refusal as refusal:
        return task_page(request, actor, task_id, problem=failed("answer", refusal, form))
    return RedirectResponse(f"/recalls/tasks/{task_id}?done=answered", 303)


@router.post("/{task_id}/links")
def links(request: Request, task_id: IdPath, form: FormData = Form, actor: Actor = require("recall.step")) -> Response:
    """One-time links for one's own customers without an account."""

    def write(ctx: Context) -> list[Any]:
        return announcing.issue_links(ctx, answering.own_task(ctx, task_id).recall_id)

    try:
        made = command(request, write)
    except Refusal as refusal:
        return task_page(request, actor, task_id, problem=failed("links", refusal, form))
    return task_page(request, actor, task_id, links=slips(made, request.app.state.settings.public_url))
