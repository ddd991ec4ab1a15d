"""Ledger entries by Excel: the sheet to fill in, upload and preview, import, undo; pages and JSON API."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends, File, Query, Request, UploadFile
from sqlalchemy import Row
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.ledger import store
from chain.ledger.commands import undo_import
from chain.ledger.importing import columns_of
from chain.ledger.kinds import KINDS
from service import sheets
from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import Failed, failed
from service.batches.reading import iso
from service.context import command
from service.idempotency import create
from service.ledger import importing, reading
from service.ledger.pages import frame
from service.ledger.schemas import ImportIn, Json, WithdrawIn
from service.params import AsOf, Cursor, IdPath, Limit, cursor_id
from service.register.views import recorders
from service.routing import Router
from service.web import trees
from service.web.files import chosen_file
from service.web.render import page
from trace.bulletins import importing as uploads
from trace.bulletins.errorfile import MEDIA_TYPE
from trace.errors import NotFound, Refusal

api = Router(prefix="/api/v1/plan/imports", tags=["方案台账 ledger"])
router = Router(prefix="/plan/imports", include_in_schema=False)
Form = Depends(form_data)
ImportKind = Literal[
    "figure", "owner", "report", "site", "member", "certificate", "menu", "training", "standard", "plant", "export",
    "sales", "ladder", "listed",
]  # fmt: skip
NOTICES = {"imported": "已导入；相关的现状数随即重新计算。", "undone": "已整次撤销；原记录留在历史里。"}
PAGE = 50


def import_json(row: Row[Any], recorder: str = "") -> Json:
    """An import in a list."""
    entry = store.read_entry(row)
    return {
        "id": str(entry.id),
        "kind": entry.body["kind"],
        "kind_name": KINDS[entry.body["kind"]].name,
        "file_name": entry.source,
        "rows": entry.body["rows"],
        "taken": entry.body["taken"],
        "refused": entry.body["refused"],
        "sha256": entry.body["sha256"],
        "recorded_at": iso(entry.recorded_at),
        "micros": entry.recorded_at,
        "recorder": recorder,
        "undone_by": str(row.withdrawn_by) if row.withdrawn_by is not None else None,
    }


def _imports(request: Request, before: int | None, limit: int) -> tuple[list[Json], int | None]:
    with request.app.state.db.read() as conn:
        rows = store.imports(conn, before, limit + 1)
        who = recorders(conn, rows)
    items = [import_json(row, who[str(row.recorded_by)]) for row in rows[:limit]]
    return items, rows[limit - 1].seq if len(rows) > limit else None


# JSON API -------------------------------------------------------------------------------------------


@api.post("/files", summary="上传台账表格，返回预览", status_code=201)
def upload(
    request: Request,
    file: Annotated[UploadFile, File()],
    kind: Annotated[ImportKind, Query(description="哪一类：现状数 figure、责任单位 owner、登记簿的种类等")],
    actor: Actor = require("ledger.edit"),
) -> Response:
    """Keep a file (.xlsx, .xls, .csv; 5 MB, 10,000 rows) for a week and tell what an import of it would do."""
    with file.file:
        content = file.file.read(importing.LIMITS.bytes + 1)
    name = file.filename or ""
    table = importing.table_in(kind, name, content)
    found = importing.preview(request, kind, table, {}, importing.read_defaults({}))
    shown = sheets.preview_json(found)
    body = {"name": name, "kind": kind, "sha256": hashlib.sha256(content).hexdigest()}
    return create(request, body, lambda ctx: {"file_id": str(uploads.keep_upload(ctx, name, content))} | shown)


@api.post("", summary="导入台账：只导入正确的行，或全部正确才导入", status_code=201)
def bring_in(request: Request, body: ImportIn, actor: Actor = require("ledger.edit")) -> Response:
    """Write all good rows in one transaction, or nothing; refused rows come back with their reasons."""
    with request.app.state.db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, body.file_id)
    defaults = importing.read_defaults(body.model_dump(include=set(importing.DEFAULTS)))
    kind = importing.kind_of(body.kind)
    prepared = importing.prepare(request, kind, kept.name, kept.content, body.mapping, defaults, body.which)
    return create(request, body, lambda ctx: prepared.write(request, ctx))


@api.get("", summary="历次导入")
def list_imports(
    request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("register.read")
) -> Json:
    """The newest first; ``undone_by`` is the withdrawal that took it back."""
    items, more = _imports(request, cursor_id(cursor), limit)
    return {"items": items, "next": str(more) if more is not None else None}


@api.post("/{import_id}/undo", summary="撤销整次导入", status_code=201)
def undo(request: Request, import_id: IdPath, body: WithdrawIn, actor: Actor = require("ledger.edit")) -> Response:
    """Withdraw everything that the file brought in and that still stands; the history keeps it."""
    origin = reading.origin_of(request)
    return create(request, body, lambda ctx: {"id": str(undo_import(ctx, import_id, body.reason, origin))})


# pages ----------------------------------------------------------------------------------------------


def _frame(request: Request, actor: Actor) -> dict[str, Any]:
    chain, _ = reading.current(request)
    return frame(request, actor, chain)


@router.get("")
def imports(
    request: Request, done: Annotated[str, Query(max_length=20)] = "", before: Cursor = "",
    actor: Actor = require("register.read"),
) -> Response:  # fmt: skip
    """Imports of files, each to be undone as a whole; what may be exported."""
    return imports_page(request, actor, NOTICES.get(done, ""), cursor_id(before))


def imports_page(
    request: Request, actor: Actor, notice: str = "", before: int | None = None, failed: Failed | None = None
) -> Response:
    rows, more = _imports(request, before, PAGE)
    return page(
        request, "ledger/imports.html", status_code=failed.status if failed is not None else 200, rows=rows, next=more,
        first=before is None, notice=notice, failed=failed, **_frame(request, actor),
    )  # fmt: skip


@router.get("/{kind}.xlsx")
def sheet(request: Request, kind: ImportKind, as_of: AsOf = None, actor: Actor = require("register.read")) -> Response:
    """What stands of a kind on a day, to mend and send back."""
    _, whole = reading.current(request, as_of)
    name = f"ledger-{kind}{f'-{as_of.isoformat()}' if as_of else ''}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    content = importing.sheet_of(kind, whole, importing.names_of(request, kind, whole))
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.get("/{kind}/new")
def upload_form(request: Request, kind: ImportKind, actor: Actor = require("ledger.edit")) -> Response:
    """Choose a file."""
    return _upload_page(request, actor, kind, {}, {})


def _upload_page(
    request: Request, actor: Actor, kind: str, errors: Mapping[str, str], given: Mapping[str, str], status: int = 200
) -> Response:
    return page(
        request, "ledger/upload.html", status_code=status, kind=kind, errors=errors, given=given,
        columns=columns_of(kind), most=importing.LIMITS, **_frame(request, actor),
    )  # fmt: skip


@router.post("/{kind}/new")
def upload_file(
    request: Request, kind: ImportKind, form: FormData = Form, actor: Actor = require("ledger.edit")
) -> Response:
    """Keep the file and show what an import of it would do."""
    given = {name: text(form, name) for name in importing.DEFAULTS}
    try:
        name, content = chosen_file(form, importing.LIMITS.bytes, "请选择台账文件")
        importing.table_in(kind, name, content)
        importing.read_defaults(given)
        kept = command(request, lambda ctx: uploads.keep_upload(ctx, name, content))
    except Refusal as refusal:
        errors = trees.by_name(refusal.errors) or {"file": refusal.detail}
        return _upload_page(request, actor, kind, errors, given, refusal.status)
    return _preview(request, actor, kind, kept, {}, given)


@router.post("/{kind}/files/{file_id}")
def decide(
    request: Request, kind: ImportKind, file_id: IdPath, form: FormData = Form, actor: Actor = require("ledger.edit")
) -> Response:
    """Preview again with other columns, import, or take the refused rows home as a workbook."""
    chosen = trees.grow(trees.texts(form)).get("map")
    told = {key: str(value) for key, value in chosen.items()} if isinstance(chosen, dict) else {}
    given = {name: text(form, name) for name in importing.DEFAULTS}
    act = text(form, "act")
    if act not in ("errors", "import_good", "import_all"):
        return _preview(request, actor, kind, file_id, told, given)
    try:
        with request.app.state.db.read() as conn:
            kept = uploads.upload_of(conn, actor.org_id, file_id)
        defaults = importing.read_defaults(given)
        if act == "errors":
            found = importing.preview(request, kind, importing.table_in(kind, kept.name, kept.content), told, defaults)
            return sheets.error_response(found, file_id)
        which = sheets.GOOD if act == "import_good" else sheets.ALL
        prepared = importing.prepare(request, kind, kept.name, kept.content, told, defaults, which)
        done = command(request, lambda ctx: prepared.write(request, ctx))
    except NotFound:
        raise
    except Refusal as refusal:
        return _preview(request, actor, kind, file_id, told, given, refused=refusal)
    if not prepared.plan.refused:
        return RedirectResponse("/plan/imports?done=imported", 303)
    return page(
        request, "ledger/imported.html", kind=kind, file=kept, done=done,
        reasons=sheets.reasons(prepared.found.errors), told=dict(prepared.found.mapping) | told, given=given,
        **_frame(request, actor),
    )  # fmt: skip


def _preview(
    request: Request,
    actor: Actor,
    kind: str,
    file_id: int,
    told: dict[str, str],
    given: dict[str, str],
    *,
    refused: Refusal | None = None,
) -> Response:
    with request.app.state.db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, file_id)
    table = importing.table_in(kind, kept.name, kept.content)
    errors = trees.by_name(refused.errors) if refused is not None else {}
    try:
        found = importing.preview(request, kind, table, told, importing.read_defaults(given))
    except Refusal as wrong:
        refused, errors = refused or wrong, trees.by_name(wrong.errors) | errors
        found = importing.Preview(kind, table, {}, (), None)
    return page(
        request,
        "ledger/preview.html",
        status_code=refused.status if refused is not None else 200,
        kind=kind,
        file=kept,
        columns=columns_of(kind),
        given=given,
        errors=errors,
        **sheets.preview_shown(found, refused),
        **_frame(request, actor),
    )


@router.post("/{import_id}/undo")
def undo_from_page(
    request: Request, import_id: IdPath, form: FormData = Form, actor: Actor = require("ledger.edit")
) -> Response:
    """Take a whole import back, with a reason."""
    origin = reading.origin_of(request)
    try:
        command(request, lambda ctx: undo_import(ctx, import_id, text(form, "reason"), origin))
    except NotFound:
        raise
    except Refusal as refusal:
        return imports_page(request, actor, failed=failed(f"undo-{import_id}", refusal, form))
    return RedirectResponse("/plan/imports?done=undone", 303)
