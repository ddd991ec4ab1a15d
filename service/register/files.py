"""JSON API of imports: upload and preview, commit, list, undo."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import File, Request, UploadFile
from starlette.responses import Response

from chain.register import commands, store
from service import sheets
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.idempotency import create
from service.params import Cursor, IdPath, Limit, cursor_id
from service.register import importing, views
from service.register.named import refuse_undoing
from service.register.schemas import ImportIn, Json, ReasonIn
from service.routing import Router
from trace.bulletins import importing as uploads
from trace.context import Context
from trace.errors import NotFound

router = Router(prefix="/api/v1/chain/imports", tags=["产业链主体登记 register"])


@router.post("/files", summary="上传主体名单，返回预览", status_code=201)
def upload(request: Request, file: Annotated[UploadFile, File()], actor: Actor = require("register.edit")) -> Response:
    """Keep a file (.xlsx, .xls, .csv; 20 MB, 60,000 rows) for a week and tell what an import of it would do."""
    with file.file:
        content = file.file.read(importing.LIMITS.bytes + 1)
    name = file.filename or ""
    table = importing.table_in(name, content)
    db = request.app.state.db
    with db.read() as conn:
        found = importing.preview(db, conn, table, {}, importing.read_defaults({}))
    shown = sheets.preview_json(found)
    body = {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
    return create(request, body, lambda ctx: {"file_id": str(uploads.keep_upload(ctx, name, content))} | shown)


@router.post("", summary="导入主体名单：只导入正确的行，或全部正确才导入", status_code=201)
def bring_in(request: Request, body: ImportIn, actor: Actor = require("register.edit")) -> Response:
    """Write all good rows in one transaction, or nothing; refused rows come back with their reasons."""
    with request.app.state.db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, body.file_id)
    defaults = importing.read_defaults(body.model_dump(include={"data_date", "source", "inside"}))
    prepared = importing.prepare(request, kept.name, kept.content, body.mapping, defaults, body.which)

    def write(ctx: Context) -> Json:
        return prepared.write(ctx)

    return create(request, body, write)


@router.get("", summary="历次导入")
def list_imports(
    request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("register.read")
) -> Json:
    """The newest first; ``undone_by`` is the withdrawal that took it back."""
    with request.app.state.db.read() as conn:
        rows = store.imports(conn, cursor_id(cursor), limit + 1)
        who = views.recorders(conn, rows)
    items = [views.import_json(row) | {"recorder": who[str(row.recorded_by)]} for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1].id) if len(rows) > limit else None}


@router.get("/{import_id}", summary="一次导入")
def one_import(request: Request, import_id: IdPath, actor: Actor = require("register.read")) -> Json:
    """What came in by a file, and whether it was undone."""
    with request.app.state.db.read() as conn:
        rows = store.imports(conn, import_id + 1, 1)
        if not rows or rows[0].id != import_id:
            raise NotFound("没有这次导入", "No such import")
        return views.import_json(rows[0]) | {"recorder": views.recorders(conn, rows)[str(rows[0].recorded_by)]}


@router.post("/{import_id}/undo", summary="撤销整次导入", status_code=201)
def undo(request: Request, import_id: IdPath, body: ReasonIn, actor: Actor = require("register.edit")) -> Response:
    """Take a whole import back by one act: everything is again as if it had never come; the history keeps it."""

    def write(ctx: Context) -> Json:
        refuse_undoing(ctx.conn, actor, import_id)
        return {"id": str(commands.undo_import(ctx, import_id, body.reason))}

    return create(request, body, write)
