"""JSON API of receipts and batches: register, read, and every act on a batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject, View
from service.batches import reading
from service.batches.schemas import (
    AliasIn,
    BatchIn,
    BulkIn,
    CompleteIn,
    CorrectIn,
    IdOut,
    Json,
    ReasonIn,
    RecallIn,
    ReceiptIn,
    RegisteredOut,
    ReportIn,
    ReservationIn,
    RulingIn,
    ShipIn,
    StopIn,
)
from service.context import command
from service.idempotency import create
from service.params import IdPath, Limit
from service.routing import Router
from trace.batches import lifecycle, registering
from trace.batches import store as batches
from trace.batches.lots import absolute, file_alias
from trace.batches.models import Registered
from trace.batches.receiving import receive
from trace.context import Context
from trace.errors import InvalidInput, NotFound, Refusal
from trace.identifiers.foreign import Scheme, recognise
from trace.problems import Problems

router = Router(prefix="/api/v1", tags=["批次 batches"])


# ---- receive and register ------------------------------------------------------------------------


def _out(ctx: Context, done: Registered) -> RegisteredOut:
    row = batches.get_batch(ctx.conn, done.batch_id)
    return RegisteredOut(
        batch_id=str(done.batch_id),
        lot=done.lot,
        uri=done.uri,
        short_code=done.short_code,
        pending=list(done.pending),
        warnings=list(done.warnings),
        verdict=row.verdict if row is not None else "",
    )


@router.post("/receipts", summary="登记收货", status_code=201, response_model=RegisteredOut)
def create_receipt(request: Request, body: ReceiptIn, actor: Actor = require("receipt.create")) -> Response:
    """Receive a raw lot, or another enterprise's lot by its code."""
    return create(request, body, lambda ctx: _out(ctx, receive(ctx, body.plain())))


@router.post("/batches", summary="登记批次", status_code=201, response_model=RegisteredOut)
def create_batch(request: Request, body: BatchIn, actor: Actor = require("batch.register")) -> Response:
    """Register a product batch with inputs and reports in one transaction."""
    return create(request, body, lambda ctx: _out(ctx, registering.register(ctx, body.plain())))


@router.post("/batches/bulk", summary="成批登记（全成或全不成）", status_code=201)
def create_batches(request: Request, body: BulkIn, actor: Actor = require("batch.register")) -> Response:
    """Register up to 500 batches in one transaction: all, or none with every row's errors."""

    def all_of_them(ctx: Context) -> Json:
        done: list[Json] = []
        problems = Problems()
        for index, one in enumerate(body.batches):
            try:
                done.append(_out(ctx, registering.register(ctx, one.plain())).model_dump())
            except Refusal as refusal:
                at = f"/batches/{index}"
                for error in refusal.errors:
                    problems.add(at + error.pointer, error.code, f"第 {index + 1} 行：{error.detail}", error.detail_en)
                if not refusal.errors:
                    problems.add(at, refusal.code, f"第 {index + 1} 行：{refusal.detail}", refusal.detail_en)
        problems.raise_if_any()
        return {"items": done}

    return create(request, body, all_of_them)


@router.post("/batches/reservations", summary="预留批号与追溯码", status_code=201, response_model=RegisteredOut)
def create_reservation(request: Request, body: ReservationIn, actor: Actor = require("batch.register")) -> Response:
    """Reserve a lot and its code before the batch is made."""
    return create(
        request, body, lambda ctx: _out(ctx, registering.reserve(ctx, body.item_id, body.lot, body.produced_on))
    )


@router.get("/batches", summary="批次列表")
def list_batches(
    request: Request,
    limit: Limit = 50,
    cursor: Annotated[str, Query(max_length=20, pattern="^[0-9]*$")] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    q: Annotated[str, Query(max_length=80)] = "",
    attention: bool = False,
    actor: Actor = require("batch.list"),
) -> Json:
    """Newest first: an enterprise sees its own, a regulator all. ``next`` is the cursor of the next page."""
    tenant = None if actor.supervises else actor.org_id
    before = min(int(cursor), 2**63 - 1) if cursor else None
    with request.app.state.db.read() as conn:
        rows = batches.list_batches(
            conn, tenant_id=tenant, before=before, limit=limit + 1, kind=kind, state=state, text=q, attention=attention
        )
    public = request.app.state.settings.public_url
    shown = [
        {
            "id": str(r.id),
            "uri": absolute(r.uri, public),
            "short_code": r.short_code,
            "product": r.item_name,
            "maker": r.maker_name,
            "lot": r.lot,
            "kind": r.kind,
            "state": r.state,
            "halt": r.halt,
            "at_risk": r.risks > 0,
            "verdict": r.verdict,
            "pending": bool(json.loads(r.pending)),
            "produced_on": r.produced_on,
            "best_before": r.best_before,
        }
        for r in rows[:limit]
    ]
    return {"items": shown, "next": str(rows[limit - 1].id) if len(rows) > limit else None}


@router.get("/batches/{batch_id}", summary="批次记录（按权限裁剪）")
def get_batch(request: Request, batch_id: IdPath, actor: Actor = require("batch.read")) -> Json:
    """One batch as far as the caller may see it; a stranger's batch is not found."""
    settings, db = request.app.state.settings, request.app.state.db
    with db.read() as conn:
        record = reading.load(conn, batch_id)
    view = reading.view_of(actor, record)
    if view is View.PUBLIC:
        raise NotFound(reading.STRANGER, reading.STRANGER_EN)
    return reading.to_json(record, view, actor, db.now(), settings.public_url)


# ---- what is done with a batch -------------------------------------------------------------------


def _own(ctx: Context, actor: Actor, action: str, batch_id: int) -> None:
    row = lifecycle.own_batch(ctx, batch_id)
    check(actor, action, Subject(owner_id=row.tenant_id))


def _act(request: Request, actor: Actor, action: str, batch_id: int, fn: Callable[[Context], Any]) -> Response:
    def run(ctx: Context) -> Any:
        _own(ctx, actor, action, batch_id)
        return fn(ctx)

    result = command(request, run)
    if result is None:
        return Response(status_code=204)
    return Response(json.dumps(result, ensure_ascii=False), media_type="application/json")


@router.post("/batches/{batch_id}/release", summary="放行（食品安全员签署）", status_code=204)
def release(request: Request, batch_id: IdPath, body: ReasonIn, actor: Actor = require("batch.release")) -> Response:
    """Release by the named food-safety officer; the engine lists, it never signs."""
    return _act(request, actor, "batch.release", batch_id, lambda c: lifecycle.release(c, batch_id, body.reason))


@router.post("/batches/{batch_id}/hold", summary="扣留", status_code=204)
def hold(request: Request, batch_id: IdPath, body: ReasonIn, actor: Actor = require("batch.hold")) -> Response:
    """Hold a batch until something is settled."""
    return _act(request, actor, "batch.hold", batch_id, lambda c: lifecycle.hold(c, batch_id, body.reason))


@router.post("/batches/{batch_id}/unhold", summary="解除扣留", status_code=204)
def unhold(request: Request, batch_id: IdPath, body: ReasonIn, actor: Actor = require("batch.hold")) -> Response:
    """End a hold; the batch must be released anew."""
    return _act(request, actor, "batch.hold", batch_id, lambda c: lifecycle.unhold(c, batch_id, body.reason))


@router.post("/batches/{batch_id}/stop", summary="停止销售", status_code=204)
def stop(request: Request, batch_id: IdPath, body: StopIn, actor: Actor = require("batch.stop")) -> Response:
    """The maker's own stop-sale; the public page says so at once."""
    return _act(
        request, actor, "batch.stop", batch_id, lambda c: lifecycle.stop(c, batch_id, body.reason, body.public_text)
    )


@router.post("/batches/{batch_id}/lift-stop", summary="恢复销售", status_code=204)
def lift_stop(request: Request, batch_id: IdPath, body: ReasonIn, actor: Actor = require("batch.stop")) -> Response:
    """End the maker's own stop-sale."""
    return _act(request, actor, "batch.stop", batch_id, lambda c: lifecycle.lift_stop(c, batch_id, body.reason))


@router.post("/batches/{batch_id}/void", summary="作废", status_code=204)
def void(request: Request, batch_id: IdPath, body: ReasonIn, actor: Actor = require("batch.correct")) -> Response:
    """Declare the registration wrong; the original stays, the code's page says voided."""
    return _act(request, actor, "batch.correct", batch_id, lambda c: lifecycle.void(c, batch_id, body.reason))


@router.post("/batches/{batch_id}/completions", summary="补录后复查")
def complete(
    request: Request, batch_id: IdPath, body: CompleteIn, actor: Actor = require("batch.complete")
) -> Response:
    """Look again at what was 待补录; gives what is still open."""
    return _act(
        request,
        actor,
        "batch.complete",
        batch_id,
        lambda c: {"pending": lifecycle.complete(c, batch_id, body.explanation)},
    )


@router.post("/batches/{batch_id}/corrections", summary="更正投料")
def correct(request: Request, batch_id: IdPath, body: CorrectIn, actor: Actor = require("batch.correct")) -> Response:
    """State the inputs anew: an error declaration plus a corrective event."""
    lines = [line.plain() for line in body.inputs]
    return _act(
        request,
        actor,
        "batch.correct",
        batch_id,
        lambda c: {"pending": lifecycle.correct_inputs(c, batch_id, lines, body.reason)},
    )


@router.post("/batches/{batch_id}/reports", summary="补登检验报告", status_code=201)
def add_report(
    request: Request, batch_id: IdPath, body: ReportIn, actor: Actor = require("batch.register")
) -> Response:
    """File one more report; the batch is judged again."""

    def file(ctx: Context) -> Json:
        _own(ctx, actor, "batch.register", batch_id)
        return {"verdict": lifecycle.add_report(ctx, batch_id, body.plain())}

    return create(request, body, file)


@router.post("/batches/{batch_id}/reports/{report_id}/withdrawal", summary="撤回填错的报告")
def withdraw_report(
    request: Request, batch_id: IdPath, report_id: IdPath, body: ReasonIn, actor: Actor = require("batch.correct")
) -> Response:
    """A report filed wrongly: it stays on record and is judged no more."""
    return _act(
        request,
        actor,
        "batch.correct",
        batch_id,
        lambda c: {"verdict": lifecycle.withdraw_report(c, batch_id, report_id, body.reason)},
    )


@router.post("/batches/{batch_id}/rulings", summary="食品安全员裁定", status_code=204)
def ruling(request: Request, batch_id: IdPath, body: RulingIn, actor: Actor = require("batch.ruling")) -> Response:
    """A ruling on a finding that needs a person, with its basis."""
    return _act(
        request,
        actor,
        "batch.ruling",
        batch_id,
        lambda c: _nothing(lifecycle.rule(c, batch_id, body.names(), body.conclusion, body.basis)),
    )


def _nothing(_done: object) -> None:
    """For an act whose ids the answer does not repeat."""


@router.post("/batches/{batch_id}/recall", summary="发起召回", status_code=204)
def recall(request: Request, batch_id: IdPath, body: RecallIn, actor: Actor = require("recall.start")) -> Response:
    """Recall by the owner; public at once with notice and how to return."""
    return _act(
        request,
        actor,
        "recall.start",
        batch_id,
        lambda c: lifecycle.announce_recall(c, batch_id, body.reason, body.notice, body.returns),
    )


@router.post("/batches/{batch_id}/aliases", summary="登记外部码（渝溯源、合格证、检疫证号…）", status_code=204)
def add_alias(request: Request, batch_id: IdPath, body: AliasIn, actor: Actor = require("batch.register")) -> Response:
    """A foreign code that also names this lot."""
    if body.scheme and body.scheme not in {s.value for s in Scheme}:
        raise InvalidInput.of("/scheme", "unknown_scheme", f"编码种类“{body.scheme[:30]}”不认识", "unknown scheme")
    code = recognise(body.code, Scheme(body.scheme) if body.scheme else None)
    return _act(
        request, actor, "batch.register", batch_id, lambda c: file_alias(c, batch_id, str(code.scheme), code.value)
    )


@router.post("/batches/{batch_id}/shipments", summary="发货", status_code=201, response_model=IdOut)
def ship(request: Request, batch_id: IdPath, body: ShipIn, actor: Actor = require("batch.ship")) -> Response:
    """Ship what is released and on hand, as maker or dealer."""
    return create(
        request,
        body,
        lambda c: IdOut(
            id=str(lifecycle.ship(c, batch_id, body.quantity, body.unit, body.customer, body.customer_code))
        ),
    )


@router.post("/lots/{lot_id}/open", summary="启用这一包（小料）", status_code=204)
def open_pack(request: Request, lot_id: IdPath, actor: Actor = require("receipt.create")) -> Response:
    """Say which pack of a small ingredient is in use from now on."""
    command(request, lambda ctx: lifecycle.open_pack(ctx, lot_id))
    return Response(status_code=204)


STAGE_OF_LAYER = {"U": "田", "M": "加", "D": "市"}


def stage_of(link_code: str) -> str:
    """The stage a batch stands at, by the link of its product: fields, processing, trade, catering."""
    if link_code in ("D12", "D13", "D14", "D15", "M23"):
        return "餐"
    if link_code in ("D01", "D02", "D03"):
        return "配"
    if link_code in ("M01", "M02"):
        return "田"  # slaughter is supervised by 农业农村
    return STAGE_OF_LAYER.get(link_code[:1], "加")
