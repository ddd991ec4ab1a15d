"""JSON API of official measures: draft, take first, approve, serve, extend, lift; the maker reads its own."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject
from service.batches.api import stage_of
from service.context import command, question
from service.documents.rendering import MEDIA_TYPE
from service.idempotency import create
from service.measures import views
from service.measures.papers import document_of
from service.measures.schemas import (
    ApprovalIn,
    DraftIn,
    ExtensionIn,
    Json,
    ReasonIn,
    RefusalIn,
    ServiceIn,
    TakenIn,
)
from service.params import IdPath, Limit, cursor_id
from service.routing import Router
from trace.batches import store as batches
from trace.context import Context
from trace.measures import commands, serving, store

router = Router(prefix="/api/v1", tags=["监管措施 measures"])
Cursor = Annotated[str, Query(max_length=20, pattern="^[0-9]*$", description="上一页给出的 next")]


def charged(ctx: Context, actor: Actor, batch_id: int) -> None:
    """Forbidden for officers whose office is not charged with the batch's stage; NotFound for no batch."""
    commands.any_batch(ctx.conn, batch_id)
    row = batches.batches_by_id(ctx.conn, [batch_id])[batch_id]
    check(actor, "enforcement.propose", Subject(stage=stage_of(row.link_code)))


def first(ctx: Context, actor: Actor, measure_id: int) -> Any:
    """A measure of the actor's office, which is charged with the stage."""
    row = commands.own_measure(ctx, measure_id)
    check(actor, "enforcement.propose", Subject(stage=stage_of(row.link_code)))
    return row


def second(ctx: Context, actor: Actor, measure_id: int) -> None:
    """Forbidden for the officer who drafted it, and outside the office and its stages."""
    row = commands.own_measure(ctx, measure_id)
    subject = Subject(stage=stage_of(row.link_code), proposed_by=row.drafted_by, proposed_org=row.tenant_id)
    check(actor, "enforcement.confirm", subject)


@router.post("/batches/{batch_id}/measures", summary="预警并起草文书（第一名执法人员）", status_code=201)
def draft(request: Request, batch_id: IdPath, body: DraftIn, actor: Actor = require("enforcement.propose")) -> Response:
    """The maker is alerted at once; the public page changes only with the service, or at once where it is urgent."""

    def write(ctx: Context) -> Json:
        charged(ctx, actor, batch_id)
        return {"id": str(commands.draft(ctx, batch_id, body.plain(), body.two()))}

    return create(request, body, write)


@router.post("/batches/{batch_id}/recall-refusals", summary="登记企业书面拒绝召回", status_code=204)
def refusal(
    request: Request, batch_id: IdPath, body: RefusalIn, actor: Actor = require("enforcement.propose")
) -> Response:
    """One of the grounds on which a recall may be ordered."""

    def write(ctx: Context) -> None:
        charged(ctx, actor, batch_id)
        commands.note_refusal(ctx, batch_id, body.refused_on, body.document)

    command(request, write)
    return Response(status_code=204)


@router.get("/measures", summary="监管措施列表")
def listing(request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("measure.read")) -> Json:
    """All for supervisors, those on its own batches for a maker; newest first."""

    def read(ctx: Context) -> Json:
        maker = None if actor.supervises else actor.org_id
        rows = store.list_measures(ctx.conn, maker_id=maker, before=cursor_id(cursor), limit=limit + 1)
        items = [views.measure_json(row, ctx.now) for row in rows[:limit]]
        return {"items": items, "next": str(rows[limit - 1].id) if len(rows) > limit else None}

    return question(request, read)


@router.get("/measures/{measure_id}", summary="一项监管措施")
def one(request: Request, measure_id: IdPath, actor: Actor = require("measure.read")) -> Json:
    """Where it stands now is worked out from its recorded times."""
    return question(request, lambda ctx: views.whole(ctx, actor, measure_id))


@router.get("/measures/{measure_id}/document", summary="文书（.docx）", response_class=Response)
def document(request: Request, measure_id: IdPath, actor: Actor = require("measure.read")) -> Response:
    """草稿 until it has a number; what is not on record stays a blank."""
    return download(request, actor, measure_id)


def download(request: Request, actor: Actor, measure_id: int) -> Response:
    """The document as a file."""
    name, content = question(request, lambda ctx: document_of(ctx, actor, measure_id))
    headers = {
        "Content-Disposition": f"attachment; filename=\"{measure_id}.docx\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.post("/measures/{measure_id}/taken", summary="情况紧急，先行采取", status_code=204)
def taken(
    request: Request, measure_id: IdPath, body: TakenIn, actor: Actor = require("enforcement.propose")
) -> Response:
    """In effect at once; without a recorded approval it lapses after 24 hours."""

    def write(ctx: Context) -> None:
        first(ctx, actor, measure_id)
        commands.take(ctx, measure_id, body.plain(), body.quantity, body.unit, body.place)

    command(request, write)
    return Response(status_code=204)


@router.post("/measures/{measure_id}/approval", summary="补办批准（第二名执法人员）", status_code=204)
def approval(
    request: Request, measure_id: IdPath, body: ApprovalIn, actor: Actor = require("enforcement.confirm")
) -> Response:
    """Of a measure that was taken first, within 24 hours."""

    def write(ctx: Context) -> None:
        second(ctx, actor, measure_id)
        serving.approve(ctx, measure_id, body.approval(), body.document_kind, body.document_no)

    command(request, write)
    return Response(status_code=204)


@router.post("/measures/{measure_id}/service", summary="登记批准与送达，措施生效（第二名执法人员）", status_code=204)
def service(
    request: Request, measure_id: IdPath, body: ServiceIn, actor: Actor = require("enforcement.confirm")
) -> Response:
    """Only when complete; every missing piece is named. The public page says so from now on."""

    def write(ctx: Context) -> None:
        second(ctx, actor, measure_id)
        serving.serve(ctx, measure_id, body.plain())

    command(request, write)
    return Response(status_code=204)


@router.post("/measures/{measure_id}/extension", summary="延长查封、扣押期限（第二名执法人员）", status_code=200)
def extension(
    request: Request, measure_id: IdPath, body: ExtensionIn, actor: Actor = require("enforcement.confirm")
) -> Json:
    """Once, by at most 30 days, before it ends."""

    def write(ctx: Context) -> Json:
        second(ctx, actor, measure_id)
        return {"until": serving.extend(ctx, measure_id, body.plain())}

    return command(request, write)


@router.post("/measures/{measure_id}/withdrawal", summary="撤回草稿", status_code=204)
def withdrawal(
    request: Request, measure_id: IdPath, body: ReasonIn, actor: Actor = require("enforcement.propose")
) -> Response:
    """A draft that never took effect; it stays on record."""

    def write(ctx: Context) -> None:
        first(ctx, actor, measure_id)
        commands.withdraw(ctx, measure_id, body.reason)

    command(request, write)
    return Response(status_code=204)
