"""The batch's own pages: the list, the record with its history, the genealogy, evidence files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor, View
from service.batches import reading
from service.batches.failing import Failed
from service.batches.sheet import Sheet, history, sheet_of
from service.batches.words import NOTICES, STATE_BADGES, VERDICTS
from service.context import build
from service.inspections.views import of_lot
from service.measures.views import BADGES, maker_to_do
from service.papers.views import papers_of, series_of
from service.params import MAX_ID, IdPath
from service.routing import Router
from service.scan import store as scans
from service.web.render import page
from service.web.units import UNITS, units_of
from trace.batches import store as batches
from trace.batches.models import HALTS, STATES
from trace.errors import NotFound
from trace.evidence import store as evidence
from trace.evidence.models import REPORT_KINDS
from trace.measures.models import GROUNDS
from trace.papers.models import BATCH_ACTS
from trace.quantity import show
from trace.rulebooks.books import current_book
from trace.suspicion.models import CONCLUSIONS

router = Router(include_in_schema=False)
PAGE = 30
SCOPES = {"own": "本企业批次", "raw": "原料批次", "held": "现有库存"}
ALL_SCOPES = {"all": "全部批次", "attention": "需关注", "raw": "原料批次"}


@router.get("/batches")
def listing(
    request: Request,
    scope: str = "",
    state: str = "",
    q: str = "",
    before: str = "",
    actor: Actor = require("batch.list"),
) -> Response:
    """Newest first: an enterprise's own, its raw lots and its stock; for a regulator all, or what needs attention."""
    regulator = actor.supervises
    scopes = ALL_SCOPES if regulator else SCOPES
    chosen = scope if scope in scopes else next(iter(scopes))
    cursor = min(int(before), MAX_ID) if before.isascii() and before.isdigit() and len(before) < 20 else None
    state = state if state in STATES else ""
    query: dict[str, Any] = {
        "tenant_id": None if regulator or chosen == "held" else actor.org_id,
        "held_by": actor.org_id if chosen == "held" else None,
        "kind": "raw" if chosen == "raw" else ("" if chosen == "held" else "product"),
        "attention": chosen == "attention",
    }
    text = q.strip()[:80]
    with request.app.state.db.read() as conn:
        rows = batches.list_batches(conn, before=cursor, limit=PAGE + 1, state=state, text=text, **query)
        tallies = batches.tallies(conn, None if regulator else actor.org_id)
        alerts = [] if regulator else maker_to_do(build(request, conn), actor.org_id)
    more = len(rows) > PAGE
    kept = {k: v for k, v in (("scope", chosen), ("state", state), ("q", text)) if v}
    return page(
        request,
        "batches/list.html",
        rows=rows[:PAGE],
        next=rows[PAGE - 1].id if more else None,
        first=cursor is None,
        scopes=scopes,
        chosen=chosen,
        state=state,
        q=text,
        kept="&".join(f"{k}={quote(v)}" for k, v in kept.items()),
        tallies=tallies,
        regulator=regulator,
        alerts=alerts,
        show=show,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"verdicts": VERDICTS, "state_badges": STATE_BADGES, "states": STATES, "halts": HALTS, "badges": BADGES}


def read_sheet(conn: Connection, actor: Actor, batch_id: int, now: int) -> tuple[Sheet, reading.BatchRecord]:
    """The batch for its page; NotFound for whom the public page is all there is, so that ids tell nothing."""
    record = reading.load(conn, batch_id)
    if reading.view_of(actor, record) is View.PUBLIC:
        raise NotFound("没有这个批次，或不属于本企业的上下游；公开信息请扫码查看。", "No such batch of yours.")
    return sheet_of(record, actor, now), record


def record_page(
    request: Request, actor: Actor, batch_id: int, *, notice: str = "", failed: Failed | None = None
) -> Response:
    """The record; after a refusal with what was refused and why, beside the form it came from."""
    db = request.app.state.db
    with db.read() as conn:
        sheet, record = read_sheet(conn, actor, batch_id, db.now())
        told = history(conn, record, actor) if "history" in sheet.fields else []
        own = "findings" in sheet.fields and record.row.kind == "product"
        papers = papers_of([act for act in record.acts if act.kind in BATCH_ACTS]) if own else []
        series = series_of(conn, current_book(conn), record.row, record.item) if own else []
        inspected = of_lot(conn, actor, int(record.row.tenant_id), batch_id)
        counts = scans.scans_of(conn, int(record.row.tenant_id), batch_id) if sheet.view is not View.PARTNER else {}
    return page(
        request,
        "batches/record.html",
        status_code=failed.status if failed is not None else 200,
        sheet=sheet,
        history=told,
        papers=papers,
        series=series,
        scans=counts,
        inspections=inspected,
        notice=notice,
        failed=failed,
        address=public_path(record.row.uri),
        report_kinds=REPORT_KINDS,
        conclusions=CONCLUSIONS,
        grounds=list(GROUNDS.items()),
        units=UNITS,
        units_of=units_of,
        show=show,
        **_words(),
    )


def public_path(stored: str) -> str:
    """The scan address on this host of a stored URI."""
    return stored.removeprefix("https://id.gs1.org")


@router.get("/batches/{batch_id}")
def record(request: Request, batch_id: IdPath, done: str = "", actor: Actor = require("batch.read")) -> Response:
    """One batch: where it stands, what was found, what it was made of, where it went, what was done and by whom."""
    return record_page(request, actor, batch_id, notice=NOTICES.get(done, ""))


@router.get("/files/{file_id}")
def file(request: Request, file_id: IdPath, actor: Actor = require("batch.read")) -> Response:
    """An evidence file: for the organisation that filed it and for regulators; always a download."""
    with request.app.state.db.read() as conn:
        found = evidence.get_attachment(conn, file_id)
    regulator = actor.supervises
    if found is None or not (regulator or found.tenant_id == actor.org_id):
        raise NotFound("没有这个文件，或不属于本单位。", "No such file of yours.")
    suffix = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
    plain = f"{found.id}{suffix.get(found.media_type, '')}"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    return Response(found.content, media_type=found.media_type, headers=headers)
