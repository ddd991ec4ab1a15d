"""JSON API of labels, records, documents, process times, label checks and temperature series."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject, View
from service.batches import reading
from service.batches.schemas import IdOut, Json, ReasonIn
from service.context import command
from service.idempotency import create
from service.papers.schemas import LabelIn, PaperIn, PrintedIn, RecordIn, SeriesIn, TimesIn
from service.papers.views import labels_json, papers_of, series_of
from service.params import IdPath
from service.routing import Router
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.context import Context
from trace.errors import NotFound
from trace.items import store as items
from trace.journal import store as journal
from trace.papers import filing, labels, temperatures
from trace.papers.models import BATCH_ACTS, ITEM_ACTS
from trace.rulebooks.books import current_book

router = Router(prefix="/api/v1", tags=["标签、记录与温度 papers"])


# label of a product ---------------------------------------------------------------------------------


@router.post("/items/{item_id}/labels", summary="登记产品标签", status_code=201, response_model=IdOut)
def file_label(request: Request, item_id: IdPath, body: LabelIn, actor: Actor = require("item.edit")) -> Response:
    """One artwork for every batch made from ``used_from`` on; a later filing replaces it. Batches are judged again."""
    return create(request, body, lambda ctx: IdOut(id=str(labels.file_label(ctx, item_id, body.plain()))))


@router.get("/items/{item_id}/labels", summary="产品标签")
def get_labels(request: Request, item_id: IdPath, actor: Actor = require("item.read")) -> Json:
    """Every label filed, newest first, withdrawn ones too: for the owner and regulators."""
    with request.app.state.db.read() as conn:
        item = items.get_item(conn, item_id)
        if item is None or (item.organisation_id != actor.org_id and not actor.supervises):
            raise NotFound("没有这个产品或原料", "No such trade item")
        return {"items": labels_json(journal.acts_of(conn, item_id, ITEM_ACTS))}


@router.post("/items/{item_id}/labels/{label_id}/withdrawal", summary="撤回填错的标签", status_code=204)
def withdraw_label(
    request: Request, item_id: IdPath, label_id: IdPath, body: ReasonIn, actor: Actor = require("item.edit")
) -> Response:
    """A label filed wrongly: it stays on record and is judged no more."""
    command(request, lambda ctx: labels.withdraw_label(ctx, item_id, label_id, body.reason))
    return Response(status_code=204)


# papers of a batch ----------------------------------------------------------------------------------


def _own(ctx: Context, actor: Actor, action: str, batch_id: int) -> None:
    check(actor, action, Subject(owner_id=lifecycle.own_batch(ctx, batch_id).tenant_id))


def _file(request: Request, actor: Actor, batch_id: int, body: Any, fn: Callable[[Context], int]) -> Response:
    """File, and tell the id and the verdict that follows."""

    def run(ctx: Context) -> Json:
        _own(ctx, actor, "batch.register", batch_id)
        made = fn(ctx)
        row = batches.get_batch(ctx.conn, batch_id)
        return {"id": str(made), "verdict": row.verdict if row is not None else ""}

    return create(request, body, run)


def _withdraw(request: Request, actor: Actor, batch_id: int, fn: Callable[[Context], int]) -> Json:
    def run(ctx: Context) -> Json:
        _own(ctx, actor, "batch.correct", batch_id)
        fn(ctx)
        row = batches.get_batch(ctx.conn, batch_id)
        return {"verdict": row.verdict if row is not None else ""}

    return command(request, run)


@router.get("/batches/{batch_id}/papers", summary="本批的标签核对、记录、证明、时间与温度")
def get_papers(request: Request, batch_id: IdPath, actor: Actor = require("batch.read")) -> Json:
    """What was filed, withdrawn papers too, and the standing temperature series: for the owner and regulators."""
    with request.app.state.db.read() as conn:
        record = reading.load(conn, batch_id)
        if reading.view_of(actor, record) not in (View.OWN, View.REGULATOR):
            raise NotFound(reading.STRANGER, reading.STRANGER_EN)
        filed = papers_of([act for act in record.acts if act.kind in BATCH_ACTS])
        series = series_of(conn, current_book(conn), record.row, record.item)
    return {
        "papers": [
            {name: one[name] for name in ("id", "kind", "name", "body", "stands", "withdrawn")}
            | {"filed_at": reading.iso(one["filed_at"])}
            for one in filed
        ],
        "temperatures": [
            {
                "id": str(one.event_id),
                "what": one.what,
                "device": one.device,
                "calibration_due": one.calibration_due,
                "range": one.drawn_range,
                "count": one.summary.count if one.summary else 0,
                "min_celsius": f"{one.summary.lowest:f}" if one.summary else None,
                "max_celsius": f"{one.summary.highest:f}" if one.summary else None,
                "first": one.summary.first if one.summary else None,
                "last": one.summary.last if one.summary else None,
                "outside": one.outside,
                "why_not": one.why_not,
            }
            for one in series
        ],
    }


@router.post("/batches/{batch_id}/records", summary="登记记录", status_code=201)
def file_record(
    request: Request, batch_id: IdPath, body: RecordIn, actor: Actor = require("batch.register")
) -> Response:
    """One kept record (留样记录, 出厂检验记录 …); the kinds are the rulebook's. The batch is judged again."""
    return _file(request, actor, batch_id, body, lambda ctx: filing.file_record(ctx, batch_id, body.plain()))


@router.post("/batches/{batch_id}/documents", summary="登记证明文件", status_code=201)
def file_document(
    request: Request, batch_id: IdPath, body: PaperIn, actor: Actor = require("batch.register")
) -> Response:
    """One licence or certificate that the batch relied upon. The batch is judged again."""
    return _file(request, actor, batch_id, body, lambda ctx: filing.file_document(ctx, batch_id, body.plain()))


@router.post("/batches/{batch_id}/times", summary="登记过程时间", status_code=201)
def file_times(request: Request, batch_id: IdPath, body: TimesIn, actor: Actor = require("batch.register")) -> Response:
    """When something happened (烧熟, 食用, 留样 …), by dish. The batch is judged again."""
    return _file(request, actor, batch_id, body, lambda ctx: filing.file_times(ctx, batch_id, body.plain()))


@router.post("/batches/{batch_id}/printed", summary="登记喷码核对", status_code=201)
def file_printed(
    request: Request, batch_id: IdPath, body: PrintedIn, actor: Actor = require("batch.register")
) -> Response:
    """Dates and lot as read on a package of this batch. The batch is judged again."""
    return _file(request, actor, batch_id, body, lambda ctx: filing.file_printed(ctx, batch_id, body.model_dump()))


@router.post("/batches/{batch_id}/papers/{paper_id}/withdrawal", summary="撤回填错的记录、证明、时间或核对")
def withdraw_paper(
    request: Request, batch_id: IdPath, paper_id: IdPath, body: ReasonIn, actor: Actor = require("batch.correct")
) -> Json:
    """A paper filed wrongly: it stays on record and is judged no more. Gives the new verdict."""
    return _withdraw(request, actor, batch_id, lambda ctx: filing.withdraw_paper(ctx, batch_id, paper_id, body.reason))


@router.post("/batches/{batch_id}/temperatures", summary="登记温度记录", status_code=201)
def file_series(
    request: Request, batch_id: IdPath, body: SeriesIn, actor: Actor = require("batch.register")
) -> Response:
    """A series of one place, kept as an EPCIS sensor event. The batch is judged again."""
    return _file(request, actor, batch_id, body, lambda ctx: temperatures.record_series(ctx, batch_id, body.plain()))


@router.post("/batches/{batch_id}/temperatures/{series_id}/withdrawal", summary="撤回温度记录（更正声明）")
def withdraw_series(
    request: Request, batch_id: IdPath, series_id: IdPath, body: ReasonIn, actor: Actor = require("batch.correct")
) -> Json:
    """An error declaration on the event: the original stays and is judged no more. Gives the new verdict."""
    return _withdraw(
        request, actor, batch_id, lambda ctx: temperatures.withdraw_series(ctx, batch_id, series_id, body.reason)
    )
