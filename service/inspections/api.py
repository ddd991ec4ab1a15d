"""JSON API of inspections: begin, answer, photograph, sample, order, report, re-check, finish, number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import File, Form, Query, Request, UploadFile
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject
from service.batches.api import stage_of
from service.context import command, question
from service.idempotency import create
from service.inspections import views
from service.inspections.schemas import (
    AnswersIn,
    CorrectionIn,
    FinishIn,
    InspectionIn,
    Json,
    LinkIn,
    NumberIn,
    OrderIn,
    RecheckIn,
    ReportIn,
    SampleIn,
)
from service.params import IdPath, Limit, cursor_id
from service.routing import Router
from trace.context import Context
from trace.evidence.commands import MAX_BYTES
from trace.inspections import commands, ordering, sampling, store
from trace.inspections.models import NewPhoto

router = Router(prefix="/api/v1/inspections", tags=["检查 inspections"])
Cursor = Annotated[str, Query(max_length=20, pattern="^[0-9]*$", description="上一页给出的 next")]
Text = Annotated[str, Form(max_length=200)]


def charged(actor: Actor, row: Any) -> None:
    """Raise Forbidden unless the actor's office is charged with the stage of the inspected lot."""
    if row.lot_id is not None:
        check(actor, "sample.create", Subject(stage=stage_of(row.link_code)))


@router.post("", summary="开始检查", status_code=201)
def begin(request: Request, body: InspectionIn, actor: Actor = require("inspection.create")) -> Response:
    """The check-list is worked out from the rulebook in force and the record as it is now."""

    def write(ctx: Context) -> Json:
        return {"id": str(commands.begin(ctx, **body.model_dump()))}

    return create(request, body, write)


@router.get("", summary="检查列表")
def listing(
    request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("inspection.read")
) -> Json:
    """Newest first: all for supervisors; for an enterprise those of it and of its lots, once shared with it."""

    def read(ctx: Context) -> Json:
        mine = None if actor.supervises else actor.org_id
        rows = store.list_inspections(ctx.conn, seen_by=mine, before=cursor_id(cursor), limit=limit + 1)
        more = len(rows) > limit
        return {
            "items": [views.listed(row, actor) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if more else None,
        }

    return question(request, read)


@router.get("/orders", summary="未了结的责令改正")
def orders(request: Request, actor: Actor = require("inspection.read")) -> Json:
    """Of one's office, or to one's enterprise; the earliest re-check first, at most 50."""
    return {"items": question(request, lambda ctx: views.due(ctx.conn, actor, ctx.today))}


@router.get("/{inspection_id}", summary="一次检查")
def one(request: Request, inspection_id: IdPath, actor: Actor = require("inspection.read")) -> Json:
    """Check-list with answers, photos, samples with custody, orders, notes. People are numbers."""
    return question(request, lambda ctx: views.whole(ctx, actor, inspection_id))


@router.post("/{inspection_id}/answers", summary="登记检查结果")
def answer(
    request: Request, inspection_id: IdPath, body: AnswersIn, actor: Actor = require("inspection.create")
) -> Json:
    """Some or all items; said again, it replaces."""
    command(request, lambda ctx: commands.answer(ctx, inspection_id, body.plain()))
    return one(request, inspection_id, actor)


@router.post("/{inspection_id}/photos", summary="上传照片", status_code=201)
def photo(
    request: Request,
    inspection_id: IdPath,
    file: Annotated[UploadFile, File(description="JPEG、PNG 或 WebP，最大 8 MB")],
    place: Text,
    taken: Text = "",
    latitude: Text = "",
    longitude: Text = "",
    item: Text = "",
    actor: Actor = require("inspection.create"),
) -> Response:
    """The hash goes into the record; ``taken`` is what is stated, else what the file says of itself."""
    new = _photo(file, place, taken, latitude, longitude, item)
    return _kept(request, new, lambda ctx: commands.add_photo(ctx, inspection_id, new))


def _photo(file: UploadFile, *said: str) -> NewPhoto:
    with file.file:
        return NewPhoto(file.filename or "", file.file.read(MAX_BYTES + 1), *said)


def _kept(request: Request, new: NewPhoto, keep: Callable[[Context], int]) -> Response:
    digest = hashlib.sha256(new.content).hexdigest()
    body = {name: getattr(new, name) for name in ("place", "taken", "latitude", "longitude", "item")}
    return create(request, body | {"sha256": digest}, lambda ctx: {"id": str(keep(ctx)), "sha256": digest})


@router.post("/{inspection_id}/samples", summary="登记抽样", status_code=201)
def sample(
    request: Request, inspection_id: IdPath, body: SampleIn, actor: Actor = require("sample.create")
) -> Response:
    """A sample of the inspected lot; the chain of custody begins with it."""

    def write(ctx: Context) -> Json:
        charged(actor, commands.own_inspection(ctx, inspection_id))
        return {"id": str(sampling.take_sample(ctx, inspection_id, body.plain()))}

    return create(request, body, write)


@router.post("/samples/{sample_id}/custody", summary="登记样品交接", status_code=201)
def custody(request: Request, sample_id: IdPath, body: LinkIn, actor: Actor = require("sample.create")) -> Response:
    """Handed over, or received by the laboratory."""
    return create(request, body, lambda ctx: {"id": str(sampling.hand_on(ctx, sample_id, body.plain()))})


@router.post("/{inspection_id}/orders", summary="责令改正", status_code=201)
def order(
    request: Request, inspection_id: IdPath, body: OrderIn, actor: Actor = require("inspection.create")
) -> Response:
    """Of items answered 不符合, with a deadline and the day of the re-check."""
    return create(request, body, lambda ctx: {"id": str(ordering.issue(ctx, inspection_id, body.plain()))})


@router.post("/orders/{order_id}/reports", summary="报告整改", status_code=201)
def report(
    request: Request, order_id: IdPath, body: ReportIn, actor: Actor = require("inspection.rectify")
) -> Response:
    """What the party has done."""
    return create(request, body, lambda ctx: {"id": str(ordering.report(ctx, order_id, body.text))})


@router.post("/orders/{order_id}/photos", summary="上传整改照片", status_code=201)
def report_photo(
    request: Request,
    order_id: IdPath,
    file: Annotated[UploadFile, File(description="JPEG、PNG 或 WebP，最大 8 MB")],
    place: Text,
    taken: Text = "",
    actor: Actor = require("inspection.rectify"),
) -> Response:
    """Of what the party corrected; send it before the report."""
    new = _photo(file, place, taken)
    return _kept(request, new, lambda ctx: ordering.add_photo(ctx, order_id, new))


@router.post("/orders/{order_id}/recheck", summary="登记复查", status_code=201)
def recheck(
    request: Request, order_id: IdPath, body: RecheckIn, actor: Actor = require("inspection.create")
) -> Response:
    """已改正 or 未改正 per item."""
    told = (dict(body.results), body.remark, body.deadline, body.recheck_on)
    return create(request, body, lambda ctx: {"id": str(ordering.recheck(ctx, order_id, *told))})


@router.post("/{inspection_id}/finish", summary="结束检查")
def finish(
    request: Request, inspection_id: IdPath, body: FinishIn, actor: Actor = require("inspection.create")
) -> Json:
    """Two officers sign off; nothing changes afterwards."""
    command(request, lambda ctx: commands.finish(ctx, inspection_id, body.plain()))
    return one(request, inspection_id, actor)


@router.post("/{inspection_id}/numbers", summary="文书编号")
def number(
    request: Request, inspection_id: IdPath, body: NumberIn, actor: Actor = require("inspection.create")
) -> Json:
    """Once per document; until then it prints 草稿."""
    command(request, lambda ctx: commands.set_number(ctx, inspection_id, body.document, body.of, body.number))
    return one(request, inspection_id, actor)


@router.post("/{inspection_id}/corrections", summary="更正说明", status_code=201)
def correct(
    request: Request, inspection_id: IdPath, body: CorrectionIn, actor: Actor = require("inspection.create")
) -> Response:
    """Beside the record, which stays as it was signed."""
    return create(request, body, lambda ctx: {"id": str(commands.correct(ctx, inspection_id, body.text))})
