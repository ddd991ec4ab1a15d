"""Pages of verdicts: the printable report, and forms for notes and conclusions from a batch's page."""

from __future__ import annotations

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import check, form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor, Subject, View
from service.batches import reading
from service.batches.failing import failed
from service.batches.pages import record_page
from service.codes.pages import FONT, printed_url
from service.context import command, question
from service.params import Cursor, IdPath, cursor_id
from service.routing import Router
from service.verdicts.explaining import explained
from service.verdicts.listing import suspected
from service.verdicts.report import report_of
from service.web.render import page
from trace.batches import lifecycle
from trace.codes.verdict_report import VerdictReport, report_pdf
from trace.context import Context, local_datetime
from trace.errors import NotFound, Refusal
from trace.suspicion.commands import conclude
from trace.suspicion.models import CONCLUSIONS
from trace.verdicts.rulings import note

router = Router(include_in_schema=False)
Form = Depends(form_data)


@router.get("/batches/{batch_id}/verdict.pdf")
def verdict_pdf(request: Request, batch_id: IdPath, actor: Actor = require("batch.read")) -> Response:
    """One A4 page with the batch's code, for the owner and regulators."""
    now = request.app.state.db.now()

    def read(ctx: Context) -> VerdictReport:
        record = reading.load(ctx.conn, batch_id)
        if reading.view_of(actor, record) not in (View.OWN, View.REGULATOR):
            raise NotFound(reading.STRANGER, reading.STRANGER_EN)
        if record.verdict is None:
            raise NotFound("这批没有判定：原料和预留的批号不作判定", "A raw or reserved lot has no verdict")
        printed = f"{local_datetime(now):%Y-%m-%d %H:%M}"
        return report_of(explained(ctx.conn, record, actor), record, printed_url(request, record.row), printed)

    content = report_pdf(question(request, read), FONT)
    headers = {
        "Content-Disposition": f'inline; filename="verdict-{batch_id}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="application/pdf", headers=headers)


@router.post("/batches/{batch_id}/reviews")
def review(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("review.note")
) -> Response:
    """核查意见 by a supervisor."""
    values = [text(form, name) for name in ("stance", "remark", "finding")]

    def run(ctx: Context) -> int:
        lifecycle.any_batch(ctx, batch_id)
        return note(ctx, batch_id, *values)

    try:
        command(request, run)
    except Refusal as refusal:
        return record_page(request, actor, batch_id, failed=failed("review", refusal, form))
    return RedirectResponse(f"/batches/{batch_id}?done=noted", 303)


@router.post("/batches/{batch_id}/conclusions")
def conclusion(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("suspicion.conclude")
) -> Response:
    """The owner's or holder's conclusion on an open suspicion."""
    values = [text(form, name) for name in ("cause", "conclusion", "basis", "evidence")]

    def run(ctx: Context) -> int:
        check(actor, "suspicion.conclude", Subject(owner_id=ctx.tenant_id))
        return conclude(ctx, batch_id, *values)

    try:
        command(request, run)
    except Refusal as refusal:
        return record_page(request, actor, batch_id, failed=failed("conclude", refusal, form))
    return RedirectResponse(f"/batches/{batch_id}?done=concluded", 303)


@router.get("/suspicions")
def suspicions(request: Request, before: Cursor = "", actor: Actor = require("suspicion.read")) -> Response:
    """Batches under an open suspicion, newest lots first, those to conclude first on each page."""
    found = question(request, lambda ctx: suspected(ctx.conn, actor, cursor_id(before)))
    return page(
        request, "verdicts/suspicions.html", found=found.items, next=found.following, first=not before,
        conclusions=CONCLUSIONS,
    )  # fmt: skip
