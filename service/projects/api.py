"""JSON API of projects: the funnel, its counts, what is due, the city's index."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from chain.projects import commands
from chain.projects.models import STAGES
from chain.projects.rules import NewProject
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.idempotency import create
from service.params import AsOf, Cursor, IdPath, Limit, cursor_id
from service.projects import reading, views
from service.projects.schemas import IndexIn, Json, NoteIn, OwnerIn, ProjectIn, ReasonIn, StageIn, StepIn
from service.routing import Router
from trace.context import Context
from trace.errors import InvalidInput
from trace.parties.commands import file_person
from trace.problems import Problems

router = Router(prefix="/api/v1/chain", tags=["招商项目 projects"])


def owner_of(ctx: Context, name: str) -> str:
    """The opaque number under which an owner's name is filed; '' for none."""
    problems = Problems()
    said = problems.text(name, "/owner", "负责人姓名", required=False, longest=40)
    problems.raise_if_any()
    return str(file_person(ctx, said, "")) if said else ""


def open_project(ctx: Context, body: ProjectIn) -> int:
    owner = owner_of(ctx, body.owner)
    new = NewProject(body.name, body.links, body.subject.strip(), owner, body.source, body.data_date)
    return commands.open_project(ctx, new)


@router.get("/projects", summary="招商项目：各阶段数量与列表，新的在前")
def projects(
    request: Request,
    stage: Annotated[str, Query(max_length=20, description="lead、signed、landed 或 producing")] = "",
    link: Annotated[str, Query(max_length=20)] = "",
    as_of: AsOf = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    actor: Actor = require("project.read"),
) -> Json:
    """``counts.at`` those at a stage, ``counts.reached`` those at it or beyond; ended ones are in neither."""
    if stage and stage not in STAGES:
        raise InvalidInput.of(
            "/stage", "not_a_choice", f"没有阶段“{stage}”，可选：{'、'.join(STAGES)}", "no such stage"
        )
    board = reading.board(request, as_of)
    before = cursor_id(cursor)
    found = [
        one
        for one in reversed(board.projects)
        if (not stage or (one.stage == stage and not one.ended))
        and (not link or link.upper() in one.links)
        and (before is None or one.id < before)
    ]
    return {
        "as_of": board.day.isoformat(),
        "counts": views.counts_json(board.counts),
        "items": [views.brief(one, board.names) for one in found[:limit]],
        "next": str(found[limit - 1].id) if len(found) > limit else None,
    }


@router.post("/projects", summary="立项：登记一条线索", status_code=201)
def add(request: Request, body: ProjectIn, actor: Actor = require("project.edit")) -> Response:
    """A lead with its source, bound to links."""
    return create(request, body, lambda ctx: {"id": str(open_project(ctx, body))})


@router.get("/projects/index", summary="市招商活跃指数（只录入，不计算）")
def index(request: Request, actor: Actor = require("project.read")) -> Json:
    """Value, period and document as entered, the newest first."""
    return {"items": reading.index_rows(request), "next": None}


@router.post("/projects/index", summary="录入市招商活跃指数", status_code=201)
def enter_index(request: Request, body: IndexIn, actor: Actor = require("project.edit")) -> Response:
    """As the city's document gives it."""
    return create(
        request, body, lambda ctx: {"id": str(commands.enter_index(ctx, body.period, body.value, body.document))}
    )


@router.get("/projects/{project_id}", summary="一个项目：阶段、凭证、下一步、日志")
def one(request: Request, project_id: IdPath, as_of: AsOf = None, actor: Actor = require("project.read")) -> Json:
    """Everything that was recorded of it."""
    project, names = reading.one(request, project_id, as_of)
    return views.whole(project, names)


@router.post("/projects/{project_id}/stage", summary="进入下一阶段（须有凭证）或退回（须有理由）", status_code=201)
def stage(request: Request, project_id: IdPath, body: StageIn, actor: Actor = require("project.edit")) -> Response:
    """Entering 投产 looks up the enterprise's first released batch and puts it into the register."""
    return create(request, body, lambda ctx: {"id": str(commands.enter(ctx, project_id, body.plain()))})


@router.post("/projects/{project_id}/notes", summary="记事", status_code=201)
def note(request: Request, project_id: IdPath, body: NoteIn, actor: Actor = require("project.edit")) -> Response:
    return create(request, body, lambda ctx: {"id": str(commands.note(ctx, project_id, body.text))})


@router.post("/projects/{project_id}/owner", summary="更换负责人", status_code=201)
def owner(request: Request, project_id: IdPath, body: OwnerIn, actor: Actor = require("project.edit")) -> Response:
    return create(
        request, body, lambda ctx: {"id": str(commands.set_owner(ctx, project_id, owner_of(ctx, body.owner)))}
    )


@router.post("/projects/{project_id}/steps", summary="登记下一步与期限", status_code=201)
def step(request: Request, project_id: IdPath, body: StepIn, actor: Actor = require("project.edit")) -> Response:
    return create(request, body, lambda ctx: {"id": str(commands.plan_step(ctx, project_id, body.what, body.due))})


@router.post("/projects/{project_id}/steps/{step_id}/done", summary="完成一步", status_code=201)
def done(request: Request, project_id: IdPath, step_id: IdPath, actor: Actor = require("project.edit")) -> Response:
    return create(request, {}, lambda ctx: {"id": str(commands.finish_step(ctx, project_id, step_id))})


@router.post("/projects/{project_id}/end", summary="终止项目", status_code=201)
def end(request: Request, project_id: IdPath, body: ReasonIn, actor: Actor = require("project.edit")) -> Response:
    """With a reason; it stays on record."""
    return create(request, body, lambda ctx: {"id": str(commands.end(ctx, project_id, body.reason))})


@router.get("/todo", summary="招商待办：陈旧的证据、将到期的证照与同意书、到期的下一步")
def todo(request: Request, as_of: AsOf = None, actor: Actor = require("project.read")) -> Json:
    """Evidence older than 365 days (capacities, sizes of bases, needs, surveys); licences and consents that end within 60
    days or have ended; steps that are overdue or due within 14 days. ``form`` is the page to put it right."""
    found = reading.todo(request, as_of)
    return {
        "as_of": found.day.isoformat(),
        "stale": [views.stale_json(one, found.recorders) for one in found.stale],
        "expiring": [views.expiring_json(one) for one in found.expiring],
        "due": [views.due_json(one, found.names) for one in found.due],
    }
