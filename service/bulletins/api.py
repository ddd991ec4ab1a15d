"""JSON API of announcements: upload, preview, import, samples with judgement and candidates, status, cases."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from fastapi import File, Query, Request, UploadFile
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject
from service.batches.api import stage_of
from service.bulletins import importing, views
from service.bulletins.judging import judge_one
from service.bulletins.schemas import ChangeIn, ImportIn, Json, MatchIn, StepIn
from service.context import command, question
from service.idempotency import create
from service.params import IdPath, Limit, cursor_id
from service.routing import Router
from trace.batches import store as batches
from trace.bulletins import cases, commands, store
from trace.bulletins import importing as intake
from trace.bulletins.models import MAX_BYTES
from trace.context import Context
from trace.errors import InvalidInput, NotFound
from trace.rulebooks.books import current_book

router = Router(prefix="/api/v1/bulletins", tags=["抽检公告 bulletins"])
Cursor = Annotated[str, Query(max_length=20, pattern="^[0-9]*$", description="上一页给出的 next")]


@router.post("/files", summary="上传公告文件，返回预览", status_code=201)
def upload(
    request: Request, file: Annotated[UploadFile, File()], actor: Actor = require("bulletin.import")
) -> Response:
    """Keep a file (.xlsx, .xls, .csv, .json; 5 MB, 20,000 rows) and tell what an import of it would do."""
    with file.file:
        content = file.file.read(MAX_BYTES + 1)
    name = file.filename or ""
    table = importing.table_in(name, content)
    with request.app.state.db.read() as conn:
        found = importing.preview(conn, table, {}, importing.read_defaults({}), importing.today(request))
    shown = importing.preview_json(found)
    body = {"name": name, "sha256": hashlib.sha256(content).hexdigest()}

    def keep(ctx: Context) -> Json:
        return {"file_id": str(intake.keep_upload(ctx, name, content))} | shown

    return create(request, body, keep)


@router.post("", summary="导入公告", status_code=201)
def bring_in(request: Request, body: ImportIn, actor: Actor = require("bulletin.import")) -> Response:
    """Import an uploaded file or records; refused rows come back with their errors. The same again changes nothing."""
    if (body.file_id is None) == (body.records is None):
        raise InvalidInput.of("/file_id", "one_of", "请给 file_id 或 records 其中一个", "give file_id or records")
    defaults = importing.read_defaults(body.model_dump(include={"bulletin", "issuer", "issued_on", "task"}))
    sha256 = ""
    if body.file_id is not None:
        with request.app.state.db.read() as conn:
            kept = intake.upload_of(conn, actor.org_id, body.file_id)
        table, sha256 = importing.table_in(kept.name, kept.content), kept.sha256
    else:
        table = importing.table_of_records(body.records)
    with request.app.state.db.read() as conn:
        found = importing.settled(conn, table, body.mapping, defaults, importing.today(request))
        book = current_book(conn)
    judged = importing.judged_samples(found, book)
    reading = found.reading
    assert reading is not None

    def write(ctx: Context) -> Json:
        done = intake.import_samples(ctx, reading.samples, judged, sha256=sha256, file_id=body.file_id or 0)
        return importing.told_import(done, found)

    return create(request, body, write)


@router.get("", summary="公告列表")
def listing(request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("bulletin.read")) -> Json:
    """Newest import first, each with how its samples compare. ``next`` is the cursor of the next page."""
    with request.app.state.db.read() as conn:
        rows = store.list_bulletins(conn, before=cursor_id(cursor), limit=limit + 1)
        tallies = store.tallies(conn, [row.id for row in rows])
    items = [views.bulletin_json(row, tallies[row.id]) for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1].id) if len(rows) > limit else None}


@router.get("/cases", summary="案件列表")
def list_cases(
    request: Request,
    limit: Limit = 50,
    cursor: Cursor = "",
    state: Literal["", "open", "closed"] = "",
    actor: Actor = require("bulletin.read"),
) -> Json:
    """Newest first."""
    with request.app.state.db.read() as conn:
        rows = store.list_cases(conn, state=state, before=cursor_id(cursor), limit=limit + 1)
    items = [views.case_json(row) for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1].id) if len(rows) > limit else None}


@router.get("/cases/{case_id}", summary="一个案件")
def one_case(request: Request, case_id: IdPath, actor: Actor = require("bulletin.read")) -> Json:
    """A case with its steps, who, when, why."""
    return question(request, lambda ctx: views.whole_case(ctx.conn, case_id))


def charged(ctx: Context, actor: Actor, batch_id: int) -> None:
    """Raise unless the officer's regulator is charged with the stage the batch stands at."""
    row = batches.batches_by_id(ctx.conn, [batch_id]).get(batch_id)
    check(actor, "case.edit", Subject(stage=stage_of(row.link_code) if row is not None else None))


def charged_with_match(ctx: Context, actor: Actor, sample_id: int) -> None:
    """The same for the batch a sample is matched with already: its result and its match are that batch's affair."""
    batch_id = commands.sample_of(ctx.conn, sample_id).batch_id
    if batch_id is not None:
        charged(ctx, actor, batch_id)


@router.post("/cases/{case_id}/steps", summary="登记案件办理", status_code=201)
def add_step(request: Request, case_id: IdPath, body: StepIn, actor: Actor = require("case.edit")) -> Response:
    """Enter a step with its basis; ``closed`` ends the case."""

    def write(ctx: Context) -> Json:
        charged(ctx, actor, cases.case_of(ctx.conn, case_id).batch_id)
        return {"id": str(cases.add_step(ctx, case_id, body.step, body.state, body.reason, body.level))}

    return create(request, body, write)


@router.get("/samples/{sample_id}", summary="一个样品：公告原文、系统比对、办理状态")
def one_sample(request: Request, sample_id: IdPath, actor: Actor = require("bulletin.read")) -> Json:
    """A sample with its verbatim row, the newest judgement beside the announcement, and its history."""

    def read(ctx: Context) -> Json:
        row = commands.sample_of(ctx.conn, sample_id)
        return views.sample_json(row, whole=True) | {"history": views.sample_history(ctx.conn, sample_id)}

    return question(request, read)


@router.get("/samples/{sample_id}/judgements", summary="一个样品历次的系统比对")
def judgements(request: Request, sample_id: IdPath, actor: Actor = require("bulletin.read")) -> Json:
    """Every judgement, oldest first, each with the rulebook that gave it."""

    def read(ctx: Context) -> Json:
        commands.sample_of(ctx.conn, sample_id)
        rows = store.judgements_of(ctx.conn, sample_id)
        return {"items": [views.judgement_json(row) for row in rows]}

    return question(request, read)


@router.get("/samples/{sample_id}/candidates", summary="可能对应的批次，按分数")
def candidates(request: Request, sample_id: IdPath, actor: Actor = require("bulletin.match")) -> Json:
    """Registered batches that may be the sampled one, with points and reasons; nothing is matched by itself."""

    def read(ctx: Context) -> Json:
        row = commands.sample_of(ctx.conn, sample_id)
        found = [views.candidate_json(one) for one in commands.candidates(ctx.conn, row)]
        return {"weights": dict(views.weights()), "items": found}

    return question(request, read)


@router.post("/samples/{sample_id}/match", summary="确认批次，或登记为非本平台批次", status_code=201)
def match(request: Request, sample_id: IdPath, body: MatchIn, actor: Actor = require("bulletin.match")) -> Response:
    """An officer's decision with its basis; a 监督抽检 failure of a confirmed batch opens a case."""

    def write(ctx: Context) -> Json:
        charged_with_match(ctx, actor, sample_id)
        if body.batch_id is not None:
            charged(ctx, actor, body.batch_id)
        case_id, why = commands.match(ctx, sample_id, body.batch_id, body.reason)
        return {"case_id": str(case_id) if case_id is not None else None, "no_case_because": why}

    return create(request, body, write)


@router.post("/samples/{sample_id}/status", summary="复检、异议、否认", status_code=201)
def change(request: Request, sample_id: IdPath, body: ChangeIn, actor: Actor = require("bulletin.match")) -> Response:
    """What SEM-11 allows; what it does not is refused with the reason."""

    def write(ctx: Context) -> Json:
        charged_with_match(ctx, actor, sample_id)
        return dict(commands.change(ctx, sample_id, body.plain(), body.reason).told())

    return create(request, body, write)


@router.get("/{bulletin_id}", summary="一个公告")
def one_bulletin(request: Request, bulletin_id: IdPath, actor: Actor = require("bulletin.read")) -> Json:
    """A bulletin with its counts."""
    with request.app.state.db.read() as conn:
        row = store.get_bulletin(conn, bulletin_id)
        if row is None:
            raise NotFound("没有这个公告", "No such bulletin")
        return views.bulletin_json(row, store.tallies(conn, [bulletin_id])[bulletin_id])


@router.get("/{bulletin_id}/samples", summary="一个公告的样品与比对")
def list_samples(
    request: Request,
    bulletin_id: IdPath,
    limit: Limit = 50,
    cursor: Cursor = "",
    outcome: Literal["", "agree", "needs_review", "disagree"] = "",
    q: Annotated[str, Query(max_length=60)] = "",
    actor: Actor = require("bulletin.read"),
) -> Json:
    """In the order of the file. ``next`` is the cursor of the next page."""
    with request.app.state.db.read() as conn:
        if store.get_bulletin(conn, bulletin_id) is None:
            raise NotFound("没有这个公告", "No such bulletin")
        rows = store.list_samples(
            conn, bulletin_id, after=cursor_id(cursor), limit=limit + 1, outcome=outcome, text=q.strip()
        )
    items = [views.sample_json(row) for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1].id) if len(rows) > limit else None}


@router.post("/{bulletin_id}/judgement", summary="按现行规则库重新比对", status_code=200)
def judge_again(request: Request, bulletin_id: IdPath, actor: Actor = require("bulletin.import")) -> Any:
    """Judge every sample again; only judgements that say something else are written."""
    return run_judging(request, bulletin_id)


def run_judging(request: Request, bulletin_id: int) -> dict[str, Any]:
    """The same for the page."""
    return judge_one(lambda fn: command(request, fn), bulletin_id)
