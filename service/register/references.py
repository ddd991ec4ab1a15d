"""A reference region's table: upload, look at what it would say, import it whole. For pages and programs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, File, Request, UploadFile
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.columns import RowError, missing_columns
from chain.measures import location_quotient
from chain.register import commands
from chain.register.models import REFERENCE_NAMES
from chain.register.referencing import COLUMNS, Referenced, read_references
from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.context import command, today_of
from service.idempotency import create
from service.params import IdPath
from service.register.importing import links
from service.register.pages import frame
from service.register.schemas import ReferencesIn
from service.routing import Router
from service.sheets import headers_of, settle_mapping
from service.web import trees
from service.web.files import chosen_file
from service.web.render import page
from trace.bulletins import importing as uploads
from trace.bulletins.files import read_table
from trace.bulletins.models import Limits, Table
from trace.context import Context
from trace.errors import InvalidInput, NotFound, Refusal
from trace.problems import Problems

router = Router()
Json = dict[str, Any]
Form = Depends(form_data)
LIMITS = Limits(
    bytes=2 * 1024 * 1024, rows=1_000, cells=50_000, unpacked=50 * 1024 * 1024, name="参照区数据",
    accepted="Excel（.xlsx、.xls）、CSV（.csv）",
)  # fmt: skip
TAGS = ["产业链主体登记 register"]


@dataclass(frozen=True, slots=True)
class Read:
    """An uploaded table with what it amounts to."""

    table: Table
    mapping: dict[str, str]
    found: Referenced


def read(request: Request, name: str, content: bytes, source: str) -> Read:
    """Read and check the whole file. Raises InvalidInput where it is no such table or lacks a column."""
    table = read_table(name, content, headers_of(COLUMNS), LIMITS)
    mapping = settle_mapping(COLUMNS, table, {})
    missing = missing_columns(COLUMNS, mapping)
    if missing:
        raise InvalidInput.of(
            "/file",
            "columns_missing",
            f"没有找到这几列：{'、'.join(missing)}；请按页面上的列名改好再传",
            "columns missing",
        )
    rows = [(row.number, row.cells) for row in table.rows]
    return Read(table, mapping, read_references(rows, mapping, source, links(), today_of(request.app.state.db)))


def rows_of(found: Referenced) -> list[Json]:
    """What would be recorded, with the quotient that follows."""
    return [
        {
            "link": one.subject,
            **{name: one.body[name] for name in (*REFERENCE_NAMES, "unit", "region", "year")},
            "data_date": one.data_date.isoformat(),
            "source": one.source,
            "quotient": round(location_quotient(*(float(one.body[name]) for name in REFERENCE_NAMES)), 6),
        }
        for one in found.statements
    ]


def _errors(errors: tuple[RowError, ...]) -> list[Json]:
    return [
        {"row": one.row, "column": one.column, "value": one.value, "code": one.code, "detail": one.detail}
        for one in errors
    ]


def _write(ctx: Context, name: str, content: bytes, told: Read) -> Json:
    """Record every row in one transaction; the import can be undone whole."""
    import_id = ctx.new_id()
    count = commands.bring_in(
        ctx, told.found.statements, (), import_id=import_id, file_name=name, sha256=hashlib.sha256(content).hexdigest(),
        mapping=told.mapping, rows=len(told.table.rows), taken=len(told.found.statements), refused=0,
    )  # fmt: skip
    return {"id": str(import_id), "statements": count, "items": rows_of(told.found)}


def _refuse_wrong(told: Read) -> None:
    problems = Problems()
    for one in told.found.errors[:100]:
        problems.add(
            f"/rows/{one.row}/{one.column}", one.code, f"第 {one.row} 行 {one.column}：{one.detail}", "wrong cell"
        )
    problems.raise_if_any()
    if not told.found.statements:
        raise InvalidInput.of("/file", "no_row", "表里没有数据行，请核对后再传", "no rows")


@router.post("/api/v1/chain/references/files", summary="上传参照区数据表，返回预览", status_code=201, tags=TAGS)  # type: ignore[arg-type]
def upload(request: Request, file: Annotated[UploadFile, File()], actor: Actor = require("register.edit")) -> Response:
    """Keep a table (.xlsx, .xls, .csv; 2 MB, 1,000 rows) for a week and tell what an import of it would say."""
    with file.file:
        content = file.file.read(LIMITS.bytes + 1)
    name = file.filename or ""
    told = read(request, name, content, "")
    body = {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
    shown = {"mapping": told.mapping, "items": rows_of(told.found), "errors": _errors(told.found.errors)}
    return create(request, body, lambda ctx: {"file_id": str(uploads.keep_upload(ctx, name, content))} | shown)


@router.post("/api/v1/chain/references", summary="导入参照区数据：全部正确才写入", status_code=201, tags=TAGS)  # type: ignore[arg-type]
def bring_in(request: Request, body: ReferencesIn, actor: Actor = require("register.edit")) -> Response:
    """Write every row of an uploaded table in one transaction, or nothing. ``source`` is for rows without their own."""
    with request.app.state.db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, body.file_id)
    told = read(request, kept.name, kept.content, body.source)
    _refuse_wrong(told)
    return create(request, body, lambda ctx: _write(ctx, kept.name, kept.content, told))


def _page(
    request: Request,
    *,
    told: Read | None = None,
    file: Any = None,
    source: str = "",
    refused: Refusal | None = None,
) -> Response:
    errors = trees.by_name(refused.errors) if refused is not None else {}
    return page(
        request,
        "register/references.html",
        status_code=refused.status if refused is not None else 200,
        told=told,
        rows=rows_of(told.found) if told is not None else [],
        row_errors=told.found.errors if told is not None else (),
        file=file,
        source=source,
        errors=errors,
        refused=refused,
        columns=COLUMNS,
        names=REFERENCE_NAMES,
        most=LIMITS,
        **frame(request),
    )


@router.get("/chain/register/references", include_in_schema=False)
def form(request: Request, actor: Actor = require("register.edit")) -> Response:
    """Choose a reference region's table."""
    return _page(request)


@router.post("/chain/register/references", include_in_schema=False)
def look(request: Request, form: FormData = Form, actor: Actor = require("register.edit")) -> Response:
    """Keep the table and show what it would say."""
    source = text(form, "source")
    try:
        name, content = chosen_file(form, LIMITS.bytes, "请选择参照区数据表")
        told = read(request, name, content, source)
        kept = command(request, lambda ctx: uploads.keep_upload(ctx, name, content))
    except Refusal as refusal:
        return _page(request, source=source, refused=refusal)
    return _page(request, told=told, file={"id": kept, "name": name}, source=source)


@router.post("/chain/register/references/{file_id}", include_in_schema=False)
def take(request: Request, file_id: IdPath, form: FormData = Form, actor: Actor = require("register.edit")) -> Response:
    """Import the table that was looked at."""
    source = text(form, "source")
    with request.app.state.db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, file_id)
    told: Read | None = None
    try:
        told = read(request, kept.name, kept.content, source)
        _refuse_wrong(told)
        command(request, lambda ctx: _write(ctx, kept.name, kept.content, told))
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, told=told, file={"id": file_id, "name": kept.name}, source=source, refused=refusal)
    return RedirectResponse("/chain/register/imports?done=imported", 303)
