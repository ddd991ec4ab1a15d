"""JSON API of verdicts: explained, with supervisors' notes, and of suspicions with what holders conclude."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject, View
from service.batches import reading
from service.batches.schemas import ConclusionIn, IdOut, Json, ReviewIn
from service.context import question
from service.idempotency import create
from service.params import Cursor, IdPath, Limit, cursor_id
from service.routing import Router
from service.verdicts import explaining
from service.verdicts.listing import suspected
from trace.batches import lifecycle
from trace.context import Context
from trace.errors import NotFound
from trace.suspicion.commands import conclude
from trace.verdicts.rulings import note

router = Router(prefix="/api/v1", tags=["判定 verdicts"])


@router.get("/batches/{batch_id}/verdict", summary="判定与条款依据")
def get_verdict(request: Request, batch_id: IdPath, actor: Actor = require("batch.read")) -> Json:
    """The latest verdict: each finding with clause, value, limit, edition, source, evidence and one sentence, the
    rulings and notes on it, suspicions, the inputs it was judged on, and all verdicts before it."""

    def read(ctx: Context) -> dict[str, Any]:
        record = reading.load(ctx.conn, batch_id)
        if reading.view_of(actor, record) not in (View.OWN, View.REGULATOR):
            raise NotFound(reading.STRANGER, reading.STRANGER_EN)
        if record.verdict is None:
            raise NotFound("这批没有判定：原料和预留的批号不作判定", "A raw or reserved lot has no verdict")
        return explaining.explained(ctx.conn, record, actor)

    return question(request, read)


@router.post("/batches/{batch_id}/reviews", summary="监管核查意见（不是对产品的结论）", status_code=201)
def add_review(request: Request, batch_id: IdPath, body: ReviewIn, actor: Actor = require("review.note")) -> Response:
    """A supervisor agrees with or doubts a finding's ruling, or the whole; kept beside it."""

    def run(ctx: Context) -> IdOut:
        lifecycle.any_batch(ctx, batch_id)
        return IdOut(id=str(note(ctx, batch_id, body.stance, body.remark, body.finding)))

    return create(request, body, run)


@router.get("/batches/{batch_id}/suspicions", summary="上游存疑（待核）")
def get_suspicions(request: Request, batch_id: IdPath, actor: Actor = require("batch.read")) -> Json:
    """Open and past suspicions of a batch, for who owns or holds it and who supervises it."""

    def read(ctx: Context) -> dict[str, Any]:
        record = reading.load(ctx.conn, batch_id)
        if not explaining.sees_suspicion(actor, record):
            raise NotFound(reading.STRANGER, reading.STRANGER_EN)
        names = explaining.Names(ctx.conn, record, actor)
        return {"items": explaining.suspicions_of(record, actor, names)}

    return question(request, read)


@router.post("/batches/{batch_id}/conclusions", summary="对上游存疑作出结论", status_code=201)
def add_conclusion(
    request: Request, batch_id: IdPath, body: ConclusionIn, actor: Actor = require("suspicion.conclude")
) -> Response:
    """The owner or holder concludes with evidence; the mark itself ends when its cause is corrected."""

    def run(ctx: Context) -> IdOut:
        check(actor, "suspicion.conclude", Subject(owner_id=ctx.tenant_id))
        return IdOut(id=str(conclude(ctx, batch_id, body.cause, body.conclusion, body.basis, body.evidence)))

    return create(request, body, run)


@router.get("/suspicions", summary="上游存疑的批次")
def list_suspicions(
    request: Request, cursor: Cursor = "", limit: Limit = 50, actor: Actor = require("suspicion.read")
) -> Json:
    """Batches the caller owns or holds (a regulator: all) that are under an open suspicion, with the day to conclude.

    Newest lots first; ``next`` is the cursor of the next page.
    """
    found = question(request, lambda ctx: suspected(ctx.conn, actor, cursor_id(cursor), limit))
    return {"items": found.items, "next": found.following}
